/*
 * large.c - large blocks, of which a few live at a time and a random one is replaced; written here
 * and there, or whole.
 *
 * Follows malloc-large (mimalloc-bench): 5 to 25 MB, some 20 live; with few live blocks of some MiB,
 * its older form.  Stands for image and matrix work.
 * large [replacements] [live blocks] [smallest, KiB] [largest, KiB] [write: 0 sparse, 1 whole]
 */
#include "bench.h"

enum { SPARSE = 256 * 1024 };

static void fill(char *block, size_t n, bool whole)
{
    if (whole) {
        memset(block, 1, n);
        return;
    }
    for (size_t at = 0; at < n; at += SPARSE)
        block[at] = 1;
}

int main(int argc, char **argv)
{
    size_t replacements = argument(argc, argv, 1, 5000);
    size_t live = argument(argc, argv, 2, 20);
    size_t smallest = argument(argc, argv, 3, 5000);
    size_t largest = argument(argc, argv, 4, 25000);
    bool whole = argument(argc, argv, 5, 0) != 0;
    char **block = must(calloc(live, sizeof *block));
    uint64_t random = random_start(0);
    for (size_t i = 0; i < replacements; i++) {
        size_t which = random_below(&random, live);
        size_t n = 1024 * (smallest + random_below(&random, largest - smallest + 1));
        free(block[which]);
        block[which] = take(n);
        fill(block[which], n, whole);
    }
    for (size_t i = 0; i < live; i++)
        free(block[i]);
    free(block);
    return 0;
}
