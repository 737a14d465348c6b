/*
 * blocks.h - blocks whose content is checked, from any thread.
 *
 * Each block has a pattern of its own.  A block that lost it is counted and reported by the next
 * phase_ends(), which proves the laws of the heap as well where the allocator offers that.
 */
#ifndef TEST_SPEC_BLOCKS_H
#define TEST_SPEC_BLOCKS_H

#include <malloc.h>
#include <stdatomic.h>

#include "header.h"

/* Proves every invariant of ashlar's heap; absent under any other allocator. */
extern int ashlar_check(void) __attribute__((weak));

struct block {
    char *p;
    size_t n;
    size_t seed;
};

static atomic_size_t blocks_taken, blocks_broken;

static inline size_t pattern_word(size_t seed, size_t at)
{
    return (seed * 0x9E3779B1u) ^ (at * 0x01000193u);
}

static inline void fill(char *p, size_t n, size_t seed)
{
    size_t at = 0;
    for (; at + WORD <= n; at += WORD) {
        size_t word = pattern_word(seed, at);
        memcpy(p + at, &word, WORD);
    }
    for (; at < n; at++)
        p[at] = (char)(seed + at);
}

static inline bool holds(const char *p, size_t n, size_t seed)
{
    size_t at = 0;
    for (; at + WORD <= n; at += WORD)
        if (word_at(p + at, 0) != pattern_word(seed, at))
            return false;
    for (; at < n; at++)
        if (p[at] != (char)(seed + at))
            return false;
    return true;
}

/* Without memory there is no test left to run. */
static inline void *must(void *p, const char *what)
{
    if (!p) {
        ok(false, "%s got its memory", what);
        _exit(done());
    }
    return p;
}

static inline struct block block_take(size_t n)
{
    struct block b = {.n = n, .seed = atomic_fetch_add(&blocks_taken, 1) + 1};
    b.p = must(malloc(n), "malloc");
    fill(b.p, n, b.seed);
    return b;
}

static inline bool block_intact(const struct block *b)
{
    if (holds(b->p, b->n, b->seed))
        return true;
    atomic_fetch_add(&blocks_broken, 1);
    return false;
}

static inline void block_put(struct block *b)
{
    block_intact(b);
    free(b->p);
    b->p = NULL;
}

static inline void blocks_take(struct block *b, size_t count, size_t n)
{
    for (size_t i = 0; i < count; i++)
        b[i] = block_take(n);
}

static inline void blocks_put(struct block *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        block_put(&b[i]);
}

/* Close a phase: no block seen so far lost its content, and every law of the heap holds. */
static inline void phase_ends(const char *phase)
{
    ok(atomic_load(&blocks_broken) == 0, "%s: every block kept its content", phase);
    if (ashlar_check)
        ok(ashlar_check() == 0, "%s: every invariant of the heap holds", phase);
}

#endif
