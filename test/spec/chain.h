/*
 * chain.h - many blocks without a table of pointers: each begins with the link to the one before.
 *
 * What the test itself keeps would otherwise count as resident, and be much for small blocks.
 */
#ifndef TEST_SPEC_CHAIN_H
#define TEST_SPEC_CHAIN_H

#include "scene.h"

struct sizes {
    size_t low, spread; /* from low to low + spread - 1; 0 and 1 mean low alone */
};

/* One more block in front of the chain, all of it written; NULL when there is no memory. */
static inline char *chain_grow(char *last, size_t n)
{
    char *block = malloc(n);
    if (!block)
        return NULL;
    memset(block, 1, n);
    memcpy(block, &last, sizeof last);
    return block;
}

/* Blocks of so many bytes together; the newest one. */
static inline char *chain_take(size_t bytes, struct sizes sizes, uint64_t random)
{
    char *last = NULL;
    for (size_t taken = 0; taken < bytes;) {
        size_t n = sizes.low + (sizes.spread ? draw(&random, sizes.spread) : 0);
        last = have(chain_grow(last, n), "malloc");
        taken += n;
    }
    return last;
}

static inline char *chain_next(char *block)
{
    char *before;
    memcpy(&before, block, sizeof before);
    return before;
}

static inline void chain_put(char *block)
{
    while (block) {
        char *before = chain_next(block);
        free(block);
        block = before;
    }
}

/* Free all but one in so many; returns the chain of those that stay. */
static inline char *chain_thin(char *block, size_t stays)
{
    char *kept = NULL;
    for (size_t i = 0; block; i++) {
        char *before = chain_next(block);
        if (i % stays == 0) {
            memcpy(block, &kept, sizeof kept);
            kept = block;
        } else {
            free(block);
        }
        block = before;
    }
    return kept;
}

/* KiB of the pages that the blocks of a chain stand on; a page that two share counts twice. */
static inline long chain_pages_kib(char *block)
{
    size_t pages = 0;
    for (; block; block = chain_next(block)) {
        uintptr_t first = (uintptr_t)block / page_size();
        pages += ((uintptr_t)block + malloc_usable_size(block) - 1) / page_size() - first + 1;
    }
    return (long)(pages * page_size() / KIB);
}

#endif
