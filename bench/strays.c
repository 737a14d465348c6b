/*
 * strays.c - four threads free nearly all they took and live on, asleep: main 40,000 blocks of 100
 * to 1300 bytes but for one in a hundred, three others 10,000 of 200 to 584 each but for one in
 * fifty; one block of 4 MiB stays.
 *
 * Stands for what users report most of allocators: memory that was freed and is still resident.
 * strays
 */
#include "idle.h"

enum { THREADS = 3 };

static pthread_barrier_t full, empty;
static size_t live[THREADS];

static void *strays(void *its)
{
    size_t *mine = its;
    uint64_t random = random_start((size_t)(mine - live) + 1);
    char *chain = chain_take(10000, 200, 385, &random, mine);
    pthread_barrier_wait(&full);
    chain_thin(chain, 50, mine);
    pthread_barrier_wait(&empty);
    pause();
    return its;
}

int main(void)
{
    size_t all = 4 << 20;
    uint64_t random = random_start(0);
    pthread_barrier_init(&full, NULL, THREADS + 1);
    pthread_barrier_init(&empty, NULL, THREADS + 1);
    sleep_ms(200);
    for (size_t i = 0; i < THREADS; i++)
        start_thread(strays, &live[i]);
    char *chain = chain_take(40000, 100, 1201, &random, &all);
    take_pages(4 << 20);
    pthread_barrier_wait(&full);
    sleep_ms(300);
    chain_thin(chain, 100, &all);
    pthread_barrier_wait(&empty);
    for (size_t i = 0; i < THREADS; i++)
        all += live[i];
    tell_idle(all);
    return 0;
}
