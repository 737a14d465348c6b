/*
 * bins.h - the free chunks of one arena, by size.
 *
 *   bin        1      unsorted: freed and split chunks, waiting for their one chance
 *          2..63      small: one size each, 16 apart, the oldest is taken first
 *         64..126     large: ranges of 64, 512, 4096, 32768, 262144 bytes, and one for the rest
 *
 * A bin is a ring of chunks through fd and bk, closed by an end that lies in struct bins.  A large
 * bin is sorted, the largest first; the first chunk of each size is on a second ring as well, so
 * that a search steps from size to size.  The binmap has a bit for every bin that may be occupied.
 *
 * Whoever calls holds the arena's lock.
 */
#ifndef ASHLAR_BINS_H
#define ASHLAR_BINS_H

#include "chunk.h"
#include "decay.h"
#include "region.h"

enum {
    BIN_UNSORTED = 1,
    BIN_SMALL = 2,
    BIN_LARGE = 64,
    BIN_LAST = 126,
    BINS = 128,
    BINMAP_BITS = 64,
    BINMAP_WORDS = BINS / BINMAP_BITS,
};

/* The smallest large chunk: what comes after the 62 small sizes. */
#define LARGE_MIN (BIN_LARGE * CHUNK_ALIGN)

static_assert(BIN_SMALL * CHUNK_ALIGN == CHUNK_MIN, "the first small bin has the smallest chunks");
static_assert(WORD != 8 || LARGE_MIN - CHUNK_ALIGN == 1008,
              "the last small bin has 1008 bytes (B2)");
static_assert(BIN_LAST < BINS && BINS % BINMAP_BITS == 0, "every bin has a bit in the binmap");

/* The end of a ring: the links of a chunk without the chunk. */
struct bin_end {
    struct chunk *fd, *bk;
};

/* As far apart as in a chunk, or bin_end() would miss one of them. */
static_assert(offsetof(struct bin_end, bk) - offsetof(struct bin_end, fd) ==
                  offsetof(struct chunk, bk) - offsetof(struct chunk, fd),
              "an end can stand in for a chunk");

struct bins {
    struct bin_end ends[BINS];
    uint64_t map[BINMAP_WORDS];
    /* Chunks with whole pages that may be in memory, the one that was freed first first. */
    struct chunk *oldest, *newest;
    size_t waiting;              /* bytes of these .. */
    size_t returned;             /* .. and of those whose pages are back already */
    const struct extent *within; /* where members can be; NULL: anywhere */
};

static_assert(sizeof(((struct bins *)0)->map) * 8 == BINS, "one bit for every bin");

/* Make every ring empty. */
void bins_begin(struct bins *b);

/* The bin that chunks of this size belong in. */
unsigned bin_index(size_t size);

static inline bool size_is_small(size_t size)
{
    return size < LARGE_MIN;
}

/* A bin's end seen as a member of its ring: only its fd and bk exist. */
static inline struct chunk *bin_end(const struct bins *b, unsigned index)
{
    assert(index < BINS);
    return (struct chunk *)((uintptr_t)&b->ends[index] - offsetof(struct chunk, fd));
}

static inline bool bin_is_empty(const struct bins *b, unsigned index)
{
    return b->ends[index].bk == bin_end(b, index);
}

/* Lay a free chunk into the unsorted bin: first to be looked at is the one put in first. */
void bins_insert_unsorted(struct bins *b, struct chunk *c);

/*
 * The same, for one that has been free since then, or its greater part; 0: whose whole pages are
 * back.  What is taken from a large chunk and put back again must not keep all of it.
 */
void bins_insert_aged(struct bins *b, struct chunk *c, size_t freed_at);

/* Lay a free chunk where its size belongs. */
void bins_insert_sorted(struct bins *b, struct chunk *c);

/* Move an unsorted chunk to where its size belongs. */
void bins_sort(struct bins *b, struct chunk *c);

/* Take a chunk out of whatever bin it lies in.  Dies if its links or its sizes do not agree. */
void bins_unlink(struct bins *b, struct chunk *c);

/* Take out the oldest chunk of a small size; NULL if there is none. */
struct chunk *bins_take_small(struct bins *b, size_t size);

/* Take out the smallest chunk of at least `size`, wherever it lies; NULL if there is none. */
struct chunk *bins_take_best(struct bins *b, size_t size);

/* Call visit(c, context) for every chunk in every bin.  It may not take any out. */
void bins_each(const struct bins *b, void (*visit)(struct chunk *, void *), void *context);

/* c's whole pages are back with the kernel: it leaves the row of those that wait. */
void bins_note_returned(struct bins *b, struct chunk *c);

/* The next unsorted chunk, still in its bin; NULL if there is none. */
struct chunk *bins_unsorted_next(const struct bins *b);

#endif
