/*
 * runs_limit.c - runs need address space that a process with a small RLIMIT_AS does not have: then
 * all is served from chunks, and when the limit is lifted there are slots.
 */
#include "runs.h"
#include "threads.h"

#include <sys/resource.h>

enum { COUNT = 20000 };

static void *blocks[COUNT];

static bool set_limit(rlim_t bytes)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0)
        return false;
    limit.rlim_cur = bytes;
    return setrlimit(RLIMIT_AS, &limit) == 0;
}

/* Take blocks of n bytes, say how many of them were slots and free them; COUNT + 1 if any failed. */
static size_t count_slots(size_t n)
{
    size_t slots = 0, served = 0;
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = malloc(n);
        served += blocks[i] != NULL;
        slots += blocks[i] != NULL && is_slot(blocks[i]);
        if (blocks[i] != NULL)
            pattern_fill(blocks[i], n, i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        served -= blocks[i] != NULL && !pattern_holds(blocks[i], n, n, i);
        free(blocks[i]);
    }
    return served == COUNT ? slots : COUNT + 1;
}

static void *count_in_thread(void *slots)
{
    *(size_t *)slots = count_slots(64);
    return NULL;
}

static bool no_slots_in_a_thread(void)
{
    size_t slots = 1;
    pthread_t thread;
    return begin_thread(&thread, count_in_thread, &slots) == 0 && pthread_join(thread, NULL) == 0 &&
           slots == 0;
}

/* Requests of this size have earned slots, but there are none to be had. */
static bool alignment_needs_no_runs(void)
{
    static const size_t alignments[] = {32, 64, 128, 256};
    size_t misaligned = 0;
    for (size_t i = 0; i < 4; i++) {
        earn(alignments[i]);
        for (size_t j = 0; j < 100; j++)
            misaligned += posix_memalign(&blocks[j], alignments[i], alignments[i]) != 0 ||
                          !is_aligned(blocks[j], alignments[i]);
        for (size_t j = 0; j < 100; j++)
            free(blocks[j]);
    }
    if (misaligned > 0)
        note("%zu blocks of 400 are misaligned", misaligned);
    return misaligned == 0;
}

int main(void)
{
    if (!on_ashlar()) {
        tap_print("1..0 # SKIP runs are ashlar's\n");
        return 0;
    }
    ok(set_limit(512 * MIB) && count_slots(48) == 0, "a_small_limit_means_chunks");
    ok(count_slots(48) == 0, "and_still_when_runs_are_earned");
    ok(alignment_needs_no_runs(), "aligned_blocks_are_aligned_all_the_same");
    ok(no_slots_in_a_thread(), "in_a_thread_too");
    ok(set_limit(RLIM_INFINITY) && count_slots(48) > COUNT / 2, "without_a_limit_there_are_slots");
    ok(set_limit(512 * MIB) && count_slots(48) <= COUNT && count_slots(200) <= COUNT,
       "a_limit_that_comes_later_does_no_harm");
    ok(set_limit(RLIM_INFINITY) && heap_is_sound(), "the_heap_is_sound");
    return done();
}
