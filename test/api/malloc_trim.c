/*
 * malloc_trim.c - malloc_trim(3) lowers the break to the pad, returns the whole pages inside
 * free chunks of every arena (glibc 2.8), and says whether it did anything.
 *
 * @test both
 */
#include "api.h"
#include "threads.h"

#include <pthread.h>

static size_t break_bytes(void)
{
    return (size_t)(uintptr_t)sbrk(0);
}

static bool top_goes_back_to_the_pad(void)
{
    void *block = malloc(100000);
    free(block);
    size_t before = break_bytes();
    bool first = malloc_trim(64 * KIB) == 1;
    size_t padded = break_bytes();
    bool second = malloc_trim(0) == 1;
    size_t bare = break_bytes();
    return first && second && padded < before && padded - bare >= 60 * KIB &&
           padded - bare <= 72 * KIB;
}

/* What lies between: too large for a slot of a run, which would stand elsewhere. */
enum { BETWEEN = 1100 };

/* Blocks of 3 pages under live ones: only pages inside can go, addresses stay. */
static void *hold_and_trim(void *result)
{
    enum { BLOCKS = 2000 };
    static _Thread_local char *blocks[2 * BLOCKS];
    for (size_t i = 0; i < 2 * BLOCKS; i++) {
        blocks[i] = malloc(i % 2 ? BETWEEN : 16000);
        memset(blocks[i], (int)(i % 2 ? 0x33 : 0x44), i % 2 ? BETWEEN : 16000);
    }
    for (size_t i = 0; i < 2 * BLOCKS; i += 2)
        free(blocks[i]);
    size_t before = resident();
    bool holds = malloc_trim(0) == 1;
    size_t after = resident();
    for (size_t i = 1; i < 2 * BLOCKS; i += 2)
        holds &= all_bytes_are(blocks[i], BETWEEN, 0x33);
    if (before < after + 12 * MIB)
        note("resident before %zu KiB, after %zu KiB", before / KIB, after / KIB);
    holds &= before >= after + 12 * MIB;
    for (size_t i = 1; i < 2 * BLOCKS; i += 2)
        free(blocks[i]);
    *(bool *)result = holds;
    return NULL;
}

static bool holds_in_thread(void)
{
    pthread_t thread;
    bool holds = false;
    if (begin_thread(&thread, hold_and_trim, &holds) != 0)
        return false;
    pthread_join(thread, NULL);
    return holds;
}

static bool holds_in_main(void)
{
    bool holds = false;
    hold_and_trim(&holds);
    return holds;
}

/* On a heap of one block: the first call lowers the break, the second finds nothing. */
static bool nothing_to_do_is_said(void)
{
    void *block = malloc(1);
    bool holds = block != NULL && malloc_trim(0) == 1 && malloc_trim(0) == 0;
    free(block);
    return holds;
}

static bool trimmed_memory_serves_again(void)
{
    bool holds = true;
    for (int round = 0; round < 20; round++) {
        void *block = calloc(1, 120000);
        holds &= block != NULL && all_bytes_are(block, 120000, 0);
        memset(block, 0xff, 120000);
        free(block);
        malloc_trim(0);
    }
    return holds;
}

int main(void)
{
    ok(nothing_to_do_is_said(), "trim_says_0_when_there_is_nothing_to_do");
    ok(top_goes_back_to_the_pad(), "the_top_goes_back_to_the_pad (M6)");
    ok(holds_in_main(), "whole_free_pages_of_the_main_arena_go_back (M11)");
    ok(holds_in_thread(), "whole_free_pages_of_a_thread_arena_go_back (R12)");
    ok(trimmed_memory_serves_again(), "trimmed_memory_serves_again");
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
