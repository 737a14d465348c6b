/*
 * runs.h - many blocks of one size, wall to wall, with no header between them.
 *
 * A run is RUN_SIZE bytes of equal slots, at a place of places.h.  A bit says of every slot whether
 * it is free.  Free slots are not written to, so they cost no cache line and hold nothing that an
 * overflow could forge.
 *
 * A class is served from the run that was full last: the fullest are filled, and those with little
 * left in them get the time to become empty.  An empty run's place is any class's and arena's again.
 *
 * A sparse run has little left in it that keeps its place.  Before an arena takes memory that it
 * never had, the free pages of its oldest sparse runs go back.
 *
 * A class has to earn runs (demand.h), so that small programs have the textbook's heap only.
 * Whoever calls holds the arena's lock, but for what the quick way of free() reads: marks.
 */
#ifndef ASHLAR_RUNS_H
#define ASHLAR_RUNS_H

#include "places.h"

#define RUN_SLOT_MAX (16 * KIB)

/*
 * Slots of 8 bytes, of 16 .. 256 in steps of 16, and beyond in eight steps to every doubling.  What
 * fits in 8 bytes needs no more alignment than that (C11 DR 445, C23 7.24.3, C++17 [basic.stc]).
 */
enum { RUN_CLASSES = 65, RUN_CLASSES_EVEN = 16 };

/*
 * The low half of a mark is where tcache.h has the magazine of the class, the high half the owner:
 * the quick way of free() compares and finds with one number.
 */
enum { RUN_MARK_FIRST = 66 * 2 * WORD, RUN_MARK_STEP = 2 * WORD, RUN_MARK_OFFSETS = 1 << 16 };

/* The runs of one arena. */
struct runs {
    struct arena *arena;
    run_mark owner;                   /* the high half of their marks; 0: it may have none */
    struct run *some[RUN_CLASSES];    /* those with a free slot */
    struct run *sparse, *sparse_last; /* those that became sparse, the first first */
    unsigned release_due;             /* so many of these are to give their free pages back */
    size_t count;                     /* of runs */
    size_t live_bytes;                /* in slots that are not free */
    size_t fresh;                     /* bytes that came into memory for runs, not told yet */
    size_t freed;                     /* bytes, not told to decay.h yet */
};

/* `index` is the arena's number. */
void runs_begin(struct runs *r, struct arena *arena, unsigned index);

/* The position of the highest bit of n - 1: which doubling n bytes belong to. */
static inline unsigned run_doubling(size_t n)
{
    return (unsigned)(8 * sizeof(unsigned long)) - 1 - (unsigned)__builtin_clzl(n - 1);
}

/* The class whose slots serve n bytes, 1 .. RUN_SLOT_MAX, and the size of a class's slots. */
static inline unsigned run_class_for(size_t n)
{
    assert(n >= 1 && n <= RUN_SLOT_MAX);
    if (n <= RUN_CLASSES_EVEN * RUN_SLOT_MIN)
        return n <= RUN_SLOT_LEAST ? 0 : (unsigned)((n - 1) / RUN_SLOT_MIN) + 1;
    unsigned doubling = run_doubling(n);
    size_t beyond = n - 1 - ((size_t)1 << doubling);
    return 1 + RUN_CLASSES_EVEN + (doubling - 8) * 8 + (unsigned)(beyond >> (doubling - 3));
}

static inline size_t run_slot_size(unsigned sizeclass)
{
    assert(sizeclass < RUN_CLASSES);
    if (sizeclass <= RUN_CLASSES_EVEN)
        return sizeclass == 0 ? (size_t)RUN_SLOT_LEAST : sizeclass * (size_t)RUN_SLOT_MIN;
    unsigned doubling = 8 + (sizeclass - 1 - RUN_CLASSES_EVEN) / 8;
    size_t eighths = 9 + (sizeclass - 1 - RUN_CLASSES_EVEN) % 8;
    return eighths << (doubling - 3);
}

static inline run_mark run_mark_of(const void *slot)
{
    return __atomic_load_n(&run_heap_around(slot)->marks[run_place(slot)], __ATOMIC_RELAXED);
}

/* Where the magazine for slots of a class is. */
static inline unsigned run_mark_for(unsigned sizeclass)
{
    return RUN_MARK_FIRST + sizeclass * RUN_MARK_STEP;
}

static inline unsigned run_class_of_mark(run_mark mark)
{
    assert(mark % RUN_MARK_OFFSETS >= RUN_MARK_FIRST);
    return (mark % RUN_MARK_OFFSETS - RUN_MARK_FIRST) / RUN_MARK_STEP;
}

/* The size of a slot that is in use.  Dies with the phrase if that is none. */
size_t run_usable(const void *slot, const char *phrase);

/*
 * Up to `most` free slots, the lowest last, which is how a magazine has them; fewer, or 0, if the kernel
 * refuses.
 */
unsigned runs_take(struct runs *r, unsigned sizeclass, void **slots, unsigned most);

/* Give back the free pages of all runs of r; returns the bytes that were in memory. */
size_t runs_trim(const struct runs *r);

/* Return a slot of r.  Dies if it is free already, or no slot at all. */
void runs_put(struct runs *r, void *slot);

/* Return the first of n blocks that are slots of r, and say how many those were. */
unsigned runs_put_own(struct runs *r, void **slots, unsigned n);

#endif
