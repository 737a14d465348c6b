/*
 * mapped.h - chunks with a mapping of their own, and the threshold that decides who gets one.
 *
 *   page-aligned                                              page-aligned
 *   +-----------+------------+--------------------------------+
 *   | 0 or lead | size  M    | user data ...                  |
 *   +-----------+------------+--------------------------------+
 *
 * An aligned request may begin its chunk further in; the first word then tells how far.  No lock
 * is needed: a mapped chunk has no neighbours, and the counters are atomic.
 */
#ifndef ASHLAR_MAPPED_H
#define ASHLAR_MAPPED_H

#include "chunk.h"

/* What lives in mappings now, and the most there ever was; leads: bytes below aligned chunks. */
struct mapped_count {
    size_t chunks, bytes, chunks_max, bytes_max, leads;
};

/*
 * Chunks of this size or more are to be mapped.  It rises to the size of every larger mapped chunk
 * that is freed (up to HEAP_MAX / 2), because a size that comes and goes is cheaper in the heap;
 * unless the program has set one of the thresholds itself.
 */
size_t mapped_threshold(void);

/* A chunk of at least `size` bytes in a fresh mapping, zero; NULL if refused or at mmap_max. */
struct chunk *mapped_take(size_t size);

/*
 * A small one for ourselves, which counts as none of the program's; NULL also if there is one already.
 */
struct chunk *mapped_take_apart(size_t size);

/*
 * Begin c, just taken, further into its mapping, where its user's memory is aligned to a power of
 * two.  The mapping was taken that much too large.
 */
struct chunk *mapped_align(struct chunk *c, size_t alignment);

/* Unmap c.  Dies if c is not the whole of a mapping. */
void mapped_put(struct chunk *c);

/* c with room for a chunk of `size` bytes, moved if need be; NULL, and c untouched, if refused. */
struct chunk *mapped_resize(struct chunk *c, size_t size);

/* The whole mapping that c lies in: where it starts and how long it is. */
static inline char *mapped_start(const struct chunk *c)
{
    return (char *)((uintptr_t)c - c->prev_size);
}

static inline size_t mapped_length(const struct chunk *c)
{
    return c->prev_size + chunk_size(c);
}

/* large.h's blocks count among them: one of so many bytes more, if that is allowed, or one less. */
bool mapped_count_in(size_t bytes);
void mapped_count_out(size_t bytes);

struct mapped_count mapped_counted(void);

/* For descriptor.h: the words that count, which of them is what, and where apart's chunk is named. */
enum { MAPPED_CHUNKS, MAPPED_BYTES, MAPPED_CHUNKS_MAX, MAPPED_BYTES_MAX, MAPPED_RISEN };
extern __attribute__((visibility("hidden"))) const void *const mapped_root;
extern __attribute__((visibility("hidden"))) const void *const mapped_apart_root;

#endif
