/*
 * transfer.c - threads of random lifetimes that swap blocks with slots all of them share; sizes
 * with a heavy tail, every block written whole and checked when freed.
 *
 * Follows mstress of mimalloc; stands for task schedulers whose results travel between threads.
 * transfer [threads] [operations a thread]
 */
#include "bench.h"

#include <semaphore.h>
#include <stdatomic.h>

enum { SLOTS = 1000, SMALL = 128, LIFETIME = 20000 };

/* A block knows its length in words; the rest counts down, so that a mixed-up one is noticed. */
typedef uint64_t word;

static _Atomic(word *) slot[SLOTS];
static sem_t finished;

/* A line of threads, one after another; each gets some of the operations left. */
struct line {
    uint64_t random;
    size_t left;
};

/* What one thread holds. */
struct task {
    uint64_t random;
    size_t held, room;
    word **block;
};

/* 1 to 128 words; one in seven ten times as many, and ever fewer a hundred and a thousand times. */
static size_t any_length(uint64_t *random)
{
    size_t words = 1 + random_below(random, SMALL);
    size_t dice = random_below(random, 10000);
    return words * (dice == 0 ? 1000 : dice < 100 ? 100 : dice < 1500 ? 10 : 1);
}

/* A block of so many words, all written. */
static word *make(size_t words)
{
    word *block = must(malloc(words * sizeof *block));
    for (size_t i = 0; i < words; i++)
        block[i] = words - i;
    return block;
}

/* NULL, which the slots hold at first, is welcome too. */
static void destroy(word *block)
{
    for (size_t i = 0, words = block ? block[0] : 0; i < words; i++)
        if (block[i] != words - i) {
            fputs("a block was damaged\n", stderr);
            abort();
        }
    free(block);
}

/* The list of what is held grows by realloc. */
static void keep(struct task *t, word *block)
{
    if (t->held == t->room) {
        t->room = 2 * t->room + 64;
        t->block = must(realloc(t->block, t->room * sizeof *t->block));
    }
    t->block[t->held++] = block;
}

/* Take one; nine times in ten free one; one time in four swap one for what lies in a slot. */
static void operate(struct task *t)
{
    keep(t, make(any_length(&t->random)));
    if (random_below(&t->random, 100) < 90) {
        size_t which = random_below(&t->random, t->held);
        destroy(t->block[which]);
        t->block[which] = t->block[--t->held];
    }
    if (t->held > 0 && random_below(&t->random, 100) < 25) {
        size_t which = random_below(&t->random, t->held);
        t->block[which] = atomic_exchange(&slot[random_below(&t->random, SLOTS)], t->block[which]);
    }
}

/* One thread: a random part of the line's work, then all it holds is freed and the next begins. */
static void *live(void *line)
{
    struct line *l = line;
    struct task t = {.random = random_next(&l->random) | 1};
    size_t lifetime = 1 + random_below(&l->random, LIFETIME);
    lifetime = lifetime < l->left ? lifetime : l->left;
    l->left -= lifetime;
    for (size_t i = 0; i < lifetime; i++)
        operate(&t);
    for (size_t i = 0; i < t.held; i++)
        destroy(t.block[i]);
    free(t.block);
    if (l->left > 0)
        start_thread(live, l);
    else
        sem_post(&finished);
    return NULL;
}

int main(int argc, char **argv)
{
    size_t threads = argument(argc, argv, 1, 2);
    size_t operations = argument(argc, argv, 2, 400000);
    sem_init(&finished, 0, 0);
    struct line *line = must(calloc(threads, sizeof *line));
    for (size_t i = 0; i < threads; i++) {
        line[i] = (struct line){random_start(i), operations};
        start_thread(live, &line[i]);
    }
    for (size_t i = 0; i < threads; i++)
        while (sem_wait(&finished) != 0)
            continue;
    for (size_t i = 0; i < SLOTS; i++)
        destroy(slot[i]);
    return 0;
}
