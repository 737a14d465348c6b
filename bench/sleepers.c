/*
 * sleepers.c - many threads that each take and free 200 KiB of small blocks, then sleep.
 *
 * Stands for pools of workers that wait for requests: what is ready in the cache of each is no
 * use to anybody.
 * sleepers [threads] [KiB each]
 */
#include "idle.h"

static pthread_barrier_t phase;
static size_t kib;

static void *sleeper(void *its)
{
    size_t live = 0;
    uint64_t random = *(uint64_t *)its;
    pthread_barrier_wait(&phase);
    char *chain = chain_take(kib * 1024 / 258, 16, 485, &random, &live);
    pthread_barrier_wait(&phase);
    pthread_barrier_wait(&phase);
    chain_thin(chain, 0, &live);
    pthread_barrier_wait(&phase);
    pause();
    return its;
}

int main(int argc, char **argv)
{
    size_t threads = argument(argc, argv, 1, 200);
    uint64_t *start = must(calloc(threads, sizeof *start));
    kib = argument(argc, argv, 2, 200);
    pthread_barrier_init(&phase, NULL, (unsigned)threads + 1);
    sleep_ms(200);
    for (size_t i = 0; i < threads; i++) {
        start[i] = random_start(i);
        start_thread(sleeper, &start[i]);
    }
    pthread_barrier_wait(&phase);
    pthread_barrier_wait(&phase);
    sleep_ms(300);
    pthread_barrier_wait(&phase);
    pthread_barrier_wait(&phase);
    tell_idle(threads * sizeof *start);
    return 0;
}
