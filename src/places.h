/*
 * places.h - where runs stand: RUN_SIZE each, and all arenas share them.
 *
 *   aligned to HEAP_MAX                                                         + HEAP_MAX
 *   +-----------------------+----------------+----------------+-------+----------------+
 *   | struct run_heap:      | run of 48-byte | run of 16-byte | empty | reserved ..    |
 *   | marks, counts, bits   | slots, arena 0 | slots, arena 3 | place |                |
 *   +-----------------------+----------------+----------------+-------+----------------+
 *
 * All that is known of a run stands in the head of its heap.  A place whose run has become empty is
 * any class's and any arena's again; those that nobody has wanted for a while give their pages
 * back.
 *
 * What is told of a place that has a run belongs to the run's arena and needs its lock; empty
 * places need the lock in places.c, which comes after every arena's.
 */
#ifndef ASHLAR_PLACES_H
#define ASHLAR_PLACES_H

#include "bitmap.h"
#include "decay.h"
#include "heap.h"
#include "region.h"

#define RUN_SIZE (32 * KIB)
#define RUN_SLOT_LEAST 8
#define RUN_SLOT_MIN 16
#define RUN_SLOT_FEW 64
/* Places are made of these; a span (spans.h) takes a row of them that need not fill places. */
#define PLACE_UNIT (8 * KIB)

enum {
    RUNS_PER_HEAP = HEAP_MAX / RUN_SIZE,
    RUN_WORDS_FEW = RUN_SIZE / RUN_SLOT_FEW / 64, /* of bits, by how small the slots are */
    RUN_WORDS = RUN_SIZE / RUN_SLOT_MIN / 64,
    RUN_WORDS_MANY = RUN_SIZE / RUN_SLOT_LEAST / 64,
    UNITS_PER_HEAP = HEAP_MAX / PLACE_UNIT,
    UNITS_PER_RUN = RUN_SIZE / PLACE_UNIT,
    UNIT_WORDS = UNITS_PER_HEAP / 64,
    ROW_MAX = 32, /* units in a row that can be asked for */
};

/* What the quick way of free() reads of a run: its owner and its class, runs.h.  0: no run. */
typedef uint32_t run_mark;

struct run {
    struct run *next, *prev;               /* the arena's runs of one class that have a free slot */
    struct run *next_sparse, *prev_sparse; /* the arena's runs with little in them */
    struct arena *arena;                   /* whose slots these are */
    uint32_t inverse;           /* 2^32 / size, rounded up: multiplying is quicker than dividing */
    uint16_t size;              /* of one slot */
    uint16_t slots, free;       /* how many there are, and are free */
    uint16_t sparse;            /* with so many free the run is sparse */
    uint16_t lowest;            /* no word of bits below this one has a free slot */
    uint32_t put_at;            /* decay.h's clock; 0: its free pages are back */
} __attribute__((aligned(64))); /* one cache line says all */

struct run_heap {
    struct heap heap;       /* .prev is the next older heap of runs, .arena nobody's */
    struct run_heap *newer; /* NULL for the newest */
    unsigned number;        /* counted from the oldest */
    unsigned used;          /* how many units belong to a run or a span */
    uint8_t
        longest[BITMAP_BYTES(UNIT_WORDS)]; /* no longer row of empty units begins in this word */
    uint64_t empty[UNIT_WORDS];            /* units without a run or a span */
    uint64_t old[UNIT_WORDS];              /* of these, those that may be in memory */
    run_mark marks[RUNS_PER_HEAP];
    struct run run[RUNS_PER_HEAP];
    uint8_t span_units[UNITS_PER_HEAP]; /* spans.h: of the span that begins here .. */
    uint8_t span_pages[UNITS_PER_HEAP]; /* .. and what its user has of it */
    /* Set: the slot is free.  The more slots a run has the more bits: apart, each lie densely. */
    uint64_t bits_few[RUNS_PER_HEAP][RUN_WORDS_FEW];
    uint64_t bits[RUNS_PER_HEAP][RUN_WORDS];
    uint64_t bits_many[RUNS_PER_HEAP][RUN_WORDS_MANY];
};

