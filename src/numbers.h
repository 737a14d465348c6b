/*
 * numbers.h - where all bytes are, counted chunk by chunk and page by page.
 *
 * Three regions are looked through: the break (and what replaces it), the heaps of thread arenas,
 * and the heaps of runs.  Every byte of a region belongs to a block, to what is free, or to a head,
 * and is in memory or is not:
 *
 *               in memory                            not
 *   block       in_use                               (never touched, or swapped out)
 *   free        free_resident  on a page of its own  free_returned
 *               fragments      on another's page
 *   head        heads                                -
 *
 * So these laws hold, by construction:
 *
 *   heap + arenas + runs       = in_use + free_resident + fragments + heads
 *   free bytes                 = free_resident + fragments + free_returned
 *   blocks in the three        = live_chunks + live_slots + live_spans + headers + all that is cached
 *
 * Which pages of in_use belong to live blocks and which to cached ones is not known: nobody looks
 * where a cached block lies.  Mappings (mapped.h) are in no region: there is no list of them.
 *
 * The numbers are exact while other threads take and free nothing; else about right.
 */
#ifndef ASHLAR_NUMBERS_H
#define ASHLAR_NUMBERS_H

#include "mapped.h"
#include "thread.h"

struct numbers {
    /* Bytes that the program may fill, malloc_usable_size() of all its blocks. */
    size_t live_chunks, live_slots, live_spans, live_mapped;
    size_t headers; /* what stands before each of its chunks */

    /* Blocks that were freed, with their headers: ready for somebody, or on their way home. */
    size_t magazines, shelves, ready_spans, fast_bins, in_transit;

    size_t free_resident, free_returned, fragments;
    size_t
        ends; /* of these, bytes beyond a run's last slot or a span's last page: no use for now */

    size_t heads;          /* of heaps, with the arenas in them, and fences */
    size_t caches, tables; /* in memory, in no region: threads' caches; the table of regions */

    size_t heap, arenas, runs; /* bytes in memory, by region */
    size_t in_use;             /* of these, blocks' */
};

/* One arena. */
struct numbers_arena {
    const struct arena *arena;
    unsigned threads;
    size_t system;            /* bytes held for its chunks and runs */
    size_t live;              /* bytes that the program may fill */
    size_t free;              /* in bins, runs and the top */
    size_t waiting, returned; /* bytes of chunks with whole pages, before and after their decay */
    size_t runs;              /* how many */
};

/*
 * Count everything, and tell each arena's as it is known.  Takes the threads' lock, one arena's after
 * the other, and that of the places; tell() is called with none.
 */
void numbers_gather(struct numbers *n, void (*tell)(const struct numbers_arena *, void *),
                    void *context);

#endif
