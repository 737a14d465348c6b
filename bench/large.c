/*
 * large.c - blocks of 5 to 25 MB, of which a few live at a time, touched here and there.
 *
 * Follows malloc-large (mimalloc-bench); stands for image and matrix work.
 * large [replacements]
 */
#include "bench.h"

enum { LIVE = 20 };

int main(int argc, char **argv)
{
    size_t replacements = argument(argc, argv, 1, 5000);
    char *block[LIVE] = {NULL};
    uint64_t random = 1;
    for (size_t i = 0; i < replacements; i++) {
        size_t which = random_below(&random, LIVE);
        size_t n = 5000000 + random_below(&random, 20000000);
        free(block[which]);
        block[which] = must(malloc(n));
        for (size_t at = 0; at < n; at += 256 * 1024)
            block[which][at] = 1;
    }
    for (size_t i = 0; i < LIVE; i++)
        free(block[i]);
    return 0;
}
