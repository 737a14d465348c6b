/*
 * server.c - threads that replace random objects for a while, then hand all of them to a new thread
 * and end: many frees are of a block that a thread took that is gone.
 *
 * Follows Larson and Krishnan, "Memory Allocation for Long-Running Server Applications" (1998);
 * stands for a server with a thread for each connection.
 * server [threads] [generations] [objects a thread] [replacements a generation] [largest size]
 */
#include "bench.h"

#include <semaphore.h>

static size_t generations, objects, replacements, largest;
static sem_t finished; /* counts the connections whose last generation is done */

struct connection {
    size_t generation;
    uint64_t random;
    char **object;
};

static size_t any_size(uint64_t *random)
{
    return 8 + random_below(random, largest - 7);
}

static void *serve(void *connection)
{
    struct connection *c = connection;
    uint64_t random = c->random; /* ours alone: the next connection may share the cache line */
    for (size_t i = 0; i < replacements; i++) {
        size_t which = random_below(&random, objects);
        free(c->object[which]);
        c->object[which] = take(any_size(&random));
    }
    c->random = random;
    /* A new thread takes over; this one ends without waiting for it. */
    if (++c->generation < generations)
        start_thread(serve, c);
    else
        sem_post(&finished);
    return NULL;
}

/* The first objects are main's, as the published program has it. */
static void fill(struct connection *c, size_t i)
{
    c->random = random_start(i);
    c->object = must(calloc(objects, sizeof *c->object));
    for (size_t j = 0; j < objects; j++)
        c->object[j] = take(any_size(&c->random));
}

int main(int argc, char **argv)
{
    size_t threads = argument(argc, argv, 1, 4);
    generations = argument(argc, argv, 2, 20);
    objects = argument(argc, argv, 3, 5000);
    replacements = argument(argc, argv, 4, 200000);
    largest = argument(argc, argv, 5, 1000);
    sem_init(&finished, 0, 0);
    struct connection *connection = must(calloc(threads, sizeof *connection));
    for (size_t i = 0; i < threads; i++)
        fill(&connection[i], i);
    for (size_t i = 0; i < threads; i++)
        start_thread(serve, &connection[i]);
    for (size_t i = 0; i < threads; i++)
        while (sem_wait(&finished) != 0)
            continue;
    return 0;
}
