/*
 * pair.c - blocks of one size taken, then freed in the same order, over and over: the hit path.
 *
 * Follows bench-malloc-simple of glibc's benchtests: each size from 16 to 4096 bytes with so many
 * blocks at once; stands for temporaries in an inner loop.
 * pair [blocks at once] [operations a size] [threads]
 */
#include "bench.h"

enum { SMALLEST = 16, LARGEST = 4096 };

static size_t live, operations;

static void one_size(char **block, size_t n)
{
    for (size_t done = 0; done < operations; done += live) {
        for (size_t i = 0; i < live; i++)
            block[i] = take(n);
        for (size_t i = 0; i < live; i++)
            free(block[i]);
    }
}

static void *work(void *unused)
{
    (void)unused;
    char **block = must(calloc(live, sizeof *block));
    for (size_t n = SMALLEST; n <= LARGEST; n *= 2)
        one_size(block, n);
    free(block);
    return NULL;
}

int main(int argc, char **argv)
{
    live = argument(argc, argv, 1, 1);
    operations = argument(argc, argv, 2, 4000000);
    size_t threads = argument(argc, argv, 3, 0);
    /* Without threads the C library knows that it is alone, and some allocators profit. */
    if (threads == 0)
        work(NULL);
    else
        run_threads(threads, work, &live, 0);
    return 0;
}
