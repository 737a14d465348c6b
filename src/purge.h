/*
 * purge.h - free memory that nobody has wanted for a while goes back to the kernel, step by step.
 *
 * What has waited long enough by decay.h's clock is ripe: whole pages inside free chunks and
 * between the slots of runs, what fast bins keep apart, and the top of an arena in which nothing
 * moves.  A step is short, so that whoever wants the arena meanwhile does not wait long: a few
 * chunks under the lock, or one large one with no lock at all.
 */
#ifndef ASHLAR_PURGE_H
#define ASHLAR_PURGE_H

#include "arena.h"

/*
 * One step in one arena; false when there is no more to do now.  *waiting is set if something is
 * not ripe yet, and left alone otherwise.
 */
bool purge_arena(struct arena *a, bool *waiting);

/*
 * An arena, which is not locked, has grown by so many bytes: others that are mostly free give back
 * as much, however short a time it has been free, so that the memory of one serves the next.  NULL:
 * it is places that have grown, and every arena's chunks may go for it.
 */
void purge_for_growth(const struct arena *grown, size_t bytes);

/* In the child of fork: the chunk whose pages were on their way back then is put where it belongs. */
void purge_inherit(struct arena *a);

/* A place among the heaps of runs, to go on from; all zero: from the beginning. */
struct purge_place {
    const struct run_heap *heap;
    size_t place;
};

/* The same for some of all arenas' runs, from *at on. */
bool purge_runs(struct purge_place *at, bool *waiting);

#endif
