/*
 * heap.h - the regions thread arenas live in: reservations of HEAP_MAX bytes, aligned to HEAP_MAX.
 *
 *   aligned to HEAP_MAX                                                        + HEAP_MAX
 *   +---------------+---------------------------------+-----------+-----------------------+
 *   | struct heap   | (arena, in its first heap)      | given     | reserved, untouchable |
 *   |               |  chunks, wall to wall ...       | back      |                       |
 *   +---------------+---------------------------------+-----------+-----------------------+
 *                                                     size        committed
 *
 * Masking any address inside finds the head, and the head names the arena: that is how a chunk
 * with the N flag finds its owner.  An arena's heaps form a list from the newest to the first.
 */
#ifndef ASHLAR_HEAP_H
#define ASHLAR_HEAP_H

#include "base.h"

struct arena;
struct chunk;

struct heap {
    struct arena *arena; /* whose chunks lie here */
    struct heap *prev;   /* the arena's next older heap; NULL for its first */
    size_t size;         /* bytes in use by the arena, from the head on */
    size_t committed;    /* bytes that can be touched; at least size */
    struct chunk *first; /* the lowest chunk */
    struct chunk *fence; /* where the chunks end, once the top has moved to a newer heap */
    size_t kept;         /* how far pages may be in memory that the kernel did not take; or 0 */
};

static_assert(offsetof(struct heap, arena) == 0, "as in ptmalloc2: the first word is the arena");
static_assert(offsetof(struct heap, prev) == WORD, "and the second is the next older heap");

/* The heap around an address that is known to lie in one. */
static inline struct heap *heap_around(const void *p)
{
    return (struct heap *)((uintptr_t)p & ~(HEAP_MAX - 1));
}

static inline char *heap_end(struct heap *h)
{
    return (char *)h + h->size;
}

/*
 * Reserve a heap with `size` bytes ready to use, its head filled in but for the arena and the
 * chunks.  NULL if the size exceeds HEAP_MAX or the kernel refuses.
 */
struct heap *heap_begin(size_t size, struct heap *prev);

/* Make the heap `bytes` larger, a whole number of pages.  False if it would outgrow HEAP_MAX. */
bool heap_grow(struct heap *h, size_t bytes);

/*
 * Give the uppermost `bytes` back, a whole number of pages; their addresses stay reserved.  False
 * if the kernel keeps the pages: then they hold old data when the heap grows again.
 */
bool heap_shrink(struct heap *h, size_t bytes);

/* Once more give back what the kernel has kept then, if it has. */
void heap_release_kept(struct heap *h);

/* Unmap the heap.  False if the kernel refuses: it is as it was then. */
bool heap_end_of_life(struct heap *h);

#endif
