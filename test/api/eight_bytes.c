/*
 * eight_bytes.c - what fits in 8 bytes may stand 8 apart, and needs no more alignment than that
 * (C11 DR 445, C23 7.24.3); every other block is aligned to 16, and whoever asks for an alignment
 * gets it, also after slots of 8 bytes have been earned.
 */
#include "runs.h"
#include "threads.h"

enum { COUNT = 4000 };

static void *blocks[COUNT];

static void free_all(void)
{
    for (size_t i = 0; i < COUNT; i++)
        free(blocks[i]);
}

static bool eight_bytes_are_earned(void)
{
    size_t slots = 0;
    earn(8);
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = malloc(1 + i % 8);
        slots += malloc_usable_size(blocks[i]) == 8;
    }
    free_all();
    return slots == COUNT;
}

/* Every byte of every block is its own. */
static bool neighbours_do_not_overlap(void)
{
    bool holds = true;
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = i % 2 ? malloc(1 + i % 8) : calloc(1 + i % 8, 1);
        holds &= is_aligned(blocks[i], 8) && (i % 2 || all_bytes_are(blocks[i], 1 + i % 8, 0));
        memset(blocks[i], (int)i, malloc_usable_size(blocks[i]));
    }
    for (size_t i = 0; i < COUNT; i++)
        holds &= all_bytes_are(blocks[i], malloc_usable_size(blocks[i]), (unsigned char)i);
    free_all();
    return holds;
}

static bool nine_bytes_are_aligned_to_16(void)
{
    bool holds = true;
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = malloc(9 + i % 24);
        holds &= is_aligned(blocks[i], 16);
    }
    free_all();
    return holds;
}

typedef void *taker(size_t alignment, size_t n);

static void *by_posix_memalign(size_t alignment, size_t n)
{
    void *block = NULL;
    return posix_memalign(&block, alignment, n) == 0 ? block : NULL;
}

/* No size is so small that an alignment is forgotten. */
static bool alignment_is_kept(taker *take)
{
    bool holds = true;
    for (size_t alignment = 8; alignment <= 64; alignment *= 2)
        for (size_t n = 0; n <= 17; n++) {
            for (size_t i = 0; i < 200; i++) {
                blocks[i] = take(alignment, opaque(n));
                holds &= blocks[i] && is_aligned(blocks[i], alignment) &&
                         malloc_usable_size(blocks[i]) >= n;
                memset(blocks[i], (int)i, malloc_usable_size(blocks[i]));
            }
            for (size_t i = 0; i < 200; i++) {
                holds &= all_bytes_are(blocks[i], malloc_usable_size(blocks[i]), (unsigned char)i);
                free(blocks[i]);
            }
        }
    return holds;
}

/* glibc's malloc_usable_size may be more; ashlar's is the slot. */
static bool all_that_is_usable_can_be_written(void)
{
    bool holds = true;
    for (size_t n = 1; n <= 16; n++) {
        void *block = malloc(n);
        size_t usable = malloc_usable_size(block);
        holds &= usable >= n && (!on_ashlar() || n > 8 || usable == 8);
        memset(block, 0xa5, usable);
        free(block);
    }
    return holds && malloc_usable_size(NULL) == 0;
}

static bool resize_keeps(size_t from, size_t to)
{
    unsigned char *before = malloc(from), *after;
    size_t kept = from < to ? from : to;
    pattern_fill(before, from, from);
    after = realloc(before, to);
    bool holds = after && is_aligned(after, alignment_of(to)) && malloc_usable_size(after) >= to &&
                 pattern_holds(after, kept, from, from);
    free(after);
    return holds;
}

static bool realloc_crosses_8_and_16(void)
{
    bool holds = true;
    for (size_t from = 1; from <= 40; from++)
        for (size_t to = 1; to <= 40; to++)
            for (size_t again = 0; again < 8; again++)
                holds &= resize_keeps(from, to);
    return holds;
}

/* One that has shrunk to 8 bytes or less and grows again is aligned like any other of its size. */
static bool realloc_aligns_what_grows(void)
{
    bool holds = true;
    for (size_t i = 0; i < COUNT; i++)
        blocks[i] = malloc(5);
    for (size_t n = 1; n <= 64; n = n < 32 ? n + 1 : n + 16)
        for (size_t i = 0; i < COUNT; i += 7) {
            blocks[i] = realloc(blocks[i], n);
            holds &= is_aligned(blocks[i], alignment_of(n));
        }
    free_all();
    return holds;
}

static bool nothing_is_unique(void)
{
    bool holds = true;
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = malloc(opaque(0));
        holds &= blocks[i] && is_aligned(blocks[i], 8) && (i == 0 || blocks[i] != blocks[i - 1]);
        memset(blocks[i], (int)i, malloc_usable_size(blocks[i]));
    }
    for (size_t i = 0; i < COUNT; i++)
        holds &= all_bytes_are(blocks[i], malloc_usable_size(blocks[i]), (unsigned char)i);
    free_all();
    return holds;
}

static void *hand_over(void *unused)
{
    for (size_t i = 0; i < COUNT; i++)
        blocks[i] = malloc(1 + i % 8);
    return unused;
}

/* Slots of 8 bytes have room for no more than one link on their way home. */
static bool foreign_ones_go_home(void)
{
    bool holds = true;
    for (size_t round = 0; round < 20; round++) {
        pthread_t maker;
        holds &= begin_thread(&maker, hand_over, NULL) == 0;
        pthread_join(maker, NULL);
        free_all();
    }
    return holds && heap_is_sound();
}

int main(void)
{
    if (on_ashlar())
        ok(eight_bytes_are_earned(), "what_fits_in_8_bytes_costs_8 (D4)");
    ok(neighbours_do_not_overlap(), "neighbours_do_not_overlap");
    ok(nine_bytes_are_aligned_to_16(), "9_bytes_are_aligned_to_16 (C5)");
    ok(alignment_is_kept(by_posix_memalign), "posix_memalign_aligns_1_to_16_bytes");
    ok(alignment_is_kept(aligned_alloc), "aligned_alloc_does");
    ok(alignment_is_kept(memalign), "memalign_does");
    ok(all_that_is_usable_can_be_written(), "all_that_is_usable_can_be_written");
    ok(realloc_crosses_8_and_16(), "realloc_keeps_contents_across_8_and_16");
    ok(realloc_aligns_what_grows(), "and_aligns_what_grows");
    ok(nothing_is_unique(), "malloc_of_0_is_unique_and_can_be_written");
    ok(foreign_ones_go_home(), "those_of_other_threads_go_home");
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
