/*
 * survivors.c - a burst of small objects of which one in a hundred stays, then a burst of larger
 * ones: memory that the survivors pin shows as peak RSS.
 *
 * Follows the "peaks" of Wilson, Johnstone, Neely and Boles, "Dynamic Storage Allocation: A Survey
 * and Critical Review" (1995); stands for caches that are flushed.
 * survivors [rounds] [objects]
 */
#include "bench.h"

int main(int argc, char **argv)
{
    size_t rounds = argument(argc, argv, 1, 6);
    size_t count = argument(argc, argv, 2, 500000);
    char **object = must(calloc(count, sizeof *object));
    uint64_t random = 1;
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < count; i++) {
            if (object[i] && i % 100 == round)
                continue;
            free(object[i]);
            size_t n = 16 + 48 * round + random_below(&random, 32);
            object[i] = must(malloc(n));
            memset(object[i], 1, n);
        }
    for (size_t i = 0; i < count; i++)
        free(object[i]);
    free(object);
    return 0;
}
