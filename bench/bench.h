/*
 * bench.h - what the workloads share: numbers from the command line, cheap random ones, memory
 * that is touched as soon as it is taken, threads, and the resident size.
 *
 * A workload prints nothing, so that the launcher measures it from outside; with --rss or --time
 * some of them add lines "name value" on standard error.
 */
#ifndef BENCH_H
#define BENCH_H

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, LINE = 64 }; /* bytes: of memory, of the cache */

/* The number that stands as argument i, or what is usual; words with two dashes do not count. */
static inline size_t argument(int argc, char **argv, int i, size_t usual)
{
    for (int at = 1; at < argc; at++)
        if (strncmp(argv[at], "--", 2) != 0 && --i == 0)
            return strtoull(argv[at], NULL, 10);
    return usual;
}

/* Whether the option stands on the command line. */
static inline bool option(int argc, char **argv, const char *name)
{
    for (int at = 1; at < argc; at++)
        if (strcmp(argv[at], name) == 0)
            return true;
    return false;
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

/* A start for the i-th row of random numbers; small starts would give much alike first numbers. */
static inline uint64_t random_start(size_t i)
{
    return (i + 1) * 0x9e3779b97f4a7c15ULL;
}

/* How many times in a row a coin shows heads, at most limit: half 0, a quarter 1, and so on. */
static inline size_t random_geometric(uint64_t *state, size_t limit)
{
    uint64_t coins = random_next(state) >> 20 | 1ULL << limit;
    return (size_t)__builtin_ctzll(coins);
}

/* What malloc gave; without memory the run ends, because one that failed must not look fast. */
static inline void *must(void *user)
{
    if (!user) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return user;
}

/* n bytes, at least one, of which the first and the last are written. */
static inline char *take(size_t n)
{
    volatile char *user = must(malloc(n));
    user[0] = user[n - 1] = 1;
    return (char *)user;
}

/* The same with a write to each page, as memory that is really used becomes resident. */
static inline char *take_pages(size_t n)
{
    volatile char *user = take(n);
    for (size_t at = PAGE; at < n; at += PAGE)
        user[at] = 1;
    return (char *)user;
}

/* Start a thread that nobody waits for. */
static inline void start_thread(void *(*work)(void *), void *its)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, its) != 0) {
        fputs("cannot start a thread\n", stderr);
        exit(1);
    }
    pthread_detach(thread);
}

/* Run work in so many threads at once and wait for all; the i-th gets &array[i]. */
static inline void run_threads(size_t threads, void *(*work)(void *), void *array, size_t size)
{
    pthread_t *thread = must(calloc(threads, sizeof *thread));
    for (size_t i = 0; i < threads; i++)
        if (pthread_create(&thread[i], NULL, work, (char *)array + i * size) != 0) {
            fputs("cannot start a thread\n", stderr);
            exit(1);
        }
    for (size_t i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    free(thread);
}

/* Run work in so many threads, the only one in this, each with a row of random numbers of its own. */
static inline void run_with_random(size_t threads, void *(*work)(void *))
{
    uint64_t *start = must(calloc(threads, sizeof *start));
    for (size_t i = 0; i < threads; i++)
        start[i] = random_start(i);
    if (threads == 1)
        work(start);
    else
        run_threads(threads, work, start, sizeof *start);
    free(start);
}

/* The resident size now, read without allocating: the second number of /proc/self/statm. */
static inline size_t rss_kib(void)
{
    char text[128] = {0};
    int file = open("/proc/self/statm", O_RDONLY);
    if (file < 0 || read(file, text, sizeof text - 1) <= 0)
        exit(1);
    close(file);
    const char *second = strchr(text, ' ');
    return second ? strtoull(second, NULL, 10) * (PAGE / 1024) : 0;
}

static inline double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#endif
