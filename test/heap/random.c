/*
 * random.c - blocks of random sizes, taken and freed by several threads, each other's too, in an
 * order that the first argument decides.  At the end every live block is told.
 *
 *     random SEED THREADS BLOCKS SIZE
 *
 * @test helper
 */
#include "scenario.h"

#include <pthread.h>

enum { THREADS_MAX = 16, ROUNDS = 6 };

struct block {
    void *at;
    size_t n;
};

static unsigned seed;
static int threads, per_thread;
static unsigned largest;
static struct block *blocks; /* per_thread for each thread; mapped, so that it is no block itself */
static pthread_barrier_t round_ends;

/* Mostly small, some up to the largest: each octave is as likely as the next. */
static size_t random_size(unsigned *state)
{
    size_t n = largest;
    for (unsigned octaves = next_random(state) % 8; octaves > 0 && n > 32; octaves--)
        n /= 2;
    return 1 + next_random(state) % n;
}

static void fill_slot(struct block *block, unsigned *state)
{
    block->n = random_size(state);
    switch (next_random(state) % 8) {
    case 0: block->at = calloc(1, block->n); break;
    case 1: block->at = aligned_alloc((size_t)32 << next_random(state) % 8, block->n); break;
    case 2: block->at = realloc(malloc(1 + block->n / 3), block->n); break;
    case 3: block->at = realloc(malloc(block->n * 2), block->n); break;
    default: block->at = malloc(block->n);
    }
    memset(block->at, 0x5a, block->n);
}

/* Take and free in its own slots; then free some of the next thread's. */
static void *work(void *number)
{
    int self = *(int *)number;
    unsigned state = seed * 1000u + (unsigned)self;
    struct block *own = blocks + (size_t)self * (size_t)per_thread;
    struct block *next = blocks + (size_t)((self + 1) % threads) * (size_t)per_thread;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < per_thread; i++) {
            if (!own[i].at && next_random(&state) % 4)
                fill_slot(&own[i], &state);
        }
        pthread_barrier_wait(&round_ends);
        for (int i = 0; i < per_thread; i++) {
            if (next[i].at && next_random(&state) % 3 == 0) {
                free(next[i].at);
                next[i].at = NULL;
            }
        }
        pthread_barrier_wait(&round_ends);
    }
    if (self == 0)
        return NULL;
    while (pause() != 0)
        continue;
    return NULL;
}

int main(int argc, char **argv)
{
    static int numbers[THREADS_MAX];
    if (argc != 5)
        return 1;
    seed = (unsigned)atoi(argv[1]);
    threads = atoi(argv[2]);
    per_thread = atoi(argv[3]);
    largest = (unsigned)atoi(argv[4]);
    block_trim_signal();
    static struct block space[400000];
    blocks = space;
    pthread_barrier_init(&round_ends, NULL, (unsigned)threads);
    for (int i = 1; i < threads; i++) {
        pthread_t id;
        numbers[i] = i;
        pthread_create(&id, NULL, work, &numbers[i]);
    }
    work(&numbers[0]);
    for (int i = 0; i < threads * per_thread; i++) {
        if (blocks[i].at)
            tell_block(blocks[i].at, malloc_usable_size(blocks[i].at), live_state(blocks[i].at));
    }
    tell_sums();
    tell_ready_and_wait();
}
