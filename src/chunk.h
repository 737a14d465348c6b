/*
 * chunk.h - one piece of the heap, and the only file that knows its layout.
 *
 * Chunks stand wall to wall.  Each begins with its size; a free one repeats it in the first word
 * of the chunk above, where a walk downwards will find it.
 *
 *              in use                        free
 *          +---------------+             +---------------+
 *   chunk  | user data of the chunk below, or its size if free
 *          | size     N M P|             | size     N M P|  P: below is in use
 *   user   | user data     |             | fd, bk        |  M: a mapping of its own
 *          :               :             : next sizes    :  N: not of the main arena
 *   above  | user data     |             | size again    |
 *          +---------------+             +---------------+
 *          | size     . . 1|             | size     . . 0|
 *
 * So a chunk in use costs one word beyond what the user may fill.  A mapped chunk has nothing
 * above it and nothing below: its first word tells how far it lies into its mapping instead.
 */
#ifndef ASHLAR_CHUNK_H
#define ASHLAR_CHUNK_H

#include "base.h"

struct chunk {
    size_t prev_size;      /* size of the chunk below, while that one is free */
    size_t head;           /* size, with the three flags in its low bits */
    struct chunk *fd, *bk; /* ring of a bin, while free */
    struct chunk
        *fd_nextsize; /* ring of different sizes, while free, large and first of its size */
    struct chunk *bk_nextsize;
    struct chunk *older, *newer; /* row of those that have whole pages, while free (bins.h) .. */
    size_t freed_at;             /* .. by decay.h's clock; 0: their pages are back already */
};

#define CHUNK_PREV_IN_USE ((size_t)1)
#define CHUNK_MAPPED ((size_t)2)
#define CHUNK_NOT_MAIN ((size_t)4)
#define CHUNK_FLAGS (CHUNK_PREV_IN_USE | CHUNK_MAPPED | CHUNK_NOT_MAIN)

#define CHUNK_HEADER (2 * WORD)
#define CHUNK_ALIGN (2 * WORD)
/* The smallest chunk holds what a free one needs: both sizes and both links. */
#define CHUNK_MIN (4 * WORD)
/* A free chunk of this size has a whole page beside what it needs for itself. */
#define CHUNK_PAGES_MIN (4 * KIB + CHUNK_HEADER + 8 * WORD)
/* A fence stands where an arena's region ends for good: smaller than any chunk, always in use. */
#define CHUNK_FENCE (2 * WORD)

static_assert(offsetof(struct chunk, head) == WORD,
              "the size stands right below the user's memory");
static_assert(offsetof(struct chunk, fd) == CHUNK_HEADER, "the links lie in the user's memory");
static_assert(offsetof(struct chunk, fd_nextsize) == CHUNK_MIN, "a small chunk has two links");
static_assert(CHUNK_FLAGS < CHUNK_ALIGN, "the flags lie below the lowest bit of a size");
static_assert(WORD != 8 || CHUNK_ALIGN % _Alignof(max_align_t) == 0, "any type fits anywhere");
static_assert(CHUNK_FENCE < CHUNK_MIN, "no chunk is taken for a fence");
static_assert(CHUNK_MIN % CHUNK_FENCE == 0, "the least top becomes fences without a remainder");

/* The chunk size that serves a request of n bytes, or 0 if none can. */
static inline size_t chunk_size_for(size_t n)
{
    if (unlikely(n > PTRDIFF_MAX - CHUNK_MIN))
        return 0;
    return max_size(align_up(n + WORD, CHUNK_ALIGN), CHUNK_MIN);
}

static inline void *chunk_user(struct chunk *c)
{
    return (char *)c + CHUNK_HEADER;
}

static inline struct chunk *chunk_of(void *user)
{
    return (struct chunk *)((char *)user - CHUNK_HEADER);
}

/* A chunk looked for at an address: what lies `bytes` above c. */
static inline struct chunk *chunk_at(const void *c, size_t bytes)
{
    return (struct chunk *)((uintptr_t)c + bytes);
}

static inline size_t chunk_size(const struct chunk *c)
{
    return c->head & ~CHUNK_FLAGS;
}

static inline size_t chunk_flags(const struct chunk *c)
{
    return c->head & CHUNK_FLAGS;
}

static inline bool chunk_is_mapped(const struct chunk *c)
{
    return c->head & CHUNK_MAPPED;
}

static inline bool chunk_is_of_main(const struct chunk *c)
{
    return !(c->head & CHUNK_NOT_MAIN);
}

static inline bool chunk_is_fence(const struct chunk *c)
{
    return chunk_size(c) == CHUNK_FENCE;
}

static inline struct chunk *chunk_above(const struct chunk *c)
{
    return chunk_at(c, chunk_size(c));
}

static inline bool chunk_below_in_use(const struct chunk *c)
{
    return c->head & CHUNK_PREV_IN_USE;
}

/* Valid only while chunk_below_in_use() denies it. */
static inline struct chunk *chunk_below(const struct chunk *c)
{
    assert(!chunk_below_in_use(c)); /* I2, I3 */
    return (struct chunk *)((uintptr_t)c - c->prev_size);
}

/* Whether c itself is in use, which only the chunk above knows. */
static inline bool chunk_in_use(const struct chunk *c)
{
    return chunk_below_in_use(chunk_above(c));
}

/* Bytes the user may fill: all but the header, and the first word of the chunk above. */
static inline size_t chunk_usable(const struct chunk *c)
{
    return chunk_size(c) - (chunk_is_mapped(c) ? CHUNK_HEADER : WORD);
}

static inline void chunk_set_head(struct chunk *c, size_t size, size_t flags)
{
    assert((size & CHUNK_FLAGS) == 0 && flags <= CHUNK_FLAGS);
    c->head = size | flags;
}

/* A new size under the old flags. */
static inline void chunk_set_size(struct chunk *c, size_t size)
{
    assert(size >= CHUNK_MIN && size % CHUNK_ALIGN == 0); /* I1 */
    chunk_set_head(c, size, chunk_flags(c));
}

static inline void chunk_set_in_use(struct chunk *c)
{
    assert(!chunk_is_mapped(c)); /* a mapped chunk has nobody above it */
    chunk_above(c)->head |= CHUNK_PREV_IN_USE;
}

/* Mark c free for its neighbour above: P cleared there, and the size repeated. */
static inline void chunk_set_free(struct chunk *c)
{
    assert(!chunk_is_mapped(c) && !chunk_is_fence(c));
    struct chunk *above = chunk_above(c);
    above->head &= ~CHUNK_PREV_IN_USE;
    above->prev_size = chunk_size(c);
}

/*
 * Cut c, which is in use, to `size` and return the rest as a chunk of its own, also in use.  The
 * rest is at least CHUNK_MIN.
 */
static inline struct chunk *chunk_split(struct chunk *c, size_t size)
{
    assert(!chunk_is_mapped(c) && size >= CHUNK_MIN && size % CHUNK_ALIGN == 0);
    assert(chunk_size(c) >= size + CHUNK_MIN);
    struct chunk *rest = chunk_at(c, size);
    chunk_set_head(rest, chunk_size(c) - size, CHUNK_PREV_IN_USE | (c->head & CHUNK_NOT_MAIN));
    chunk_set_size(c, size);
    return rest;
}

#endif
