/*
 * idle.c - visits.
 */
#include "idle.h"

#include "decay.h"
#include "file.h"
#include "print.h"
#include "sys.h"
#include "thread.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOOKS = 64, /* caches looked at in one step .. */
    VISITS = 4, /* .. and emptied */
    TRIES = 16, /* a thread that never sleeps is asked no more */
};

/* A stack that is deeper is not searched. */
#define STACK_MAX (256 * KIB)

static size_t next; /* how many caches of the list were looked at in this round */

void idle_begin(void)
{
    next = 0;
}

/* Where a sleeping thread's stack ends, from "number arguments.. 0xSP 0xPC"; 0 if it does not sleep. */
static uintptr_t stack_of(int tid)
{
    struct line path = {.length = 0};
    char text[256];
    print_text(&path, "/proc/self/task/");
    print_number(&path, (size_t)tid);
    print_text(&path, "/syscall");
    path.text[path.length] = '\0';
    file_read(path.text, text, sizeof text);
    if (*text < '0' || *text > '9')
        return 0;
    char *last = strrchr(text, ' ');
    if (!last)
        return 0;
    *last = '\0';
    char *before = strrchr(text, ' ');
    return before ? (uintptr_t)strtoull(before + 1, NULL, 16) : 0;
}

/* Whether a signal handler that runs on this stack has interrupted the quick way. */
__attribute__((no_sanitize("address", "thread"))) static bool is_interrupted(uintptr_t from,
                                                                             uintptr_t to)
{
    for (const uintptr_t *word = (const uintptr_t *)from; (uintptr_t)word < to; word++)
        if (thread_is_on_quick_way(__atomic_load_n(word, __ATOMIC_RELAXED)))
            return true;
    return false;
}

/* Steps 3 and 4 of idle.h. */
static bool sleeps_outside(const struct cache *cache)
{
    uintptr_t from = stack_of(cache->tid), to = cache->stack_end;
    return from != 0 && from % WORD == 0 && from < to && to - from <= STACK_MAX &&
           !is_interrupted(from, to);
}

/* Empty a cache, if its thread does not hinder it.  The list is locked. */
static bool visit(struct cache *cache)
{
    bool emptied = false;
    thread_close(cache);
    if (sys_barrier() && !thread_is_inside(cache) && sleeps_outside(cache)) {
        thread_empty(cache);
        emptied = true;
    }
    thread_reopen(cache);
    return emptied;
}

/* Whether this cache is to be emptied now. */
static bool is_forgotten(struct cache *cache, bool *waiting)
{
    size_t trace = cache_trace(cache);
    if (trace != cache->seen) {
        cache->seen = trace;
        cache->seen_at = trace == 0 ? 0 : decay_now();
        cache->tries = 0;
    }
    if (cache->seen_at == 0)
        return false;
    *waiting = true;
    return decay_is_ripe(cache->seen_at);
}

static void look_at(struct cache *cache, unsigned *visits, bool *waiting)
{
    if (!cache->thread || thread_owns(cache) || !is_forgotten(cache, waiting))
        return;
    ++*visits;
    if (visit(cache) || ++cache->tries == TRIES) {
        cache->seen = cache_trace(cache);
        cache->seen_at = 0;
    }
}

bool idle_drain(bool *waiting)
{
    struct cache *cache = thread_lock_list();
    size_t at = 0;
    unsigned visits = 0;
    for (; cache && at < next; at++)
        cache = cache->next;
    for (; cache && at < next + LOOKS && visits < VISITS; at++, cache = cache->next)
        look_at(cache, &visits, waiting);
    next = at;
    thread_unlock_list();
    if (!cache)
        thread_trim_unused(waiting);
    return cache != NULL;
}

/* Visit all but the caller's own; false if one was not at home to visitors. */
static bool visit_all(void)
{
    bool all = true;
    for (struct cache *cache = thread_lock_list(); cache; cache = cache->next)
        if (cache->thread && !thread_owns(cache) && cache_trace(cache) != 0)
            all &= visit(cache);
    thread_unlock_list();
    return all;
}

void idle_drain_all(void)
{
    enum { TIMES = 3 };
    _Atomic uint32_t nobody = 0;
    /* Some may be about to fall asleep. */
    for (int times = 1; !visit_all() && times < TIMES; times++)
        sys_sleep_on(&nobody, 0, 1);
}
