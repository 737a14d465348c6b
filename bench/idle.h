/*
 * idle.h - what the workloads of the idle report share: blocks without a table of pointers, and
 * the three seconds without a call after which it is told what stayed.
 */
#ifndef BENCH_IDLE_H
#define BENCH_IDLE_H

#include "bench.h"

enum { IDLE_SECONDS = 3 };

/* Exact, where the counters of statm lag by some pages a processor; read without allocating. */
static inline size_t resident_kib(void)
{
    char text[2048] = {0};
    int file = open("/proc/self/smaps_rollup", O_RDONLY);
    if (file < 0 || read(file, text, sizeof text - 1) <= 0)
        exit(1);
    close(file);
    const char *rss = strstr(text, "Rss:");
    return rss ? strtoull(rss + strlen("Rss:"), NULL, 10) : 0;
}

static inline void sleep_ms(size_t ms)
{
    struct timespec left = {(time_t)(ms / 1000), (long)(ms % 1000 * 1000000)};
    while (nanosleep(&left, &left) != 0)
        ;
}

/* A block in front of a chain, written whole; each begins with the link to the one before. */
static inline char *chain_grow(char *last, size_t n)
{
    char *block = must(malloc(n));
    memset(block, 1, n);
    memcpy(block, &last, sizeof last);
    return block;
}

static inline char *chain_next(char *block)
{
    char *before;
    memcpy(&before, block, sizeof before);
    return before;
}

/* So many blocks of low to low + spread - 1 bytes; *live grows by what they hold. */
static inline char *chain_take(size_t count, size_t low, size_t spread, uint64_t *random,
                               size_t *live)
{
    char *last = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t n = low + random_below(random, spread);
        last = chain_grow(last, n);
        memcpy(last + sizeof last, &n, sizeof n); /* so that thinning can count */
        *live += n;
    }
    return last;
}

/* Free all but one in so many, and those too when it is 0. */
static inline void chain_thin(char *block, size_t stays, size_t *live)
{
    for (size_t i = 0; block; i++) {
        char *before = chain_next(block);
        size_t n;
        memcpy(&n, block + sizeof block, sizeof n);
        if (stays == 0 || i % stays != 0) {
            free(block);
            *live -= n;
        }
        block = before;
    }
}

/* Sleep, then tell what is live, and what was resident before and after that, in KiB. */
static inline void tell_idle(size_t live)
{
    size_t before = resident_kib();
    sleep_ms(IDLE_SECONDS * 1000);
    size_t after = resident_kib();
    fprintf(stderr, "live_kib %zu\nbefore_kib %zu\nidle_kib %zu\n", live / 1024, before, after);
}

#endif
