/*
 * calloc.c - calloc's memory is zero, whatever lay there before, at every size and in every
 * kind of memory; fresh memory is not touched for it (P6).
 *
 * @test both
 */
#include "api.h"
#include "threads.h"

#include <pthread.h>
#include <sys/resource.h>

/* Leave 0xee in blocks of this size: freed to caches, bins, top or the kernel. */
static void dirty(size_t n, size_t count)
{
    void *blocks[64];
    for (size_t i = 0; i < count; i++) {
        blocks[i] = malloc(n);
        if (blocks[i] != NULL)
            memset(blocks[i], 0xee, malloc_usable_size(blocks[i]));
    }
    for (size_t i = 0; i < count; i++)
        free(blocks[i]);
}

static bool is_zero_after_dirt(size_t n, size_t count)
{
    void *blocks[64];
    bool holds = true;
    dirty(n, count);
    for (size_t i = 0; i < count; i++) {
        blocks[i] = i % 2 ? calloc(1, n) : calloc(n, 1);
        holds &= blocks[i] != NULL && all_bytes_are(blocks[i], n, 0);
        if (blocks[i] != NULL)
            memset(blocks[i], 0xdd, malloc_usable_size(blocks[i]));
    }
    for (size_t i = 0; i < count; i++)
        free(blocks[i]);
    return holds;
}

static bool small_sizes_are_zero(void)
{
    for (size_t n = 0; n <= 5000; n++)
        if (!is_zero_after_dirt(n, 6))
            return false;
    return true;
}

static bool large_sizes_are_zero(void)
{
    for (size_t n = 5000; n < 80 * MIB; n = n * 4 / 3)
        if (!is_zero_after_dirt(n, n < 100000 ? 20 : 2))
            return false;
    return true;
}

/* The whole usable size of products, not only of 1 x n. */
static bool products_are_zero(void)
{
    for (size_t count = 0; count < 60; count++)
        for (size_t n = 0; n < 60; n++) {
            dirty(count * n, 2);
            unsigned char *block = calloc(count, n);
            bool holds = block != NULL && all_bytes_are(block, count * n, 0);
            free(block);
            if (!holds)
                return false;
        }
    return true;
}

/* The break falls and rises again over the same addresses, and part of them stays dirty. */
static bool memory_that_left_and_came_back_is_zero(void)
{
    for (int round = 0; round < 20; round++) {
        dirty(100000, 30);
        malloc_trim(round % 2 ? 0 : 64 * KIB);
        for (size_t n = 90000; n < 125000; n += 5000)
            if (!is_zero_after_dirt(n, 10))
                return false;
    }
    return true;
}

static void *zero_in_thread(void *unused)
{
    (void)unused;
    bool holds = true;
    for (size_t n = 1; n < 2 * MIB; n = n * 3 / 2 + 1)
        holds &= is_zero_after_dirt(n, 8);
    return holds ? (void *)1 : NULL;
}

static bool thread_memory_is_zero(void)
{
    pthread_t thread;
    void *result = NULL;
    if (begin_thread(&thread, zero_in_thread, NULL) != 0)
        return false;
    pthread_join(thread, &result);
    return result != NULL;
}

static long minor_faults(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

/* 64 MiB are 16,384 pages; clearing them would cost a fault each, or one per 2 MiB huge page. */
static bool fresh_mapped_memory_is_not_touched(void)
{
    long before = minor_faults();
    char *block = calloc(64, MIB);
    long after = minor_faults();
    bool holds = block != NULL && after - before < 16 && block[0] == 0 && block[64 * MIB - 1] == 0;
    free(block);
    return holds;
}

int main(void)
{
    ok(fresh_mapped_memory_is_not_touched(), "fresh_mapped_memory_is_not_touched (P6 V6)");
    ok(small_sizes_are_zero(), "sizes_0_to_5000_are_zero_after_dirt");
    ok(large_sizes_are_zero(), "large_sizes_are_zero_after_dirt");
    ok(products_are_zero(), "products_are_zero");
    ok(memory_that_left_and_came_back_is_zero(), "memory_that_left_and_came_back_is_zero (M6)");
    ok(thread_memory_is_zero(), "thread_memory_is_zero");
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
