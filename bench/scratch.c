/*
 * scratch.c - passive false sharing: main takes small objects side by side and gives one to each
 * thread, which frees it; does the allocator hand that cache line's pieces to several threads?
 *
 * Follows cache-scratch (Hoard: Berger, McKinley, Blumofe and Wilson, 2000); stands for work items
 * that one thread makes and others replace.
 * scratch [threads] [objects, all threads together] [writes a byte] [size]
 */
#include "bench.h"

static size_t objects, writes, size;

static void *work(void *first)
{
    char **mine = first;
    free(*mine);
    for (size_t i = 0; i < objects; i++) {
        volatile char *object = take(size);
        for (size_t j = 0; j < writes; j++)
            for (size_t k = 0; k < size; k++)
                object[k]++;
        free((char *)object);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    size_t threads = argument(argc, argv, 1, 2);
    objects = argument(argc, argv, 2, 4000) / threads;
    writes = argument(argc, argv, 3, 20000);
    size = argument(argc, argv, 4, 8);
    char **given = must(calloc(threads, sizeof *given));
    for (size_t i = 0; i < threads; i++)
        given[i] = take(size);
    run_threads(threads, work, given, sizeof *given);
    free(given);
    return 0;
}
