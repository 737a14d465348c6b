/*
 * runs.h - what tests of runs share: whether a block has a header, and blocks enough to earn runs.
 */
#ifndef TEST_RUNS_H
#define TEST_RUNS_H

#include "api.h"

#include <pthread.h>

enum {
    SLOT_MAX = 16 * 1024,  /* larger requests get no slots */
    SPAN_MAX = 256 * 1024, /* but rows of units of their own, up to this */
    SPAN_UNIT = 8 * 1024,
    SMALL_MAX = 1032, /* smaller ones earn them by weight, larger ones by coming again */
    EARNING =
        128 * 1024, /* bytes of one small size that surely earn runs, though caches hold some */
    EARNING_BLOCKS = 64, /* larger blocks that are held at once .. */
    EARNING_ROUNDS = 60  /* .. so many times */
};

/* Slots are of 8 bytes or a multiple of 16; a chunk lacks a word of that, and has 24 at least. */
static inline bool is_slot(void *user)
{
    size_t usable = malloc_usable_size(user);
    return usable == 8 || usable % 16 == 0;
}

/* Spans tell whole pages, and begin with a unit. */
static inline bool is_span(void *user)
{
    return malloc_usable_size(user) % 4096 == 0 && is_aligned(user, SPAN_UNIT);
}

/* What a block of n bytes is aligned to: 8 is enough for what fits into 8. */
static inline size_t alignment_of(size_t n)
{
    return n <= 8 ? 8 : 16;
}

/* The size of the slots that serve n bytes: 8, or beyond 256 in eight steps a doubling. */
static inline size_t slot_size(size_t n)
{
    if (n <= 8)
        return 8;
    size_t step = 16;
    while (16 * step < n)
        step *= 2;
    return (n + step - 1) / step * step;
}

static inline void hold_once(size_t n, size_t count)
{
    static _Thread_local void *blocks[EARNING / 16];
    for (size_t i = 0; i < count; i++)
        blocks[i] = malloc(n);
    for (size_t i = 0; i < count; i++)
        free(blocks[i]);
}

/* Take and free what makes requests of n bytes get slots from now on. */
static inline void earn(size_t n)
{
    if (n <= SMALL_MAX)
        hold_once(n, EARNING / (n + 16));
    else
        for (size_t round = 0; round < EARNING_ROUNDS; round++)
            hold_once(n, EARNING_BLOCKS);
}

static inline void earn_all(void)
{
    for (size_t n = 8; n <= SMALL_MAX; n += 16)
        earn(n);
    /* Larger blocks get slots in a busy program only. */
    for (size_t round = 0; round < 5; round++)
        earn(SLOT_MAX);
    for (size_t n = 1100; n <= SLOT_MAX; n = slot_size(n) + 1)
        earn(slot_size(n));
}

#endif
