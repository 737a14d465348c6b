/*
 * realloc.c - content survives every kind of move: up into the next free chunk, up into top,
 * down in place, from heap to mapping and back, and from mapping to mapping (P6).
 *
 * @test both
 */
#include "api.h"

static const size_t sizes[] = {1,      8,       24,      25,     40,     100,    500,
                               1000,   1032,    1033,    1040,   4000,   4096,   5000,
                               30000,  65536,   100000,  131000, 131072, 135168, 200000,
                               300000, 1 << 20, 5 << 20, 9 << 20};

enum { SIZES = sizeof sizes / sizeof *sizes };

/* From one size to another, and what both have in common is kept; then back again. */
static bool content_survives(size_t from, size_t to)
{
    size_t common = from < to ? from : to;
    void *block = malloc(from);
    if (block == NULL)
        return false;
    pattern_fill(block, from, from);
    block = realloc(block, to);
    if (block == NULL || malloc_usable_size(block) < to || !is_aligned(block, 16))
        return false;
    bool holds = pattern_holds(block, common, from, from);
    pattern_fill(block, to, to);
    block = realloc(block, from);
    holds = holds && block != NULL && pattern_holds(block, common, to, to);
    free(block);
    return holds;
}

static bool content_survives_between_all_sizes(void)
{
    for (size_t i = 0; i < SIZES; i++)
        for (size_t j = 0; j < SIZES; j++)
            if (!content_survives(sizes[i], sizes[j])) {
                note("from %zu to %zu", sizes[i], sizes[j]);
                return false;
            }
    return true;
}

/* Three large blocks in a row, the middle one freed: the first can swallow it where it stands. */
static bool grows_into_the_next_free_chunk(void)
{
    char *first = malloc(20000), *middle = malloc(20000), *last = malloc(20000);
    if (first == NULL || middle == NULL || last == NULL)
        return false;
    bool adjacent = middle == first + 20016 && last == middle + 20016;
    pattern_fill(first, 20000, 1);
    pattern_fill(last, 20000, 3);
    free(middle);
    char *volatile grown = realloc(first, 35000);
    bool holds = adjacent && (uintptr_t)grown == (uintptr_t)launder(first);
    holds = holds && pattern_holds(grown, 20000, 20000, 1);
    pattern_fill(grown, malloc_usable_size(grown), 2);
    holds = holds && pattern_holds(last, 20000, 20000, 3);
    free(grown);
    free(last);
    return holds;
}

/* The last block before top grows in place, even when top has to be grown for it. */
static bool grows_into_top(void)
{
    char *block = malloc(50000);
    uintptr_t place = (uintptr_t)block;
    if (block == NULL)
        return false;
    pattern_fill(block, 50000, 4);
    block = realloc(block, 100000);
    bool holds = (uintptr_t)block == place && pattern_holds(block, 50000, 50000, 4);
    free(block);
    return holds;
}

/* The tail that a shrink leaves is free again: a block of its size fits between. */
static bool shrinks_in_place(void)
{
    char *block = malloc(40000), *guard = malloc(5000);
    uintptr_t place = (uintptr_t)block;
    if (block == NULL || guard == NULL)
        return false;
    pattern_fill(block, 40000, 5);
    block = realloc(block, 10000);
    char *tail = malloc(20000);
    bool holds = (uintptr_t)block == place && pattern_holds(block, 10000, 40000, 5);
    holds = holds && tail > block && tail < guard;
    free(tail);
    free(block);
    free(guard);
    return holds;
}

static bool same_size_stays(void)
{
    for (size_t i = 0; i < SIZES; i++) {
        void *block = malloc(sizes[i]);
        uintptr_t place = (uintptr_t)block;
        block = realloc(block, sizes[i]);
        bool holds = (uintptr_t)block == place;
        free(block);
        if (!holds)
            return false;
    }
    return true;
}

/* Each step moves pages, not bytes: 64 MiB grow to 1 GiB of address space at no cost in RSS. */
static bool mapped_blocks_grow_by_moving_pages(void)
{
    size_t n = 64 * MIB;
    char *block = malloc(n);
    if (block == NULL)
        return false;
    pattern_fill(block, 4096, 6);
    while (n < 1024 * MIB) {
        n += 64 * MIB;
        block = realloc(block, n);
        if (block == NULL || !pattern_holds(block, 4096, 4096, 6))
            return false;
        block[n - 1] = 1;
    }
    block = realloc(block, 300000);
    bool holds = block != NULL && pattern_holds(block, 4096, 4096, 6);
    free(block);
    return holds;
}

static bool null_is_malloc(void)
{
    for (size_t i = 0; i < SIZES; i++) {
        void *block = realloc(NULL, sizes[i]), *array = reallocarray(NULL, 1, sizes[i]);
        bool holds = block != NULL && array != NULL && block != array;
        free(block);
        free(array);
        if (!holds)
            return false;
    }
    return true;
}

/* A list that grows one by one, the commonest use, among others that do the same. */
static bool lists_grow_side_by_side(void)
{
    enum { LISTS = 10, LENGTH = 3000 };
    static uint32_t *lists[LISTS];
    for (uint32_t length = 1; length <= LENGTH; length++)
        for (size_t i = 0; i < LISTS; i++) {
            lists[i] = reallocarray(lists[i], length, sizeof(uint32_t));
            if (lists[i] == NULL)
                return false;
            lists[i][length - 1] = length * 31 + (uint32_t)i;
        }
    bool holds = true;
    for (size_t i = 0; i < LISTS; i++) {
        for (uint32_t j = 0; j < LENGTH; j++)
            holds &= lists[i][j] == (j + 1) * 31 + (uint32_t)i;
        free(lists[i]);
    }
    return holds;
}

/* 200 blocks resized at random, 50,000 times; each keeps its pattern. */
static bool random_resizing_keeps_content(void)
{
    enum { BLOCKS = 200 };
    static void *blocks[BLOCKS];
    static size_t lengths[BLOCKS];
    uint64_t state = 42;
    for (int round = 0; round < 50000; round++) {
        size_t i = random_next(&state) % BLOCKS;
        size_t n = 1 + random_next(&state) % (1u << (4 + random_next(&state) % 12));
        size_t common = n < lengths[i] ? n : lengths[i];
        blocks[i] = realloc(blocks[i], n);
        if (blocks[i] == NULL || !pattern_holds(blocks[i], common, lengths[i], i))
            return false;
        pattern_fill(blocks[i], n, i);
        lengths[i] = n;
    }
    for (size_t i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return true;
}

int main(void)
{
    ok(grows_into_the_next_free_chunk(), "realloc_grows_into_the_next_free_chunk (C9)");
    ok(grows_into_top(), "realloc_grows_into_top (C10)");
    ok(shrinks_in_place(), "realloc_shrinks_in_place_and_frees_the_tail");
    ok(content_survives_between_all_sizes(), "content_survives_between_all_sizes (P6)");
    ok(same_size_stays(), "realloc_to_the_same_size_stays");
    ok(mapped_blocks_grow_by_moving_pages(), "mapped_blocks_grow_by_moving_pages (P6)");
    ok(null_is_malloc(), "realloc_of_null_is_malloc");
    ok(lists_grow_side_by_side(), "lists_grow_side_by_side");
    ok(random_resizing_keeps_content(), "random_resizing_keeps_content");
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
