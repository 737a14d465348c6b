/*
 * demand.h - which sizes of chunks are so busy that runs shall serve them (design: "earned").
 *
 * Small requests earn runs by weight: when chunks of one size, all in use, weigh EARN_BYTES, their
 * headers cost and merging them is in vain.  The program is of that kind then: each size that earns
 * halves the weight for the others, down to a page; so does an arena that is busy.  Larger ones earn
 * them by return, in an arena that is busy: when what was freed was wanted again EARN_RETURNS
 * times, and four times as often as chunks of the class were ever in use at once.  Once two of them
 * have, weight is enough for the others too.  A program that fills its memory and empties it, even
 * twice, stays with chunks, which merge.
 *
 * Spans are earned by return as well, but sooner, and by one arena for all: what the others have
 * in chunks by then is held twice.
 */
#ifndef ASHLAR_DEMAND_H
#define ASHLAR_DEMAND_H

#include "chunk.h"
#include "spans.h"

#include <stdatomic.h>

enum {
    DEMAND_SMALL = 66, /* chunks of fewer steps of CHUNK_ALIGN are small */
    /* The smallest class that is not, beyond 1 KiB (512 on 32-bit), and how many follow. */
    DEMAND_FIRST = WORD == 8 ? 33 : 25,
    DEMAND_LARGER = RUN_CLASSES - DEMAND_FIRST,
    EARN_BUSY = 8192,             /* larger chunks returned to the arena, of whatever size */
    EARN_BUSY_SMALL = 256 * 1024, /* small ones */
    EARN_RETURNS = 256,           /* of a class that were wanted again */
    EARN_MOST = 8,                /* fewer at once are medium.h's business */
    EARN_SPAN_RETURNS = 64,       /* of a doubling of spans */
};

#define EARN_BYTES (64 * KIB)
#define EARN_BYTES_LEAST (4 * KIB)

struct demand {
    uint16_t small[DEMAND_SMALL]; /* chunks in use, by size */
    struct demand_class {
        uint32_t in_use, most, freed, returned;
    } larger[DEMAND_LARGER], span[SPAN_DOUBLINGS]; /* by the class that would serve them */
    uint32_t larger_freed, small_freed;            /* no further than what makes an arena busy */
    unsigned small_count, larger_count;            /* how many sizes have earned */
    bool small_earned[DEMAND_SMALL], larger_earned[DEMAND_LARGER];
};

static inline bool demand_is_small(size_t chunk_size)
{
    return chunk_size < DEMAND_SMALL * CHUNK_ALIGN;
}

/* Whether requests of n bytes have earned runs. */
static inline bool demand_has_earned(const struct demand *d, size_t n)
{
    if (SECURE || n > RUN_SLOT_MAX)
        return n <= RUN_SLOT_MAX; /* a secure build has nothing else */
    size_t size = chunk_size_for(n);
    return demand_is_small(size) ? d->small_earned[size / CHUNK_ALIGN]
                                 : d->larger_earned[run_class_for(n) - DEMAND_FIRST];
}

extern __attribute__((visibility("hidden"))) _Atomic bool demand_spans_earned;

/* Whether requests of n bytes are served by spans, anywhere in the process. */
static inline bool demand_has_earned_span(size_t n)
{
    return n > RUN_SLOT_MAX && n <= SPAN_MAX &&
           atomic_load_explicit(&demand_spans_earned, memory_order_relaxed);
}

/* Requests of n bytes, beyond the small ones, have shown by use that runs shall serve them. */
void demand_earn(struct demand *d, size_t n);

/* There is no memory for runs: requests of n bytes have to earn them anew. */
void demand_forget(struct demand *d, size_t n);

/* So many chunks of a size were taken, or one was returned. */
void demand_taken(struct demand *d, size_t chunk_size, unsigned chunks);
void demand_returned(struct demand *d, size_t chunk_size);

#endif
