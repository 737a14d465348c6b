/*
 * leak.c - thousands of threads that each leave one small object behind, free one that another
 * left, and end.
 *
 * Follows mleak (mimalloc-bench); stands for programs with a thread for each request, which make
 * some allocators keep a heap for every thread that ever was.
 * leak [rounds] [threads a round]
 */
#include "bench.h"

#include <stdatomic.h>

enum { SIZE = 128, PLACES = 1000 };

static _Atomic(char *) place[PLACES];

static void *leave(void *number)
{
    char *object = must(calloc(1, SIZE));
    free(atomic_exchange(&place[*(size_t *)number], object));
    return NULL;
}

int main(int argc, char **argv)
{
    size_t rounds = argument(argc, argv, 1, 2000);
    size_t threads = argument(argc, argv, 2, 10);
    uint64_t random = random_start(0);
    size_t *number = must(calloc(threads, sizeof *number));
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < threads; i++)
            number[i] = random_below(&random, PLACES);
        run_threads(threads, leave, number, sizeof *number);
    }
    for (size_t i = 0; i < PLACES; i++)
        free(place[i]);
    free(number);
    return 0;
}
