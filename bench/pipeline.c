/*
 * pipeline.c - pairs of threads with a ring of small batches between them: one only takes, the
 * other only frees, soon after.
 *
 * Follows the second benchmark of Lever and Boreham, "malloc() Performance in a Multithreaded Linux
 * Environment" (2000), with a queue for each pair; stands for the stages of a pipeline.
 * pipeline [pairs of threads] [batches] [largest size]
 */
#include "bench.h"

enum { BATCH = 256, SLOTS = 64 };

/* A ring of batches between one producer and one consumer. */
struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t put, taken, batches, largest; /* batches: SLOTS or more */
    char *block[SLOTS][BATCH];
};

/* Wait until the producer is no longer so many batches ahead. */
static void await(struct queue *q, size_t distance)
{
    pthread_mutex_lock(&q->lock);
    while (q->put - q->taken == distance)
        pthread_cond_wait(&q->changed, &q->lock);
    pthread_mutex_unlock(&q->lock);
}

/* Wait until the ring is full for the first time: the peak must not hang on who is faster. */
static void await_full(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (q->put < SLOTS)
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
    uint64_t random = random_start(0);
    for (size_t i = 0; i < q->batches; i++) {
        await(q, SLOTS);
        for (size_t j = 0; j < BATCH; j++)
            q->block[i % SLOTS][j] = take(1 + random_below(&random, q->largest));
        step(q, &q->put);
    }
    return NULL;
}

/* A consumer that starts its own producer, so that the pairs are what main runs. */
static void *consume(void *queue)
{
    struct queue *q = queue;
    start_thread(produce, q);
    await_full(q);
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
    struct queue *queue = must(calloc(pairs, sizeof *queue));
    for (size_t i = 0; i < pairs; i++) {
        pthread_mutex_init(&queue[i].lock, NULL);
        pthread_cond_init(&queue[i].changed, NULL);
        queue[i].batches = argument(argc, argv, 2, 40000);
        queue[i].largest = argument(argc, argv, 3, 400);
    }
    run_threads(pairs, consume, queue, sizeof *queue);
    return 0; /* the queues stay: a producer may still be on its way out */
}
