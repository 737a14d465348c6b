/*
 * round.h - all that the keeper does, by the caller and to its end.
 */
#ifndef TEST_ROUND_H
#define TEST_ROUND_H

#include "arenas.h"
#include "decay.h"
#include "idle.h"
#include "purge.h"

/* False if there is no end. */
static inline bool go_round(void)
{
    enum { STEPS_AT_MOST = 5000 };
    struct purge_place at = {.heap = NULL};
    bool waiting = false;
    unsigned steps = 0;
    decay_tick();
    idle_begin();
    while (idle_drain(&waiting) && steps < STEPS_AT_MOST)
        steps++;
    for (struct arena *a = arenas_first(); a; a = arenas_next(a))
        while (purge_arena(a, &waiting) && steps < STEPS_AT_MOST)
            steps++;
    while (purge_runs(&at, &waiting) && steps < STEPS_AT_MOST)
        steps++;
    while (places_decay(&waiting) && steps < STEPS_AT_MOST)
        steps++;
    return steps < STEPS_AT_MOST;
}

#endif
