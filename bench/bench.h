/*
 * bench.h - what the workloads share: numbers from the command line and cheap random ones.
 *
 * A workload prints nothing; the launcher measures it from outside.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number that stands as argument i, or what is usual. */
static inline size_t argument(int argc, char **argv, int i, size_t usual)
{
    return i < argc ? strtoull(argv[i], NULL, 10) : usual;
}

/* Marsaglia's xorshift64*: the same row of numbers for every allocator. */
static inline uint64_t random_next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dULL;
}

static inline size_t random_below(uint64_t *state, size_t limit)
{
    return (size_t)(random_next(state) >> 33) % limit;
}

/* malloc that ends the run when there is no memory: a workload that failed must not look fast. */
static inline void *must(void *user)
{
    if (!user) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return user;
}

#endif
