/*
 * mallinfo.c - the numbers of mallinfo(3) belong together and follow what the program does,
 * to the byte where a block is too large for any cache.
 *
 * @test both
 */
#include "api.h"
#include "threads.h"

#include <pthread.h>

static bool belongs_together(struct mallinfo2 info)
{
    bool holds = info.arena == info.uordblks + info.fordblks;
    holds &= info.fsmblks <= info.fordblks && info.keepcost <= info.fordblks;
    holds &= (info.smblks == 0) == (info.fsmblks == 0);
    holds &= (info.hblks == 0) == (info.hblkhd == 0) && info.hblkhd % 4096 == 0;
    return holds && info.usmblks == 0 && info.ordblks >= 1;
}

static bool numbers_belong_together_during_a_storm(void)
{
    static void *blocks[500];
    uint64_t state = 1;
    for (int round = 0; round < 20000; round++) {
        size_t i = random_next(&state) % 500;
        free(blocks[i]);
        blocks[i] = malloc(random_next(&state) % (round % 50 == 0 ? 400000 : 3000));
        if (round % 100 == 0 && !belongs_together(mallinfo2()))
            return false;
    }
    for (size_t i = 0; i < 500; i++)
        free(blocks[i]);
    return belongs_together(mallinfo2());
}

/* 100,000 bytes are a chunk of 100,016, from the heap and past every cache. */
static bool a_large_block_is_counted_to_the_byte(void)
{
    struct mallinfo2 before = mallinfo2();
    void *block = malloc(100000);
    struct mallinfo2 held = mallinfo2();
    free(block);
    struct mallinfo2 after = mallinfo2();
    return block != NULL && held.uordblks == before.uordblks + 100016 &&
           after.uordblks == before.uordblks && held.hblks == before.hblks;
}

static bool a_mapped_block_is_counted_in_pages(void)
{
    struct mallinfo2 before = mallinfo2();
    void *block = malloc(40 * MIB);
    struct mallinfo2 held = mallinfo2();
    free(block);
    struct mallinfo2 after = mallinfo2();
    return held.hblks == before.hblks + 1 && held.hblkhd == before.hblkhd + 40 * MIB + 4096 &&
           held.arena == before.arena && after.hblks == before.hblks &&
           after.hblkhd == before.hblkhd;
}

static bool a_free_gap_is_counted(void)
{
    void *low = malloc(50000), *guard = malloc(5000);
    struct mallinfo2 before = mallinfo2();
    free(low);
    struct mallinfo2 after = mallinfo2();
    free(guard);
    return after.fordblks == before.fordblks + 50016 && after.ordblks == before.ordblks + 1;
}

static bool the_old_call_agrees(void)
{
    struct mallinfo2 wide = mallinfo2();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    struct mallinfo narrow = mallinfo();
#pragma GCC diagnostic pop
    return narrow.arena == (int)wide.arena && narrow.ordblks == (int)wide.ordblks &&
           narrow.smblks == (int)wide.smblks && narrow.hblks == (int)wide.hblks &&
           narrow.hblkhd == (int)wide.hblkhd && narrow.usmblks == 0 &&
           narrow.fsmblks == (int)wide.fsmblks && narrow.uordblks == (int)wide.uordblks &&
           narrow.fordblks == (int)wide.fordblks && narrow.keepcost == (int)wide.keepcost;
}

static void *hold_in_thread(void *held)
{
    *(void **)held = malloc(90000);
    return NULL;
}

/* The BUGS section of mallinfo(3) speaks of the main arena only; glibc 2.36 sums them all. */
static bool blocks_of_threads_are_counted(void)
{
    struct mallinfo2 before = mallinfo2();
    void *held = NULL;
    pthread_t thread;
    if (begin_thread(&thread, hold_in_thread, &held) != 0)
        return false;
    pthread_join(thread, NULL);
    struct mallinfo2 after = mallinfo2();
    free(held);
    return after.uordblks >= before.uordblks + 90016 && belongs_together(after);
}

static bool keepcost_is_what_trim_returns(void)
{
    free(malloc(100000));
    size_t releasable = mallinfo2().keepcost;
    size_t before = mallinfo2().arena;
    malloc_trim(0);
    size_t returned = before - mallinfo2().arena;
    return releasable >= 100000 && returned + 8192 >= releasable && returned <= releasable;
}

int main(void)
{
    free(malloc(1));
    ok(belongs_together(mallinfo2()), "numbers_belong_together_at_start");
    ok(a_large_block_is_counted_to_the_byte(), "a_large_block_is_counted_to_the_byte (C6)");
    ok(a_mapped_block_is_counted_in_pages(), "a_mapped_block_is_counted_in_pages (P3)");
    ok(a_free_gap_is_counted(), "a_free_gap_is_counted (C8)");
    ok(keepcost_is_what_trim_returns(), "keepcost_is_what_trim_returns (C10)");
    ok(numbers_belong_together_during_a_storm(), "numbers_belong_together_during_a_storm");
    ok(the_old_call_agrees(), "mallinfo_agrees_with_mallinfo2");
    ok(blocks_of_threads_are_counted(), "blocks_of_threads_are_counted");
    return done();
}
