/*
 * lifetimes.c - objects whose lifetimes follow Pareto's 80 : 20 rule: most die young, a few live
 * very long; each is written whole and read before it is freed.
 *
 * Follows alloc-test (IT Hare, "Testing Memory Allocators", 2018); stands for the object mix of
 * large C++ programs.
 * lifetimes [threads] [operations a thread] [places a thread] [classes: 7 for up to 1 KiB]
 */
#include "bench.h"

enum { LEVELS = 6 };

static size_t operations, places, classes;

struct object {
    unsigned char *block;
    size_t n;
};

/* Four times in five one of the first fifth of the places, and within it the same again. */
static size_t any_place(uint64_t *random)
{
    size_t limit = places;
    for (size_t level = 0; level < LEVELS && limit >= 10; level++) {
        if (random_below(random, 5) == 0)
            return limit / 5 + random_below(random, limit - limit / 5);
        limit /= 5;
    }
    return random_below(random, limit);
}

/* Each class spans a power of two; the next larger one is half as frequent. */
static void fill(struct object *o, uint64_t *random)
{
    size_t least = 4UL << random_geometric(random, classes);
    o->n = 1 + least + random_below(random, least);
    o->block = must(malloc(o->n));
    memset(o->block, (int)(o->n & 0xff), o->n);
}

/* The sum keeps the compiler from skipping the reading. */
static size_t empty(struct object *o)
{
    size_t sum = 0;
    for (size_t i = 0; i < o->n; i++)
        sum += o->block[i];
    free(o->block);
    *o = (struct object){NULL, 0};
    return sum;
}

static void *work(void *start)
{
    uint64_t random = *(uint64_t *)start;
    volatile size_t sum = 0;
    struct object *object = must(calloc(places, sizeof *object));
    for (size_t i = 0; i < places; i += 2)
        fill(&object[i], &random);
    for (size_t i = 0; i < operations; i++) {
        struct object *o = &object[any_place(&random)];
        if (o->block)
            sum += empty(o);
        else
            fill(o, &random);
    }
    for (size_t i = 0; i < places; i++)
        free(object[i].block);
    free(object);
    return NULL;
}

int main(int argc, char **argv)
{
    size_t threads = argument(argc, argv, 1, 1);
    operations = argument(argc, argv, 2, 10000000);
    places = argument(argc, argv, 3, 50000);
    classes = argument(argc, argv, 4, 7);
    run_with_random(threads, work);
    return 0;
}
