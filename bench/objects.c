/*
 * objects.c - ten million objects of one size, all live at once, linked through their first word so
 * that nothing but the objects takes memory; then all are freed.
 *
 * Follows the question every allocator is asked first: what does an object of 16 bytes cost?
 * Stands for the nodes of lists, trees and syntax.
 * objects [size] [objects] [--rss: print the bytes of RSS for each object]
 */
#include "bench.h"

struct object {
    struct object *next;
};

/* A last byte is written too: what is paid for is what is used. */
static struct object *take_object(size_t n, struct object *next)
{
    struct object *o = (struct object *)take(n);
    o->next = next;
    return o;
}

int main(int argc, char **argv)
{
    size_t n = argument(argc, argv, 1, 16);
    size_t count = argument(argc, argv, 2, 10000000);
    n = n < sizeof(struct object) ? sizeof(struct object) : n;
    size_t before = rss_kib();
    struct object *first = NULL;
    for (size_t i = 0; i < count; i++)
        first = take_object(n, first);
    if (option(argc, argv, "--rss"))
        fprintf(stderr, "bytes_per_object %.2f\n",
                (double)(rss_kib() - before) * 1024 / (double)count);
    while (first) {
        struct object *next = first->next;
        free(first);
        first = next;
    }
    return 0;
}
