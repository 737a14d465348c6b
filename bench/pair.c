/*
 * pair.c - malloc and free of one size, over and over: the hit path alone.
 *
 * Follows bench-malloc-simple of glibc's benchtests; stands for temporaries in an inner loop.
 * pair [rounds]
 */
#include "bench.h"

int main(int argc, char **argv)
{
    size_t rounds = argument(argc, argv, 1, 1000000);
    for (size_t n = 16; n <= 1024; n += 16)
        for (size_t i = 0; i < rounds; i++) {
            char *block = must(malloc(n));
            *(volatile char *)block = 1;
            free(block);
        }
    return 0;
}
