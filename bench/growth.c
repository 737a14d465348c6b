/*
 * growth.c - vectors that grow by realloc, a random one each time, and start anew when they are
 * full; what is new is written at once.
 *
 * Follows the growth of CPython's list_resize (one eighth more), of std::vector in MSVC (a half)
 * and in libstdc++ (twice); with one vector and a large limit, a file read into one buffer.
 * growth [vectors] [limit, KiB] [steps]
 */
#include "bench.h"

enum { SMALLEST = 16 };

struct vector {
    char *data;
    size_t n;
};

/* One eighth, a half or as much again: by the vector's number. */
static size_t grown(const struct vector *v, size_t number)
{
    static const size_t part[] = {8, 2, 1};
    return v->n == 0 ? SMALLEST : v->n + v->n / part[number % 3];
}

static void grow(struct vector *v, size_t number, size_t limit)
{
    if (v->n == limit) {
        free(v->data);
        *v = (struct vector){NULL, 0};
    }
    size_t n = grown(v, number);
    n = n < limit ? n : limit;
    v->data = must(realloc(v->data, n));
    memset(v->data + v->n, 1, n - v->n);
    v->n = n;
}

int main(int argc, char **argv)
{
    size_t vectors = argument(argc, argv, 1, 200);
    size_t limit = argument(argc, argv, 2, 1024) * 1024;
    size_t steps = argument(argc, argv, 3, 200000);
    struct vector *vector = must(calloc(vectors, sizeof *vector));
    uint64_t random = random_start(0);
    for (size_t i = 0; i < steps; i++) {
        size_t which = random_below(&random, vectors);
        grow(&vector[which], which, limit);
    }
    for (size_t i = 0; i < vectors; i++)
        free(vector[i].data);
    free(vector);
    return 0;
}
