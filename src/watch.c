/*
 * watch.c - fill bytes and counts.
 */
#include "watch.h"

#include "summary.h"
#include "thread.h"
#include "tune.h"

#include <string.h>

void watch_begin(void)
{
    if (tune.summary != 0)
        summary_begin();
}

static void count_call(struct tally *t, enum call call)
{
    assert(call == CALL_MALLOC || call == CALL_CALLOC || call == CALL_REALLOC);
    if (call == CALL_MALLOC)
        t->mallocs++;
    else if (call == CALL_CALLOC)
        t->callocs++;
    else
        t->reallocs++;
}

void watch_taken(enum call call, void *user, size_t n, size_t usable)
{
    assert(!user || n <= usable);
    if (user && call != CALL_CALLOC && tune.perturb != 0)
        memset(user, (int)(~tune.perturb & 0xff), n);
    struct tally *t = tune.summary != 0 ? thread_tally() : NULL;
    if (!t)
        return;
    count_call(t, call);
    if (!user)
        t->errors++;
    else
        summary_count(t, (ptrdiff_t)usable, 1);
}

void watch_freed(enum call call, void *user, size_t usable)
{
    if (tune.perturb != 0)
        memset(user, (int)(tune.perturb & 0xff), usable);
    struct tally *t = tune.summary != 0 ? thread_tally() : NULL;
    if (!t)
        return;
    if (call == CALL_FREE)
        t->frees++;
    summary_count(t, -(ptrdiff_t)usable, -1);
}

void watch_resized(size_t from, size_t to)
{
    struct tally *t = tune.summary != 0 ? thread_tally() : NULL;
    if (!t)
        return;
    t->reallocs++;
    summary_count(t, (ptrdiff_t)(to - from), 0);
}
