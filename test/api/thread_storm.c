/*
 * thread_storm.c - twelve threads allocate, resize and free at random, and pass one block in
 * four on to be freed elsewhere; every block keeps its content, and the heap stays whole (R8).
 *
 * @test both timeout=120
 */
#include "api.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 12, BLOCKS = 120, BOXES = 64, ROUNDS = 40000 };

/* Each block begins with its length and seed, so that whoever gets it can check it. */
struct block {
    size_t n;
    uint64_t seed;
    unsigned char content[];
};

static _Atomic(struct block *) boxes[BOXES];
static atomic_size_t damaged, refused;

static struct block *seal(struct block *b, size_t n, uint64_t seed)
{
    if (b == NULL) {
        atomic_fetch_add(&refused, 1);
        return NULL;
    }
    b->n = n;
    b->seed = seed;
    pattern_fill(b->content, n - sizeof *b, seed);
    return b;
}

static void verify(const struct block *b)
{
    size_t n = b->n - sizeof *b;
    if (!pattern_holds(b->content, n, n, b->seed))
        atomic_fetch_add(&damaged, 1);
}

static void discard(struct block *b)
{
    if (b == NULL)
        return;
    verify(b);
    free(b);
}

/* Mostly small, at times a few pages, and rarely a mapping. */
static size_t random_size(uint64_t *state)
{
    uint64_t r = random_next(state);
    size_t limit = r % 500 == 0 ? 300000 : r % 20 == 0 ? 20000 : r % 4 == 0 ? 2000 : 200;
    return sizeof(struct block) + (r >> 32) % limit;
}

static struct block *take(uint64_t *state)
{
    size_t n = random_size(state);
    uint64_t r = random_next(state);
    if (r % 16 == 0)
        return seal(aligned_alloc((size_t)32 << (r >> 8) % 8, n), n, r);
    if (r % 4 != 1)
        return seal(malloc(n), n, r);
    struct block *b = calloc(1, n);
    if (b != NULL && !all_bytes_are(b, n, 0))
        atomic_fetch_add(&damaged, 1);
    return seal(b, n, r);
}

static struct block *resize(struct block *b, uint64_t *state)
{
    size_t old = b->n, n = random_size(state), kept = (old < n ? old : n) - sizeof *b;
    struct block *moved = realloc(b, n);
    if (moved != NULL && !pattern_holds(moved->content, kept, old - sizeof *b, moved->seed))
        atomic_fetch_add(&damaged, 1);
    return seal(moved, n, random_next(state));
}

static void step(struct block **slot, uint64_t *state)
{
    uint64_t choice = random_next(state);
    if (*slot == NULL) {
        *slot = take(state);
    } else if (choice % 4 == 0) {
        struct block *received = atomic_exchange(&boxes[(choice >> 8) % BOXES], *slot);
        *slot = NULL;
        discard(received);
    } else if (choice % 4 == 1) {
        *slot = resize(*slot, state);
    } else {
        discard(*slot);
        *slot = NULL;
    }
}

static void *storm(void *seed)
{
    struct block *blocks[BLOCKS] = {NULL};
    uint64_t state = *(uint64_t *)seed;
    for (int round = 0; round < ROUNDS; round++)
        step(&blocks[random_next(&state) % BLOCKS], &state);
    for (size_t i = 0; i < BLOCKS; i++)
        discard(blocks[i]);
    return NULL;
}

static bool all_threads_run(void)
{
    pthread_t threads[THREADS];
    static uint64_t seeds[THREADS];
    size_t started = 0;
    for (; started < THREADS; started++) {
        seeds[started] = started + 1;
        if (pthread_create(&threads[started], NULL, storm, &seeds[started]) != 0)
            break;
    }
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return started == THREADS;
}

int main(void)
{
    alarm(120);
    ok(all_threads_run(), "twelve_threads_storm_to_the_end");
    for (size_t i = 0; i < BOXES; i++)
        discard(boxes[i]);
    ok(damaged == 0, "every_block_keeps_its_content (R8)");
    ok(refused == 0, "no_request_is_refused");
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
