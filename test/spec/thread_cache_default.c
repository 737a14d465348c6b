/*
 * thread_cache_default.c - B7: the thread cache, which only the default mode has.
 */
#include <stdatomic.h>

#include "traced.h"

enum { CACHED_MAX = 129 * WORD }; /* 1032 or 516 */

static void newest_first_per_size(void)
{
    size_t wrong = 0;
    for (size_t n = 3 * WORD; n <= CACHED_MAX; n += CHUNK_ALIGN) {
        char *p[3];
        for (size_t i = 0; i < 3; i++)
            p[i] = must(malloc(n), "malloc");
        for (size_t i = 0; i < 3; i++)
            free(p[i]);
        for (size_t i = 3; i > 0; i--)
            wrong += malloc(n) != p[i - 1];
        for (size_t i = 0; i < 3; i++)
            free(p[i]);
    }
    ok(wrong == 0, "B7 each list gives its newest chunk first, up to 1032 (516) bytes");
    char *small = must(malloc(64), "malloc"), *larger = must(malloc(200), "malloc");
    free(small);
    free(larger);
    ok(malloc(61) == small && malloc(197) == larger, "B7 there is a list for each size");
    free(small);
    free(larger);
}

static void cached_chunks_are_not_merged(void)
{
    char *below = must(malloc(500), "malloc");
    char *above = must(malloc(500), "malloc");
    char *guard = must(malloc(2000), "malloc");
    bool neighbours = user_above(below) == above && user_above(above) == guard;
    free(below);
    free(above);
    ok(!neighbours || (below_counts_as_used(above) && below_counts_as_used(guard) &&
                       chunk_size_of(below) == chunk_size_for(500)),
       "B7 a chunk in a list still counts as in use");
    free(guard);
}

static atomic_int control;

static void *waits(void *arg)
{
    pause();
    return arg;
}

/* Phases: only the marks; an atomic operation; a pair served by the cache, for some sizes. */
static void step_pairs(void)
{
    static const size_t sizes[] = {24, 64, 200, 504, 1000};
    pthread_t other; /* with a second thread no lock can be left out for being alone */
    thread_start(&other, waits, NULL);
    step_mark();
    step_mark();
    step_mark();
    atomic_fetch_add(&control, 1);
    step_mark();
    for (size_t i = 0; i < 5; i++) {
        for (int warm = 0; warm < 8; warm++)
            free(must(malloc(sizes[i]), "malloc"));
        step_mark();
        free(malloc(sizes[i]));
        step_mark();
    }
}

static void no_lock_on_the_hit_path(void)
{
    struct steps steps[PHASES_MAX];
    if (!in_stepped_process("a pair step by step", step_pairs, steps)) {
        skip("B7 no ptrace here");
        return;
    }
#ifdef __x86_64__
    long marks = steps[0].atomics, most = 0;
    ok(steps[1].atomics == marks + 1, "B7 (an atomic operation is seen if there is one)");
    for (size_t i = 2; i < 7; i++) {
        note("malloc and free: %ld instructions, %ld atomic ones",
             steps[i].instructions - steps[0].instructions, steps[i].atomics - marks);
        if (steps[i].atomics - marks > most)
            most = steps[i].atomics - marks;
    }
    ok(most == 0, "B7 there is no lock on the hit path");
#else
    skip("B7 instructions are read on x86-64 only");
#endif
}

int main(void)
{
    look_begin();
    in_fresh_process("newest first", newest_first_per_size);
    in_fresh_process("not merged", cached_chunks_are_not_merged);
    no_lock_on_the_hit_path();
    return done();
}
