/*
 * sizes.c - a block of each size holds what it promises: the usable size is at least the size,
 * never wasteful, and every usable byte can be written without touching a neighbour (C5, C6).
 *
 * @test both timeout=60
 */
#include "api.h"

static bool is_whole(void *block, size_t n, uint64_t seed)
{
    if (block == NULL)
        return false;
    size_t usable = malloc_usable_size(block);
    if (usable < n)
        return false;
    pattern_fill(block, usable, seed);
    return pattern_holds(block, usable, usable, seed);
}

static bool blocks_of_all_sizes_live_side_by_side(size_t limit)
{
    void **blocks = malloc(limit * sizeof *blocks);
    bool holds = blocks != NULL;
    for (size_t n = 0; n < limit && holds; n++)
        holds = is_whole(blocks[n] = malloc(n), n, n);
    for (size_t n = 0; n < limit && holds; n++) {
        size_t usable = malloc_usable_size(blocks[n]);
        holds = pattern_holds(blocks[n], usable, usable, n);
    }
    for (size_t n = 0; n < limit && holds; n += 2)
        free(blocks[n]);
    for (size_t n = 1; n < limit && holds; n += 2) {
        size_t usable = malloc_usable_size(blocks[n]);
        holds = pattern_holds(blocks[n], usable, usable, n);
        free(blocks[n]);
    }
    free(blocks);
    return holds;
}

/* One word of overhead, chunks of multiples of 16 from 32 on: 0..24 -> 24, 25..40 -> 40. */
static bool usable_sizes_are_the_textbook_ones(void)
{
    for (size_t n = 0; n <= 5000; n++) {
        size_t expected = n <= 24 ? 24 : (n + 8 + 15) / 16 * 16 - 8;
        void *block = malloc(n);
        size_t usable = malloc_usable_size(block);
        free(block);
        if (usable != expected && usable != expected + 16) {
            note("malloc(%zu): usable %zu, expected %zu", n, usable, expected);
            return false;
        }
    }
    return true;
}

/* Every usable byte can be written; at 256 MiB the C library's loops are the fast ones. */
static bool bears_writing(void *block, size_t n)
{
    if (block == NULL)
        return false;
    size_t usable = malloc_usable_size(block);
    memset(block, 0xa5, usable);
    return usable >= n && all_bytes_are(block, usable, 0xa5);
}

static bool powers_of_two_hold(size_t power)
{
    for (size_t n = power - 1; n <= power + 1; n++) {
        void *block = malloc(n);
        bool holds = bears_writing(block, n);
        free(block);
        if (!holds)
            return false;
    }
    return true;
}

static bool usable_size_is_stable(void)
{
    for (size_t n = 1; n < 10 * MIB; n = n * 3 / 2 + 1) {
        void *block = malloc(n);
        size_t before = malloc_usable_size(block);
        memset(block, 0xff, before);
        bool holds = malloc_usable_size(block) == before;
        free(block);
        if (!holds)
            return false;
    }
    return true;
}

int main(void)
{
    ok(blocks_of_all_sizes_live_side_by_side(5001), "all_sizes_0_to_5000_live_side_by_side (C6)");
    ok(usable_sizes_are_the_textbook_ones(), "usable_sizes_are_the_textbook_ones (C5 C6)");
    for (size_t power = 2; power <= 256 * MIB; power *= 2)
        ok(powers_of_two_hold(power), "blocks_of_%zu_bytes_and_one_less_and_more_hold", power);
    ok(usable_size_is_stable(), "usable_size_does_not_depend_on_content");
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
