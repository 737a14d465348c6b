/*
 * growth.c - strings and tables that grow by realloc, several side by side.
 *
 * Follows CPython's list_resize, which asks for one eighth more each time; stands for parsers and
 * string builders that do not know the length beforehand.
 * growth [rounds]
 */
#include "bench.h"

enum { STRINGS = 16 };

static void grow(size_t limit, size_t step)
{
    char *string[STRINGS] = {NULL};
    for (size_t n = step; n <= limit; n += n / 8 + step)
        for (size_t i = 0; i < STRINGS; i++) {
            string[i] = must(realloc(string[i], n));
            string[i][n - 1] = 1;
        }
    for (size_t i = 0; i < STRINGS; i++)
        free(string[i]);
}

int main(int argc, char **argv)
{
    size_t rounds = argument(argc, argv, 1, 300);
    for (size_t i = 0; i < rounds; i++) {
        grow(4000, 16);
        grow(100000, 40);
        if (i % 100 == 0)
            grow(8000000, 4000);
    }
    return 0;
}
