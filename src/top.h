/*
 * top.h - fresh memory: the highest chunk of an arena, what it is cut from, and where more comes
 * from.
 *
 *   first                                           chunk        fresh              end
 *   +-----------+-----------+-- ... --+-------------+------------+------------------+
 *   | chunk     | chunk     |         | chunk       | top: handed out before, | never |
 *   +-----------+-----------+-- ... --+-------------+------------+------------------+
 *                                                                   page-aligned  |
 *
 * The top is in no bin, and the chunk below it always counts as in use: a free one would have been
 * joined.  At least CHUNK_MIN of it is left after every cut.
 *
 * When its region cannot grow (something else is above the break; the heap is full), a new region
 * begins and the old one is closed by fences, two or three headers of CHUNK_FENCE bytes that
 * count as in use for ever, so that no merge and no walk leaves the region:
 *
 *   | ... chunk | rest of the old top, now an ordinary chunk | fence | fence |
 *                                                                     first word: where the next
 *                                                                     region's first chunk is
 * Whoever calls holds the arena's lock.
 */
#ifndef ASHLAR_TOP_H
#define ASHLAR_TOP_H

#include "chunk.h"
#include "heap.h"
#include "region.h"

enum top_source { TOP_FROM_BREAK, TOP_FROM_HEAPS };

struct top {
    struct chunk *chunk;  /* NULL until the first request */
    char *fresh;          /* from here to the end all bytes are zero */
    size_t dirty;         /* how many user bytes of the chunk cut last may not be zero */
    struct chunk *first;  /* the first chunk of the first region */
    size_t span;          /* bytes from there that this region has ever reached */
    struct extent extent; /* where all chunks of the arena are */
    size_t system;        /* bytes got from the kernel and still held */
    size_t system_max;    /* the most there ever were */
    enum top_source source;
    bool scattered; /* some region did not begin where the one before ended */
};

static inline size_t top_size(const struct top *t)
{
    return t->chunk ? chunk_size(t->chunk) : 0;
}

static inline char *top_end(const struct top *t)
{
    return (char *)t->chunk + top_size(t);
}

/* Begin the only region of an arena whose heap is new: all of [start, end). */
void top_begin(struct top *t, struct chunk *start, char *end);

/* A chunk of exactly `size` from the lower end of the top; NULL if the top is too small. */
struct chunk *top_cut(struct top *t, size_t size);

/*
 * Make the top large enough for `size`.  False if the kernel refuses; nothing has changed then.
 * If a new region had to begin, *leftover is what remained of the old one: a chunk in use that
 * the caller now frees.  Otherwise it is NULL.
 */
bool top_grow(struct top *t, size_t size, struct chunk **leftover);

/* The free chunk c, right below the top, becomes part of it. */
void top_absorb(struct top *t, struct chunk *c);

/* Let go of the lowest `bytes` of the top, which the chunk below has taken over. */
void top_yield(struct top *t, size_t bytes);

/* Give back whole pages so that about `pad` bytes of top are left; returns the bytes given back. */
size_t top_trim(struct top *t, size_t pad);

/*
 * If the top is all there is in the newest heap and an older heap exists, unmap the newest and let
 * the fence of the older one be the top.  The chunk below may be free then: the caller joins it.
 * Returns the bytes given back, or 0 if nothing changed.
 */
size_t top_leave_heap(struct top *t);

/* The first chunk of the region after the one that ends with this fence; NULL for heaps. */
struct chunk *fence_next_region(const struct chunk *fence);

#endif