/* A heap's head fills whole places, and takes no page of memory where nothing was written. */
enum { HEAD_PLACES = (sizeof(struct run_heap) + RUN_SIZE - 1) / RUN_SIZE };

/*
 * In the secure build some places are of nobody, and nobody can touch them: that behind the head, the
 * last, and one in so many between.
 */
enum { FENCE_EVERY = 32 };

static inline bool place_is_fence(size_t place)
{
    return SECURE && (place == HEAD_PLACES || place == RUNS_PER_HEAP - 1 ||
                      (place > HEAD_PLACES && place % FENCE_EVERY == 0));
}

static inline struct run_heap *run_heap_around(const void *p)
{
    return (struct run_heap *)heap_around(p);
}

/* Units of fences among the places from one to another. */
static inline unsigned places_fence_units(size_t place, size_t end)
{
    unsigned units = 0;
    for (; SECURE && place < end; place++)
        units += place_is_fence(place) ? UNITS_PER_RUN : 0;
    return units;
}

/* Which of its heap's places an address lies in. */
static inline size_t run_place(const void *p)
{
    return (uintptr_t)p / RUN_SIZE % RUNS_PER_HEAP;
}

/* The run around a slot, and the place of a run. */
static inline struct run *run_around(const void *slot)
{
    return &run_heap_around(slot)->run[run_place(slot)];
}

static inline size_t run_index(const struct run *run)
{
    return (size_t)(run - run_heap_around(run)->run);
}

static inline char *run_start(const struct run *run)
{
    return (char *)run_heap_around(run) + run_index(run) * RUN_SIZE;
}

static inline uint64_t *run_bits_at(struct run_heap *h, size_t index, size_t size)
{
    if (size >= RUN_SLOT_FEW)
        return h->bits_few[index];
    return size >= RUN_SLOT_MIN ? h->bits[index] : h->bits_many[index];
}

static inline uint64_t *run_bits(const struct run *run)
{
    return run_bits_at(run_heap_around(run), run_index(run), run->size);
}

/*
 * A place for a run; NULL if the kernel refuses.  *fresh is how many places came into memory for it.
 */
struct run *places_take(unsigned *fresh);

/* A run is gone: its place may serve anybody. */
void places_put(struct run *run);

/*
 * So many units in a row, at most ROW_MAX; NULL if the kernel refuses.  *touched tells whether they
 * may hold something.
 */
void *places_take_row(unsigned units, bool *touched);
void places_put_row(void *start, unsigned units);

/* Bytes of all units in rows, now. */
size_t places_in_rows(void);

/*
 * Some of what nobody has wanted since the last look but one goes back; false when there is no more
 * to do now.  *waiting is set if something is left, and left alone otherwise.
 */
bool places_decay(bool *waiting);

/*
 * An arena has more than it ever had: instead of so many bytes that nobody uses here go back, however
 * short a time it has been.
 */
void places_give_way(size_t bytes);

/* Give back the pages of all empty places; returns the bytes that were in memory. */
size_t places_trim(void);

/* Bytes of all places that can be used, now and at most, and how many units are empty. */
struct places_count {
    size_t bytes, bytes_max, empty, rows, heaps, committed; /* rows: units that were asked for so */
};

struct places_count places_counted(void);

/* Tell the counts while no unit changes hands. */
void places_look(void (*look)(const struct places_count *, void *), void *context);

/* For descriptor.h: where the oldest heap is named. */
extern __attribute__((visibility("hidden"))) struct run_heap *const *const places_root;

/* The oldest heap; the others follow by `newer`.  Heaps of runs are never given up. */
struct run_heap *places_heaps(void);

/* For fork, as in lock.h. */
bool places_hold(unsigned milliseconds);
void places_let_go(void);
void places_abandon(void);
bool places_are_interrupted(void);

#endif
