/*
 * spans.h - blocks of 16 to 256 KiB, each a row of units (places.h) of its own.
 *
 *   unit     unit     unit     unit     unit     unit     unit     unit
 *   +--------+--------+--------+--------+--------+--------+--------+--------+
 *   | 20 KiB: a span of three  | empty           | 24 KiB: another span     |
 *   +--------+--------+--------+--------+--------+--------+--------+--------+
 *
 * Blocks of that size, taken and freed by the thousand, are merged and split in vain: best fit
 * costs cache misses for each.  Rows of units are found in a bitmap, and every empty row serves
 * every size.  A size has to earn spans (demand.h), so quiet programs have the textbook's heap.
 *
 * A span belongs to no arena: whoever frees it may keep it for its own next request.
 */
#ifndef ASHLAR_SPANS_H
#define ASHLAR_SPANS_H

#include "runs.h"

enum {
    SPAN_CLASSES = 32,  /* as many as units in the largest span */
    SPAN_DOUBLINGS = 4, /* from 16 to 256 KiB: demand.h tells them apart */
    SPAN_SHELF = 16,    /* ready spans of one class a thread keeps at most .. */
};

#define SPAN_MAX (SPAN_CLASSES * PLACE_UNIT)

/*
 * .. and bytes of all classes: a part of the rows of all, no more than half of them in all threads
 * together, between these two.
 */
enum { SPAN_READY_SHARE = 8 };
#define SPAN_READY_MIN (512 * KIB)
#define SPAN_READY_MAX (16 * MIB)

/* The mark of places where spans are: no arena has this number. */
enum { SPAN_OWNER = (1 << 16) - 2 };
#define SPAN_MARK ((run_mark)SPAN_OWNER * RUN_MARK_OFFSETS)

/* In span_units: it is ready for its thread's next request. */
enum { SPAN_IS_READY = 1 << 7 };

/* The ready spans of one thread. */
struct spans {
    size_t count, bytes;         /* of all that are ready */
    unsigned turn;               /* the secure build's: which of a class is next */
    uint8_t shelf[SPAN_CLASSES]; /* how many of each class */
    void *ready[SPAN_CLASSES][SPAN_SHELF];
};

/* The class whose spans serve n bytes, at most SPAN_MAX: so many units, less one. */
static inline unsigned span_class_for(size_t n)
{
    assert(n >= 1 && n <= SPAN_MAX);
    return (unsigned)((n - 1) / PLACE_UNIT);
}

/* Which doubling n bytes belong to, RUN_SLOT_MAX < n <= SPAN_MAX. */
static inline unsigned span_doubling(size_t n)
{
    assert(n > RUN_SLOT_MAX && n <= SPAN_MAX);
    return run_doubling(n) - 14;
}

/* Whether an address in a heap of runs is of a span, or of what lies between two of them. */
static inline bool span_at(const void *slot)
{
    return run_mark_of(slot) == SPAN_MARK;
}

/*
 * A block of n bytes, aligned to PLACE_UNIT; NULL if the kernel refuses.  `s` is the calling thread's.
 * *dirty is how many leading bytes may be other than zero.
 */
void *span_take(struct spans *s, size_t n, size_t *dirty);

/* The same if one lies ready; NULL otherwise. */
void *span_take_ready(struct spans *s, size_t n);

/* Return a block; s may be NULL.  Dies if it is free already, or within a span. */
void span_put(struct spans *s, void *block);

/* The same if there is room for one more to lie ready; false otherwise, with nothing changed. */
bool span_put_ready(struct spans *s, void *block);

/* Bytes that its user may fill.  Dies with the phrase if that is none in use. */
size_t span_usable(const void *block, const char *phrase);

/* The same block with room for n bytes; false if its units do not suffice, or are far too many. */
bool span_resize(void *block, size_t n);

/* So many threads may keep spans from now on. */
void spans_shared_by(unsigned threads);

/* Return all ready spans of a thread. */
void spans_flush(struct spans *s);

/* Bytes of all blocks in use; looks at each, so not for every day. */
size_t spans_live(void);

#endif
