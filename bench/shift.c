/*
 * shift.c - threads whose memory moves from one band of small sizes to the next, round by round;
 * a quarter is carried over into later rounds and some is freed by a neighbour.
 *
 * Follows sh8bench (MicroQuill): 1 to 1000 bytes, small ones geometrically more often; stands for
 * phases of a server in which other kinds of objects are the most.
 * shift [threads] [rounds] [blocks a thread]
 */
#include "bench.h"

#include <stdatomic.h>

enum { BANDS = 7, SMALLEST = 8, LARGEST = 1000, PARCEL = 512, CARRY = 4 };

static size_t threads, rounds, count;

/* Blocks on their way to another thread. */
struct parcel {
    char *block[PARCEL];
};

struct worker {
    size_t number;
    _Atomic(struct parcel *) inbox;
    char apart[LINE]; /* or neighbours would slow each other down in our own memory */
};
static struct worker *worker;

/* Half the blocks come from this round's band, a quarter from the next, and so on. */
static size_t size_in(size_t round, uint64_t *random)
{
    size_t band = (round / 4 + random_geometric(random, BANDS - 1)) % BANDS;
    size_t limit = (size_t)SMALLEST << (band + 1);
    size_t n = 1 + limit / 2 + random_below(random, limit / 2);
    return band == 0 ? 1 + n % SMALLEST : n > LARGEST ? LARGEST : n;
}

/* Free what a neighbour, or this thread itself, once packed. */
static void open_parcel(struct parcel *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < PARCEL; i++)
        free(p->block[i]);
    free(p);
}

/* Give the next thread PARCEL blocks; what it has not yet opened comes back and is freed here. */
static void give(const struct worker *w, char **block)
{
    struct parcel *p = must(malloc(sizeof *p));
    memcpy(p->block, block, sizeof p->block);
    memset(block, 0, sizeof p->block);
    open_parcel(atomic_exchange(&worker[(w->number + 1) % threads].inbox, p));
}

/* Fill, hand over, free all but what is carried. */
static void *work(void *its)
{
    struct worker *w = its;
    uint64_t random = random_start(w->number);
    char **block = must(calloc(count, sizeof *block));
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++)
            if (!block[i])
                block[i] = take(size_in(round, &random));
        give(w, block + random_below(&random, count - PARCEL));
        open_parcel(atomic_exchange(&w->inbox, NULL));
        for (size_t i = 0; i < count; i++)
            if ((i / 8 + round) % CARRY != 0) {
                free(block[i]);
                block[i] = NULL;
            }
    }
    for (size_t i = 0; i < count; i++)
        free(block[i]);
    free(block);
    return NULL;
}

int main(int argc, char **argv)
{
    threads = argument(argc, argv, 1, 2);
    rounds = argument(argc, argv, 2, 600);
    count = argument(argc, argv, 3, 10000);
    worker = must(calloc(threads, sizeof *worker));
    for (size_t i = 0; i < threads; i++)
        worker[i].number = i;
    run_threads(threads, work, worker, sizeof *worker);
    for (size_t i = 0; i < threads; i++)
        open_parcel(worker[i].inbox);
    free(worker);
    return 0;
}
