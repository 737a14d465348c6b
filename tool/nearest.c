/* nearest.c - the edit distance with swaps (Damerau's, in its "optimal string alignment" form). */
#include "nearest.h"

#include <stdint.h>
#include <string.h>

enum { LETTERS_MAX = 31 };

/* The smaller of the two. */
static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* d[i][j] is the distance of the first i letters of one and the first j of the other. */
size_t nearest_distance(const char *one, const char *other)
{
    size_t d[LETTERS_MAX + 1][LETTERS_MAX + 1];
    size_t m = strlen(one), n = strlen(other);
    if (m > LETTERS_MAX || n > LETTERS_MAX)
        return SIZE_MAX;
    for (size_t i = 0; i <= m; i++) {
        for (size_t j = 0; j <= n; j++) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = least(d[i - 1][j], d[i][j - 1]) + 1;
            d[i][j] = least(d[i][j], d[i - 1][j - 1] + (one[i - 1] != other[j - 1]));
            if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[m][n];
}

size_t nearest_limit(const char *word)
{
    size_t third = strlen(word) / 3;
    return third > 0 ? third : 1;
}
