/*
 * region.h - what kind of memory an address lies in: a byte for every HEAP_MAX of address space.
 *
 * A slot of a run has no header that free() could ask, so the address alone must tell.  The table
 * is never touched but where heaps are: two pages of it serve most programs.
 */
#ifndef ASHLAR_REGION_H
#define ASHLAR_REGION_H

#include "base.h"

#define REGION_SHIFT (WORD == 8 ? 26 : 20)
#define REGIONS ((size_t)1 << (ADDRESS_BITS - REGION_SHIFT))

static_assert((size_t)1 << REGION_SHIFT == HEAP_MAX, "one entry for each place of a heap");

enum region {
    REGION_OTHER,  /* the break, mappings, whatever is not ours */
    REGION_RUNS,   /* a heap of runs */
    REGION_CHUNKS, /* a heap of chunks */
    REGION_GUARD,  /* guard.h: blocks between pages that nobody may touch */
};

extern __attribute__((visibility("hidden"))) uint8_t region_table[REGIONS];

/* For a pointer that a program may rightly have; for a wild one, of some other address. */
static inline enum region region_of(const void *p)
{
    enum { BEYOND = (8 * WORD - ADDRESS_BITS) % (8 * WORD) };
    return region_table[(uintptr_t)p << BEYOND >> (BEYOND + REGION_SHIFT)];
}

/* Whether a program could have memory there at all. */
static inline bool region_is_possible(const void *p)
{
    return (uintptr_t)p >> REGION_SHIFT < REGIONS;
}

/* For any pointer. */
static inline enum region region_at(const void *p)
{
    return region_is_possible(p) ? region_of(p) : REGION_OTHER;
}

/* Where an arena's chunks are: what a link or a header that a program may write can lead to. */
struct extent {
    uintptr_t from;
    size_t span; /* bytes from there; 0: in heaps of chunks; SIZE_MAX: nobody knows */
};

static inline bool extent_has(const struct extent *e, const void *p)
{
    size_t span = __atomic_load_n(&e->span, __ATOMIC_RELAXED);
    uintptr_t from = __atomic_load_n(&e->from, __ATOMIC_RELAXED);
    return span == 0 ? region_at(p) == REGION_CHUNKS : (uintptr_t)p - from < span;
}

/* From now on (until REGION_OTHER is set again) all of the heap at `start` is of this kind. */
void region_set(const void *start, enum region region);

#endif
