/*
 * exchange.c - some threads only take, others only free: every free is of another thread's block.
 *
 * Follows xmalloc-test (Lever and Boreham, "malloc() Performance in a Multithreaded Linux
 * Environment", 2000); stands for pipelines of producers and consumers.
 * exchange [pairs of threads] [batches] [largest size]
 */
#include "bench.h"

#include <pthread.h>

enum { BATCH = 256, SLOTS = 64 };

/* A ring of batches between one producer and one consumer. */
struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t put, taken, batches, largest;
    void *block[SLOTS][BATCH];
};

static void await(struct queue *q, size_t distance)
{
    pthread_mutex_lock(&q->lock);
    while (q->put - q->taken == distance)
        pthread_cond_wait(&q->changed, &q->lock);
    pthread_mutex_unlock(&q->lock);
}

static void step(struct queue *q, size_t *counter)
{
    pthread_mutex_lock(&q->lock);
    ++*counter;
    pthread_cond_signal(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

static void *produce(void *queue)
{
    struct queue *q = queue;
    uint64_t random = 1;
    for (size_t i = 0; i < q->batches; i++) {
        await(q, SLOTS);
        for (size_t j = 0; j < BATCH; j++) {
            char *block = must(malloc(1 + random_below(&random, q->largest)));
            *block = 1;
            q->block[i % SLOTS][j] = block;
        }
        step(q, &q->put);
    }
    return NULL;
}

static void *consume(void *queue)
{
    struct queue *q = queue;
    for (size_t i = 0; i < q->batches; i++) {
        await(q, 0);
        for (size_t j = 0; j < BATCH; j++)
            free(q->block[i % SLOTS][j]);
        step(q, &q->taken);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    size_t pairs = argument(argc, argv, 1, 1);
    pthread_t *thread = must(calloc(2 * pairs, sizeof *thread));
    for (size_t i = 0; i < pairs; i++) {
        struct queue *q = must(calloc(1, sizeof *q));
        pthread_mutex_init(&q->lock, NULL);
        pthread_cond_init(&q->changed, NULL);
        q->batches = argument(argc, argv, 2, 40000);
        q->largest = argument(argc, argv, 3, 400);
        if (pthread_create(&thread[2 * i], NULL, produce, q) != 0 ||
            pthread_create(&thread[2 * i + 1], NULL, consume, q) != 0)
            return 1;
    }
    for (size_t i = 0; i < 2 * pairs; i++)
        pthread_join(thread[i], NULL);
    return 0;
}
