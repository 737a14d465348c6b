/*
 * exchange.c - some threads only take and others only free, through one list of batches: every
 * free is of another thread's block.
 *
 * Follows xmalloc-test (Lever and Boreham, "malloc() Performance in a Multithreaded Linux
 * Environment", 2000); stands for producers and consumers that share a queue.
 * exchange [pairs of threads] [batches a pair, 32 or more] [size, 0: mixed]
 */
#include "bench.h"

enum { BATCH = 4096, WAITING = 32 };

struct batch {
    struct batch *next;
    char *block[BATCH];
};

/* The list: the newest batch goes first, and full producers wait. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t fewer = PTHREAD_COND_INITIALIZER, more = PTHREAD_COND_INITIALIZER;
static struct batch *newest;
static size_t waiting;
static bool filled; /* the list was full once */

static size_t batches, size;

static void put(struct batch *b)
{
    pthread_mutex_lock(&lock);
    while (waiting == WAITING)
        pthread_cond_wait(&fewer, &lock);
    b->next = newest;
    newest = b;
    if (++waiting == WAITING && !filled) {
        filled = true;
        pthread_cond_broadcast(&more);
    }
    pthread_cond_signal(&more);
    pthread_mutex_unlock(&lock);
}

static struct batch *get(void)
{
    pthread_mutex_lock(&lock);
    /* Nothing is consumed before the list was full: the peak must not hang on who is faster. */
    while (waiting == 0 || !filled)
        pthread_cond_wait(&more, &lock);
    struct batch *b = newest;
    newest = b->next;
    waiting--;
    pthread_cond_signal(&fewer);
    pthread_mutex_unlock(&lock);
    return b;
}

/* One of 17 sizes from 8 to 2048, each likely as any other. */
static size_t mixed_size(uint64_t *random)
{
    size_t i = random_below(random, 17);
    return i % 2 == 0 ? 8U << i / 2 : 12U << i / 2;
}

static void produce(uint64_t random)
{
    for (size_t i = 0; i < batches; i++) {
        struct batch *b = must(malloc(sizeof *b));
        for (size_t j = 0; j < BATCH; j++)
            b->block[j] = take(size ? size : mixed_size(&random));
        put(b);
    }
}

static void consume(void)
{
    for (size_t i = 0; i < batches; i++) {
        struct batch *b = get();
        for (size_t j = 0; j < BATCH; j++)
            free(b->block[j]);
        free(b);
    }
}

/* Even ones produce, odd ones consume. */
static void *work(void *number)
{
    size_t i = *(size_t *)number;
    if (i % 2 == 0)
        produce(random_start(i));
    else
        consume();
    return NULL;
}

int main(int argc, char **argv)
{
    size_t threads = 2 * argument(argc, argv, 1, 1);
    batches = argument(argc, argv, 2, 2000);
    size = argument(argc, argv, 3, 0);
    size_t *number = must(calloc(threads, sizeof *number));
    for (size_t i = 0; i < threads; i++)
        number[i] = i;
    run_threads(threads, work, number, sizeof *number);
    free(number);
    return 0;
}
