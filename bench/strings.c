/*
 * strings.c - strings of 1 to 200 bytes built piece by piece, copied at their length, sorted,
 * joined to one text and freed.
 *
 * Follows what JSON parsers and text tools do with malloc: a growing buffer beside many short
 * strings; stands for scripts, log analysis and serialisation.
 * strings [rounds] [strings]
 */
#include "bench.h"

enum { LONGEST = 200, PIECE = 16 };

/* Text that grows; twice as much room each time it is full. */
struct text {
    char *data;
    size_t n, room;
};

static void append(struct text *t, const char *piece, size_t n)
{
    while (t->n + n + 1 > t->room) {
        t->room = t->room ? 2 * t->room : PIECE;
        t->data = must(realloc(t->data, t->room));
    }
    memcpy(t->data + t->n, piece, n);
    t->n += n;
    t->data[t->n] = '\0';
}

/* Short strings are the more frequent: the lesser of two random lengths. */
static size_t any_length(uint64_t *random)
{
    size_t a = random_below(random, LONGEST), b = random_below(random, LONGEST);
    return 1 + (a < b ? a : b);
}

/* Letters from 16, in pieces; the copy has no room to spare. */
static char *make_string(uint64_t *random)
{
    struct text t = {NULL, 0, 0};
    size_t n = any_length(random);
    while (t.n < n) {
        uint64_t bits = random_next(random);
        char piece[PIECE];
        size_t part = n - t.n < PIECE ? n - t.n : PIECE;
        for (size_t i = 0; i < part; i++)
            piece[i] = (char)('a' + (bits >> (4 * i) & 15));
        append(&t, piece, part);
    }
    char *copy = must(malloc(t.n + 1));
    memcpy(copy, t.data, t.n + 1);
    free(t.data);
    return copy;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* One text of all, as a JSON writer would make it. */
static void join(char **string, size_t count)
{
    struct text all = {NULL, 0, 0};
    for (size_t i = 0; i < count; i++) {
        append(&all, "\"", 1);
        append(&all, string[i], strlen(string[i]));
        append(&all, "\",", 2);
    }
    free(all.data);
}

int main(int argc, char **argv)
{
    size_t rounds = argument(argc, argv, 1, 3);
    size_t count = argument(argc, argv, 2, 300000);
    uint64_t random = random_start(0);
    for (size_t round = 0; round < rounds; round++) {
        char **string = must(malloc(count * sizeof *string));
        for (size_t i = 0; i < count; i++)
            string[i] = make_string(&random);
        qsort(string, count, sizeof *string, compare);
        join(string, count);
        for (size_t i = 0; i < count; i++)
            free(string[i]);
        free(string);
    }
    return 0;
}
