/*
 * batch.c - many blocks of growing sizes taken, then freed first to last, last to first or shuffled.
 *
 * Follows sh6bench (MicroQuill): batches across many classes; stands for a compiler's passes.
 * batch [rounds] [blocks]
 */
#include "bench.h"

static void shuffle(void **block, size_t count, uint64_t *random)
{
    for (size_t i = count - 1; i > 0; i--) {
        size_t j = random_below(random, i + 1);
        void *held = block[i];
        block[i] = block[j];
        block[j] = held;
    }
}

int main(int argc, char **argv)
{
    size_t rounds = argument(argc, argv, 1, 1000);
    size_t count = argument(argc, argv, 2, 20000);
    void **block = must(malloc(count * sizeof *block));
    uint64_t random = 1;
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++) {
            block[i] = must(malloc(8 + i % 97 * 8));
            *(volatile char *)block[i] = 1;
        }
        if (round % 3 == 2)
            shuffle(block, count, &random);
        for (size_t i = 0; i < count; i++)
            free(block[round % 3 == 1 ? count - 1 - i : i]);
    }
    free(block);
    return 0;
}
