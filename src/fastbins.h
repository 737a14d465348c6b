/*
 * fastbins.h - the smallest freed chunks of one arena, newest first, not merged.
 *
 * A chunk in here still counts as in use for its neighbours, so taking and putting touch nothing
 * but the list.  The arena merges them all together when a large request comes or a large chunk is
 * freed.  Whoever calls holds the arena's lock.
 */
#ifndef ASHLAR_FASTBINS_H
#define ASHLAR_FASTBINS_H

#include "chunk.h"
#include "region.h"

/* The largest chunk a fast bin may be asked to hold: M_MXFAST stops at 80 words / 4. */
#define FAST_REQUEST_MAX (80 * WORD / 4)
#define FAST_CHUNK_MAX ((FAST_REQUEST_MAX + WORD) & ~(CHUNK_ALIGN - 1))

enum { FASTBINS = 11 };

static_assert((FAST_CHUNK_MAX - CHUNK_MIN) / CHUNK_ALIGN < FASTBINS, "every fast size has a list");
static_assert(FAST_CHUNK_MAX % CHUNK_ALIGN == 0, "the largest is a size that chunks have");

struct fastbins {
    struct chunk *newest[FASTBINS];
    size_t count, bytes;
    const struct extent *within; /* where they can be; NULL: anywhere */
};

static inline bool fastbins_are_empty(const struct fastbins *f)
{
    return f->count == 0;
}

/* Lay c on top of the list of its size.  Dies if it is there already. */
void fastbins_put(struct fastbins *f, struct chunk *c);

/* The newest chunk of exactly this size; NULL if there is none. */
struct chunk *fastbins_take(struct fastbins *f, size_t size);

/* Any chunk at all; NULL when all lists are empty. */
struct chunk *fastbins_take_any(struct fastbins *f);

#endif
