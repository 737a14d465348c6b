/*
 * batch.c - many blocks of growing sizes taken, then freed first to last, last to first or
 * shuffled; some stay for a few rounds.
 *
 * Follows sh6bench (MicroQuill): batches across many classes, more of the small; stands for a
 * compiler's passes.
 * batch [threads] [rounds] [blocks a thread] [order: 0 all in turn, 1 FIFO, 2 LIFO, 3 random]
 */
#include "bench.h"

enum { LARGEST = 1000, STEP = 5, STAY = 8 };

static size_t rounds, count, order;

/* A walk through the sizes: many blocks of a small size, then some of the next, at last few. */
struct walk {
    size_t size, left;
};

static size_t walk_next(struct walk *w)
{
    if (w->left == 0) {
        w->size = w->size % LARGEST + STEP;
        w->left = 1 + LARGEST / w->size;
    }
    w->left--;
    return w->size;
}

/* Fisher and Yates's. */
static void shuffle(char **block, uint64_t *random)
{
    for (size_t i = count - 1; i > 0; i--) {
        size_t j = random_below(random, i + 1);
        char *held = block[i];
        block[i] = block[j];
        block[j] = held;
    }
}

/* One block in eight stays, but not the same ones for ever. */
static bool stays(size_t i, size_t round)
{
    return (i / 64 + round / 3) % STAY == 0;
}

static void drop(char **block, size_t i, size_t round)
{
    if (stays(i, round))
        return;
    free(block[i]);
    block[i] = NULL;
}

/* Fill the empty places, then free in this round's order. */
static void *work(void *start)
{
    uint64_t random = *(uint64_t *)start;
    struct walk walk = {0, 0};
    char **block = must(calloc(count, sizeof *block));
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++)
            if (!block[i])
                block[i] = take(walk_next(&walk));
        size_t way = order ? order : 1 + round % 3;
        if (way == 3)
            shuffle(block, &random);
        for (size_t i = 0; i < count; i++)
            drop(block, way == 2 ? count - 1 - i : i, round);
    }
    for (size_t i = 0; i < count; i++)
        free(block[i]);
    free(block);
    return NULL;
}

int main(int argc, char **argv)
{
    size_t threads = argument(argc, argv, 1, 1);
    rounds = argument(argc, argv, 2, 600);
    count = argument(argc, argv, 3, 20000);
    order = argument(argc, argv, 4, 0);
    run_with_random(threads, work);
    return 0;
}
