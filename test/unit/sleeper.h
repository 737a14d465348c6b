/*
 * sleeper.h - a thread that fills its cache, does what it is told to, perhaps for long, and looks
 * afterwards whether its blocks are as they were.
 */
#ifndef TEST_UNIT_SLEEPER_H
#define TEST_UNIT_SLEEPER_H

#include "unit.h"

#include "sys.h"
#include "threads.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* Blocks of a cache that is filled. */
enum { READY = 400 };

/* A thread that fills its cache, does what it is told to, and goes on afterwards. */
struct sleeper {
    pthread_t thread;
    void (*sleep)(struct sleeper *); /* until something can be read from `wake` */
    int wake[2];
    _Atomic int tid;
    atomic_bool ready, over, whole;
};

static void sleep_on_pipe(struct sleeper *s)
{
    char byte;
    while (read(s->wake[0], &byte, 1) < 0 && errno == EINTR)
        continue;
}

/* Take some blocks of many sizes and put them back: the cache has something of everything. */
static bool fill_cache(uint64_t key)
{
    static _Thread_local void *blocks[READY];
    bool whole = true;
    for (unsigned i = 0; i < READY; i++) {
        size_t n = 16 + i % 40 * 24;
        blocks[i] = malloc(n);
        pattern_fill(blocks[i], n, key + i);
    }
    for (unsigned i = 0; i < READY; i++) {
        size_t n = 16 + i % 40 * 24;
        whole = whole && pattern_holds(blocks[i], n, n, key + i);
        free(blocks[i]);
    }
    return whole;
}

static void *live(void *sleeper)
{
    struct sleeper *s = sleeper;
    bool whole = fill_cache(1);
    atomic_store(&s->tid, sys_thread());
    atomic_store(&s->ready, true);
    s->sleep(s);
    whole = fill_cache(2) && whole;
    atomic_store(&s->whole, whole);
    atomic_store(&s->over, true);
    return NULL;
}

static void pause_for(unsigned milliseconds)
{
    poll(NULL, 0, (int)milliseconds);
}

static void begin(struct sleeper *s, void (*sleep)(struct sleeper *))
{
    *s = (struct sleeper){.sleep = sleep};
    if (pipe(s->wake) != 0 || begin_thread(&s->thread, live, s) != 0)
        abort();
    while (!atomic_load(&s->ready))
        pause_for(1);
    pause_for(30);
}

static void wake(struct sleeper *s)
{
    if (write(s->wake[1], "", 1) != 1)
        abort();
}

/* Returns whether all its blocks were as they should be. */
static bool end(struct sleeper *s)
{
    wake(s);
    pthread_join(s->thread, NULL);
    close(s->wake[0]);
    close(s->wake[1]);
    return atomic_load(&s->whole);
}

#endif
