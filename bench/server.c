/*
 * server.c - threads that replace random objects for a while, then hand all of them to a new thread
 * and end: half of the frees are of another thread's blocks.
 *
 * Follows Larson and Krishnan, "Memory Allocation for Long-Running Server Applications" (1998);
 * stands for a server with a thread for each connection.
 * server [threads] [generations] [objects a thread] [replacements a generation]
 */
#include "bench.h"

#include <pthread.h>
#include <semaphore.h>

static size_t generations, objects, replacements;
static sem_t finished; /* counts the connections whose last generation is done */

struct connection {
    size_t generation;
    uint64_t random;
    char **object;
};

static void *serve(void *connection);

/* A new thread takes over; the one before ends without waiting for it. */
static void begin_thread(struct connection *c)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, c) != 0)
        exit(1);
    pthread_detach(thread);
}

static void *serve(void *connection)
{
    struct connection *c = connection;
    for (size_t i = 0; i < replacements; i++) {
        size_t which = random_below(&c->random, objects);
        free(c->object[which]);
        size_t n = 10 + random_below(&c->random, 490);
        c->object[which] = must(malloc(n));
        c->object[which][0] = c->object[which][n - 1] = 1;
    }
    if (++c->generation < generations)
        begin_thread(c);
    else
        sem_post(&finished);
    return NULL;
}

int main(int argc, char **argv)
{
    size_t threads = argument(argc, argv, 1, 4);
    generations = argument(argc, argv, 2, 20);
    objects = argument(argc, argv, 3, 2000);
    replacements = argument(argc, argv, 4, 200000);
    sem_init(&finished, 0, 0);
    struct connection *connection = must(calloc(threads, sizeof *connection));
    for (size_t i = 0; i < threads; i++) {
        connection[i].random = i + 1;
        connection[i].object = must(calloc(objects, sizeof(char *)));
        begin_thread(&connection[i]);
    }
    for (size_t i = 0; i < threads; i++)
        while (sem_wait(&finished) != 0)
            continue;
    return 0;
}
