/*
 * spans.c - blocks of 16 to 256 KiB that have earned rows of pages of their own, as a program sees
 * them: contents, usable sizes, what realloc and calloc do, what mallinfo2 tells, what it costs.
 */
#include "runs.h"
#include "threads.h"

enum { COUNT = 300 };

static char *blocks[COUNT];

static size_t size_of(size_t i)
{
    return SLOT_MAX + 1 + i * 7919 % (SPAN_MAX - SLOT_MAX);
}

static void take_all(void)
{
    for (size_t i = 0; i < COUNT; i++)
        blocks[i] = malloc(size_of(i));
}

static void free_all(void)
{
    for (size_t i = 0; i < COUNT; i++)
        free(blocks[i]);
}

/* The first mapping that is freed moves the threshold: what is above it is no span. */
static bool spans_are_earned(void)
{
    bool quiet = true, earned = true;
    free(malloc(4 * SPAN_MAX));
    take_all();
    for (size_t i = 0; i < COUNT; i++)
        quiet &= !is_span(blocks[i]);
    free_all();
    earn(3 * SLOT_MAX);
    take_all();
    for (size_t i = 0; i < COUNT; i++)
        earned &= is_span(blocks[i]);
    free_all();
    return quiet && earned;
}

static bool contents_are_kept(void)
{
    bool holds = true;
    for (size_t round = 0; round < 3; round++) {
        take_all();
        for (size_t i = 0; i < COUNT; i++)
            pattern_fill(blocks[i], malloc_usable_size(blocks[i]), i);
        for (size_t i = 0; i < COUNT; i++) {
            size_t usable = malloc_usable_size(blocks[i]);
            holds &= usable >= size_of(i) && pattern_holds(blocks[i], usable, usable, i);
        }
        free_all();
    }
    return holds;
}

static bool resize_once(size_t from, size_t to)
{
    char *before = malloc(from);
    size_t kept = from < to ? from : to;
    pattern_fill(before, kept, from ^ to);
    char *after = realloc(before, to);
    bool holds = after && malloc_usable_size(after) >= to && is_aligned(after, 16) &&
                 pattern_holds(after, kept, kept, from ^ to);
    if (!holds)
        note("realloc of %zu to %zu", from, to);
    memset(after, 1, malloc_usable_size(after));
    free(after);
    return holds;
}

/* From slots, spans, chunks of the heap and mappings to each of these. */
static bool realloc_keeps_contents(void)
{
    static const size_t sizes[] = {20,    4000,  16384, 16385,  20000,  24576,  24577,
                                   32768, 65536, 65537, 131072, 262144, 262145, 3000000};
    bool holds = true;
    for (size_t from = 0; from < sizeof sizes / sizeof *sizes; from++)
        for (size_t to = 0; to < sizeof sizes / sizeof *sizes; to++)
            holds &= resize_once(sizes[from], sizes[to]);
    return holds;
}

static bool shrinking_in_steps_gives_memory_back(void)
{
    bool holds = true;
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = malloc(SPAN_MAX);
        memset(blocks[i], 1, SPAN_MAX);
    }
    size_t full = resident();
    for (size_t i = 0; i < COUNT; i++)
        for (size_t n = SPAN_MAX; n >= 20000; n -= n / 8)
            blocks[i] = realloc(blocks[i], n);
    malloc_trim(0);
    size_t shrunk = resident();
    note("resident %zu KiB, %zu KiB", full / KIB, shrunk / KIB);
    for (size_t i = 0; i < COUNT; i++)
        holds &= blocks[i][0] == 1;
    free_all();
    return holds && shrunk < full / 3;
}

static bool calloc_clears(void)
{
    bool holds = true;
    for (size_t round = 0; round < 6; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            blocks[i] = calloc(size_of(i), 1);
            holds &= all_bytes_are(blocks[i], size_of(i), 0);
            memset(blocks[i], 0xff, malloc_usable_size(blocks[i]));
        }
        free_all();
        if (round % 2 == 1)
            malloc_trim(0);
    }
    return holds;
}

static bool aligned_blocks_are_aligned(void)
{
    bool holds = true;
    for (size_t alignment = 16; alignment <= MIB; alignment *= 4)
        for (size_t i = 0; i < COUNT; i++) {
            size_t n = size_of(i);
            char *block = aligned_alloc(alignment, n);
            holds &= is_aligned(block, alignment) && malloc_usable_size(block) >= n;
            block[0] = block[n - 1] = 1;
            free(block);
        }
    return holds;
}

