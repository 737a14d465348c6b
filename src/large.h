/*
 * large.h - the secure build's blocks with a mapping of their own.
 *
 *   +-------+------------------------------------+-------+
 *   | guard | block, whole pages, closed         | guard |
 *   +-------+------------------------------------+-------+
 *
 * All that is known of them stands in a table of its own: a pointer that is not in there is none.
 * A freed one gives its pages back; its addresses can be touched no more, and nobody gets them until
 * a few others were freed.
 */
#ifndef ASHLAR_LARGE_H
#define ASHLAR_LARGE_H

#include "base.h"

/* One place of the table. */
struct large {
    char *block;   /* NULL: this place is empty */
    size_t size;   /* of the block, whole pages */
    char *mapping; /* with both guards .. */
    size_t mapped; /* .. so many bytes */
};

/* For descriptor.h: where the table and the number of its places are named. */
extern __attribute__((visibility("hidden"))) const void *const large_roots[2];

/* At least `size` bytes, zero, at a multiple of alignment, a power of two; NULL if refused. */
void *large_take(size_t size, size_t alignment);

/* Bytes of a block, whole pages; 0 if it is none. */
size_t large_size(const void *block);

/* Return a block.  Dies if it is none. */
void large_put(void *block);

/* A block with room for `size` bytes and the same contents, moved if need be; NULL if refused. */
void *large_resize(void *block, size_t size);

/* For fork, as in lock.h. */
bool large_hold(unsigned milliseconds);
void large_let_go(void);
void large_abandon(void);
bool large_is_interrupted(void);

#endif
