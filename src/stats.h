/*
 * stats.h - what is in use and what is free, counted from the bins without walking the heap.
 */
#ifndef ASHLAR_STATS_H
#define ASHLAR_STATS_H

#include "tcache.h"

/* Free chunks of one size, or of one range of sizes. */
struct stats_sizes {
    size_t from, to, chunks, bytes;
};

struct stats {
    size_t system, system_max;      /* bytes held from the kernel, now and at most */
    size_t reserved, committed;     /* address space, and the part that can be touched */
    size_t fast_chunks, fast_bytes; /* in fast bins, and ready in thread caches */
    size_t heaps;
    size_t free_chunks, free_bytes; /* in bins, the unsorted one included, and in runs */
    size_t tops, top_bytes;
    struct stats_sizes fast[FASTBINS];
    struct stats_sizes bins[BINS]; /* [BIN_UNSORTED] .. [BIN_LAST] */
    /* By list; the last two are for shelves and, in the main arena's, for all ready spans. */
    struct stats_sizes cached[CACHE_LISTS + 2];
    struct stats_sizes runs[RUN_CLASSES + 1]; /* free slots by class; the last: empty places */
};

/*
 * Count one arena; takes first the threads' lock, then the arena's, for as long as it reads the
 * bins.
 */
void stats_of_arena(struct arena *a, struct stats *s);

/* All free bytes an arena holds, wherever they lie. */
static inline size_t stats_free(const struct stats *s)
{
    return s->free_bytes + s->fast_bytes + s->top_bytes;
}

/* Add the totals of one to another; the single bins are left alone. */
void stats_add(struct stats *sum, const struct stats *s);

#endif