static bool sums_agree(const struct mallinfo2 *m)
{
    return m->arena == m->uordblks + m->fordblks && m->fsmblks <= m->fordblks;
}

/* A block counts with whole pages while it is in use, and not at all when it is ready or free. */
static bool mallinfo_counts_spans(void)
{
    malloc_trim(0);
    struct mallinfo2 before = mallinfo2();
    size_t usable = 0;
    take_all();
    for (size_t i = 0; i < COUNT; i++)
        usable += malloc_usable_size(blocks[i]);
    struct mallinfo2 full = mallinfo2();
    free_all();
    struct mallinfo2 after = mallinfo2();
    malloc_trim(0);
    struct mallinfo2 trimmed = mallinfo2();
    note("in use %zu, %zu (%zu), %zu, %zu", before.uordblks, full.uordblks, usable, after.uordblks,
         trimmed.uordblks);
    return sums_agree(&before) && sums_agree(&full) && sums_agree(&after) && sums_agree(&trimmed) &&
           full.uordblks == before.uordblks + usable && after.uordblks == before.uordblks &&
           trimmed.uordblks == before.uordblks && after.fsmblks > before.fsmblks &&
           trimmed.fsmblks <= before.fsmblks && full.hblks == before.hblks;
}

static bool mallinfo_follows_realloc(void)
{
    struct mallinfo2 before = mallinfo2();
    char *block = malloc(200000);
    struct mallinfo2 taken = mallinfo2();
    block = realloc(block, 150000);
    struct mallinfo2 smaller = mallinfo2();
    free(block);
    struct mallinfo2 after = mallinfo2();
    return taken.uordblks - before.uordblks == (200000 + 4095) / 4096 * 4096 &&
           smaller.uordblks - before.uordblks == (150000 + 4095) / 4096 * 4096 &&
           after.uordblks == before.uordblks;
}

static bool trim_returns_them(void)
{
    take_all();
    for (size_t i = 0; i < COUNT; i++)
        memset(blocks[i], 1, size_of(i));
    size_t full = resident();
    free_all();
    bool said = malloc_trim(0) == 1;
    size_t trimmed = resident();
    note("resident %zu KiB, trimmed %zu KiB", full / KIB, trimmed / KIB);
    return said && trimmed + 20 * MIB < full;
}

static void *hand_over(void *unused)
{
    take_all();
    for (size_t i = 0; i < COUNT; i++)
        pattern_fill(blocks[i], size_of(i), i);
    return unused;
}

static bool others_free_them(void)
{
    bool holds = true;
    struct mallinfo2 before = mallinfo2();
    for (size_t round = 0; round < 10; round++) {
        pthread_t maker;
        holds &= begin_thread(&maker, hand_over, NULL) == 0;
        pthread_join(maker, NULL);
        for (size_t i = 0; i < COUNT; i++)
            holds &= pattern_holds(blocks[i], size_of(i), size_of(i), i);
        free_all();
    }
    struct mallinfo2 after = mallinfo2();
    return holds && sums_agree(&after) && after.uordblks <= before.uordblks + 16 * KIB;
}

int main(void)
{
    if (!on_ashlar()) {
        tap_print("1..0 # SKIP spans are ashlar's\n");
        return 0;
    }
    ok(spans_are_earned(), "larger_blocks_earn_spans_by_coming_again");
    ok(contents_are_kept(), "all_of_a_span_can_be_used_and_is_its_own");
    ok(realloc_keeps_contents(), "realloc_keeps_contents_from_and_to_spans");
    ok(shrinking_in_steps_gives_memory_back(), "shrinking_in_steps_gives_memory_back");
    ok(calloc_clears(), "calloc_clears_used_spans");
    ok(aligned_blocks_are_aligned(), "aligned_blocks_are_aligned");
    ok(mallinfo_counts_spans(), "mallinfo2_counts_spans_in_whole_pages");
    ok(mallinfo_follows_realloc(), "also_when_they_are_resized");
    ok(trim_returns_them(), "malloc_trim_returns_free_spans (M11)");
    ok(others_free_them(), "blocks_of_other_threads_can_be_freed");
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
