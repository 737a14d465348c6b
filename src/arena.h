/*
 * arena.h - take and put under one lock: search, split, merge.
 *
 * An arena is a struct arena (what ptmalloc2 calls malloc_state) and the chunks it owns: those of
 * the break for the main arena, those of a list of heaps for every other one, which then lies
 * itself at the start of its first heap.  A chunk goes back to the arena it came from.
 *
 * The order of work, for a chunk of `size`:
 *
 *   fast bin - exact small bin - (large: merge the fast bins) - unsorted, sorting what does not
 *   fit - best fit in the large bins - next larger bin, split           arena_take_binned
 *   (of the mapping threshold or more: own mapping)                    the caller, without the lock
 *   top - merge the fast bins and look again - break or heap grows      arena_take_fresh
 *
 * All calls need the lock.
 */
#ifndef ASHLAR_ARENA_H
#define ASHLAR_ARENA_H

#include "bins.h"
#include "demand.h"
#include "fastbins.h"
#include "inbox.h"
#include "lock.h"
#include "swing.h"
#include "top.h"

struct arena {
    struct lock lock;
    unsigned index; /* 0 is the main arena */
    struct fastbins fast;
    struct top top;
    struct chunk *last_remainder; /* what the last split for a small request left over */
    struct bins bins;             /* up to here within what the tool reads of an arena at once */
    struct swing swing;           /* of the top, given back and wanted again */
    struct runs runs;
    struct demand demand;
    size_t freed;             /* bytes, not told to decay.h yet */
    struct chunk *purged;     /* in use only for purge.h, which has let go of the lock */
    size_t seen;              /* purge.h: what moves in the top and the fast bins .. */
    uint32_t seen_at;         /* .. and since when it has not; 0: what they held is back */
    struct inbox inbox;       /* freed by threads that did not wait for the lock */
    struct arena *next;       /* all arenas: arenas.c */
    struct arena *next_free;  /* those whose threads have ended: arenas.c */
    _Atomic unsigned threads; /* how many threads take from here: arenas.c */
};

/* Fill in an arena that is all zero. */
void arena_begin(struct arena *a, unsigned index, enum top_source source);

/* The arena that owns c, which is not mapped; main is the main arena. */
static inline struct arena *arena_of(const struct chunk *c, struct arena *main)
{
    return chunk_is_of_main(c) ? main : heap_around(c)->arena;
}

/* What free() asked already, once more for asserts: c is a chunk of a (I8, I9), not mapped. */
static inline bool arena_owns(const struct arena *a, const struct chunk *c)
{
    bool of_main = a->top.source == TOP_FROM_BREAK;
    return !chunk_is_mapped(c) && chunk_is_of_main(c) == of_main &&
           (of_main || heap_around(c)->arena == a);
}

/* A chunk from the bins; NULL if none there is large enough. */
struct chunk *arena_take_binned(struct arena *a, size_t size);

/*
 * A chunk from the top, which grows if need be; NULL if the kernel refuses.  *dirty is how many
 * leading bytes of its user memory may be other than zero, at most SIZE_MAX.
 */
struct chunk *arena_take_fresh(struct arena *a, size_t size, size_t *dirty);

/*
 * User memory of up to `most` more chunks of one size, as far as the arena has them without
 * growing, in the order they were found; returns their number.
 */
unsigned arena_take_more(struct arena *a, size_t size, unsigned most, void **users);

/* Return c to its arena.  Dies if it is free already or its neighbours contradict its size. */
void arena_put(struct arena *a, struct chunk *c);

/* Return blocks, slots or chunks, all of this arena.  Dies as arena_put() and runs_put() do. */
void arena_put_all(struct arena *a, void **users, unsigned n);

/* Return c, merged with its neighbours at once, and leave the top untrimmed. */
void arena_put_merged(struct arena *a, struct chunk *c);

/*
 * The same for a chunk whose whole pages are back with the kernel, `size` bytes when they went.
 */
void arena_put_returned(struct arena *a, struct chunk *c, size_t size);

/* Merge all fast bins into the unsorted bin and the top. */
void arena_merge_fast(struct arena *a);

/* Unmap the newest heaps while they are wholly free, never the first; returns the bytes. */
size_t arena_leave_free_heaps(struct arena *a);

/* Give back what the top has beyond the trim threshold, and heaps that are wholly free. */
void arena_trim(struct arena *a);

/* The same for what the top holds back because it was wanted again: it will not be any more. */
void arena_trim_held(struct arena *a);

/* Put all that others left in the inbox. */
void arena_put_received(struct arena *a);

#endif
