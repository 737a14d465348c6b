/*
 * zero_size.c - a request of no bytes yields a unique pointer that can be freed, written up
 * to its usable size, and resized (malloc(3), "Nonportable behavior"; spec C6).
 *
 * @test both
 */
#include "api.h"

enum { DOORS = 9, ROUNDS = 20 };

static void *take(size_t door)
{
    void *block = NULL;
    switch (door) {
    case 0: return malloc(opaque(0));
    case 1: return calloc(opaque(0), opaque(0));
    case 2: return calloc(opaque(0), 100);
    case 3: return realloc(NULL, opaque(0));
    case 4: return memalign(64, opaque(0));
    case 5: return aligned_alloc(32, opaque(0));
    case 6: return posix_memalign(&block, 4096, opaque(0)) == 0 ? block : NULL;
    case 7: return valloc(opaque(0));
    default: return pvalloc(opaque(0));
    }
}

static bool is_unique(void *const *blocks, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++)
        if (blocks[i] == blocks[count - 1])
            return false;
    return true;
}

static bool zero_sizes_are_unique_blocks(void)
{
    static void *blocks[DOORS * ROUNDS];
    bool holds = true;
    for (size_t i = 0; i < DOORS * ROUNDS; i++) {
        blocks[i] = take(i % DOORS);
        holds &= blocks[i] != NULL && is_aligned(blocks[i], 8) && is_unique(blocks, i + 1);
        pattern_fill(blocks[i], malloc_usable_size(blocks[i]), i);
    }
    for (size_t i = 0; i < DOORS * ROUNDS; i++) {
        size_t usable = malloc_usable_size(blocks[i]);
        holds &= pattern_holds(blocks[i], usable, usable, i);
        free(blocks[i]);
    }
    return holds;
}

static bool realloc_to_zero_frees(size_t n)
{
    void *block = malloc(n);
    errno = EDOM;
    void *result = realloc(block, opaque(0));
    return block != NULL && result == NULL && errno == EDOM;
}

/* A leak of 100,000 blocks of 1000 bytes would show as 100 MB in use. */
static bool realloc_to_zero_does_not_leak(void)
{
    size_t before = mallinfo2().uordblks;
    for (size_t i = 0; i < 100000; i++)
        if (!realloc_to_zero_frees(1000))
            return false;
    return mallinfo2().uordblks < before + MIB;
}

static bool reallocarray_to_zero_frees(void)
{
    void *block = malloc(100);
    return block != NULL && reallocarray(block, opaque(0), 8) == NULL;
}

static bool zero_sized_block_can_grow(void)
{
    void *block = malloc(opaque(0));
    for (size_t n = 1; n < 3000; n += 77) {
        block = realloc(block, n);
        if (block == NULL)
            return false;
        memset(block, 0x5a, n);
    }
    free(block);
    return true;
}

int main(void)
{
    ok(malloc_usable_size(NULL) == 0, "usable_size_of_null_is_zero");
    ok(zero_sizes_are_unique_blocks(), "zero_sizes_are_unique_blocks (C6)");
    ok(realloc_to_zero_frees(1) && realloc_to_zero_frees(5000) && realloc_to_zero_frees(300000),
       "realloc_to_zero_frees_and_returns_null");
    ok(realloc_to_zero_does_not_leak(), "realloc_to_zero_does_not_leak");
    ok(reallocarray_to_zero_frees(), "reallocarray_to_zero_frees_and_returns_null");
    ok(zero_sized_block_can_grow(), "a_zero_sized_block_can_grow");
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
