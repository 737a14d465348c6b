/*
 * live.c - a set of live objects of random sizes, of which a random one is replaced each time.
 *
 * Follows the single-threaded phase of Larson and Krishnan's benchmark; stands for a cache or an
 * interpreter's heap.
 * live [replacements] [objects] [largest size]
 */
#include "bench.h"

int main(int argc, char **argv)
{
    size_t replacements = argument(argc, argv, 1, 10000000);
    size_t count = argument(argc, argv, 2, 50000);
    size_t largest = argument(argc, argv, 3, 800);
    char **object = must(calloc(count, sizeof *object));
    uint64_t random = random_start(0);
    for (size_t i = 0; i < replacements; i++) {
        size_t which = random_below(&random, count);
        free(object[which]);
        object[which] = take(8 + random_below(&random, largest));
    }
    for (size_t i = 0; i < count; i++)
        free(object[i]);
    free(object);
    return 0;
}
