/*
 * start.c - settings, the main arena, the handlers of fork, in this order.
 *
 * malloc may be called before any constructor has run, even before the C library knows the
 * environment.  Nothing here touches the break: a program that does not allocate has no heap.
 */
#include "start.h"

#include "arenas.h"
#include "fork.h"
#include "thread.h"
#include "tune.h"
#include "watch.h"

bool start_done;

static struct lock start_lock;

extern char **environ;

static bool settings_read;

/* Calls made before the C library knows its environment find the defaults. */
static void read_settings(void)
{
    if (settings_read || !environ)
        return;
    settings_read = true;
    tune_read();
}

static void begin_all(void)
{
    read_settings();
    arenas_begin();
    thread_begin();
    __atomic_store_n(&start_done, true, __ATOMIC_RELEASE);
    /* These may allocate: all that they need stands by now. */
    watch_begin();
    fork_register();
}

void start(void)
{
    if (!lock_take(&start_lock))
        return;
    if (!start_done)
        begin_all();
    lock_release(&start_lock);
}

__attribute__((constructor)) static void start_with_the_program(void)
{
    start_ensure();
    read_settings();
}
