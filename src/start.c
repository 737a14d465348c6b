/*
 * start.c - settings, the main arena, the handlers of fork, in this order.
 *
 * malloc may be called before any constructor has run, even before the C library knows the
 * environment.  Nothing here touches the break: a program that does not allocate has no heap.
 */
#include "start.h"

#include "arenas.h"
#include "fork.h"
#include "guard_report.h"
#include "keeper.h"
#include "secure.h"
#include "thread.h"
#include "tune.h"
#include "watch.h"

bool start_done;

static struct lock start_lock;

extern char **environ;

static bool settings_read;

/* Calls made before anybody knows the environment find the defaults. */
static void read_settings(char **environment)
{
    if (settings_read || !environment)
        return;
    settings_read = true;
    tune_read(environment);
    if (SECURE)
        tune.tcache = 1; /* there are no bins that classic mode would mean */
}

/* Before the program can have handlers of its own, if the settings are known by then. */
static void begin_guard(void)
{
    static bool begun;
    if (begun || tune.guard_rate == 0)
        return;
    begun = true;
    guard_report_begin();
}

static void begin_all(void)
{
    assert(lock_held(&start_lock));
    read_settings(environ);
    if (SECURE)
        secure_begin();
    arenas_begin();
    begin_guard();
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

/* What the first thread still keeps is looked at once more. */
__attribute__((destructor)) static void end_with_the_program(void)
{
    if (SECURE)
        secure_look();
}

/*
 * Linked with -z initfirst, so that this comes before all other constructors, even the C library's
 * own, which sets environ: then our handlers of fork were registered first, and so our locks are
 * taken last.  A library that was first would lock its own mutex after our locks, while another
 * thread that has the mutex waits in malloc.
 */
__attribute__((constructor(101))) static void start_with_the_program(int count, char **arguments,
                                                                     char **environment)
{
    (void)count;
    (void)arguments;
    read_settings(environ ? environ : environment);
    start_ensure();
    begin_guard();
    keeper_begin();
}
