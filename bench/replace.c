/*
 * replace.c - each thread replaces random blocks among 1024 of its own; small ones are the most.
 *
 * Follows bench-malloc-thread of glibc's benchtests: sizes from 4 to 32768 bytes whose frequency
 * falls with the square of the size; stands for worker threads that share nothing.
 * replace [threads] [replacements a thread]
 */
#include "bench.h"

enum { SLOTS = 1024, SIZES = 8192, SMALLEST = 4, LARGEST = 32768 };

static size_t replacements;
static size_t sizes[SIZES]; /* drawn once: dividing each time would cost more than malloc */

static void draw_sizes(void)
{
    uint64_t random = random_start(88);
    const double most = 1.0 / SMALLEST, least = 1.0 / LARGEST;
    for (size_t i = 0; i < SIZES; i++) {
        double part = (double)random_below(&random, 1000000) / 1e6;
        sizes[i] = (size_t)(1.0 / (most - part * (most - least)));
    }
}

static void *work(void *start)
{
    uint64_t random = *(uint64_t *)start;
    char **block = must(calloc(SLOTS, sizeof *block));
    for (size_t i = 0; i < replacements; i++) {
        size_t which = random_below(&random, SLOTS);
        free(block[which]);
        block[which] = take(sizes[i % SIZES]);
    }
    for (size_t i = 0; i < SLOTS; i++)
        free(block[i]);
    free(block);
    return NULL;
}

int main(int argc, char **argv)
{
    size_t threads = argument(argc, argv, 1, 2);
    replacements = argument(argc, argv, 2, 8000000);
    draw_sizes();
    uint64_t *start = must(calloc(threads, sizeof *start));
    for (size_t i = 0; i < threads; i++)
        start[i] = random_start(i);
    run_threads(threads, work, start, sizeof *start);
    free(start);
    return 0;
}
