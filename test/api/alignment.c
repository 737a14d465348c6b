/*
 * alignment.c - every block is aligned to 16, or to 8 where 8 bytes are enough (eight_bytes.c makes
 * them so), an aligned one to what was asked, from 1 byte to 64 MiB; wrong alignments are refused
 * as posix_memalign(3) says.
 *
 * @test both
 */
#include "api.h"

static size_t least_alignment(size_t n)
{
    return n <= 8 ? 8 : 16;
}

static bool every_size_is_aligned(void)
{
    for (size_t n = 0; n < 3000; n++) {
        void *blocks[] = {malloc(n), calloc(1, n), realloc(malloc(n / 2 + 1), n + 1)};
        for (size_t i = 0; i < 3; i++) {
            if (blocks[i] == NULL || !is_aligned(blocks[i], least_alignment(n)))
                return false;
            free(blocks[i]);
        }
    }
    return true;
}

static bool large_sizes_are_aligned_to_16(void)
{
    for (size_t n = 4096; n <= 512 * MIB; n = n * 5 / 4) {
        void *block = malloc(n);
        if (block == NULL || !is_aligned(block, 16) || malloc_usable_size(block) < n)
            return false;
        free(block);
    }
    return true;
}

/* The block stands at the alignment and bears writing at both of its ends. */
static bool serves(void *block, size_t alignment, size_t n)
{
    if (block == NULL || !is_aligned(block, alignment) || !is_aligned(block, least_alignment(n)))
        return false;
    size_t usable = malloc_usable_size(block);
    if (usable < n)
        return false;
    size_t edge = usable < 4096 ? usable : 4096;
    memset(block, 0x11, edge);
    memset((char *)block + usable - edge, 0x22, edge);
    return true;
}

static bool aligned_doors_serve(size_t alignment, size_t n)
{
    void *blocks[3] = {memalign(alignment, n), aligned_alloc(alignment, n), NULL};
    size_t least = alignment < sizeof(void *) ? sizeof(void *) : alignment;
    bool holds = posix_memalign(&blocks[2], least, n) == 0;
    for (size_t i = 0; i < 3; i++)
        holds = holds && serves(blocks[i], alignment, n);
    for (size_t i = 0; i < 3; i++)
        free(blocks[i]);
    return holds;
}

static bool aligned_blocks_stand_at(size_t alignment)
{
    static const size_t sizes[] = {0,    1,    8,    24,    25,     100,    1000,   1032,
                                   1033, 4080, 4096, 65000, 130000, 131072, 200000, 3 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (!aligned_doors_serve(alignment, sizes[i]))
            return false;
    return true;
}

/* Lead and tail of an aligned cut are used again: 200 of them live side by side, each whole. */
static bool aligned_blocks_do_not_overlap(size_t alignment)
{
    enum { COUNT = 200 };
    void *blocks[COUNT];
    bool holds = true;
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = memalign(alignment, 16 * i + 1);
        if (blocks[i] == NULL)
            return false;
        pattern_fill(blocks[i], malloc_usable_size(blocks[i]), i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        size_t usable = malloc_usable_size(blocks[i]);
        holds &= pattern_holds(blocks[i], usable, usable, i);
        free(blocks[i]);
    }
    return holds;
}

static bool page_doors_stand_at_pages(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t n = 0; n < 5 * page; n += 100) {
        void *whole = pvalloc(n), *block = valloc(n);
        bool holds = serves(block, page, n) && serves(whole, page, n);
        holds = holds && malloc_usable_size(whole) >= (n + page - 1) / page * page;
        free(block);
        free(whole);
        if (!holds)
            return false;
    }
    return true;
}

static bool posix_memalign_refuses(size_t alignment)
{
    void *block = &block;
    errno = ERANGE;
    int result = posix_memalign(&block, opaque(alignment), 100);
    return result == EINVAL && block == &block && errno == ERANGE;
}

static bool wrong_alignments_are_refused(void)
{
    static const size_t wrong[] = {0, 1, 2, 3, 4, 7, 9, 12, 24, 100, 4095, 4097, SIZE_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (!posix_memalign_refuses(wrong[i]))
            return false;
    return true;
}

/* glibc before 2.38 rounds the alignment up, later ones refuse it: C11 and C17 allow both. */
static bool odd_alignments_are_rounded_or_refused(void)
{
    for (size_t alignment = 3; alignment < 5000; alignment = alignment * 3 / 2 + 1) {
        errno = 0;
        void *block = aligned_alloc(opaque(alignment), 100);
        size_t least = alignment & ~(alignment - 1);
        bool holds = block == NULL ? errno == EINVAL : is_aligned(block, least);
        free(block);
        block = memalign(opaque(alignment), 100);
        holds = holds && (block == NULL || is_aligned(block, 16));
        free(block);
        if (!holds)
            return false;
    }
    return true;
}

/* C17: aligned_alloc takes any size, multiple of the alignment or not. */
static bool aligned_blocks_can_be_resized(void)
{
    for (size_t alignment = 32; alignment <= MIB; alignment *= 2) {
        void *block = aligned_alloc(alignment, 1000);
        if (block == NULL)
            return false;
        pattern_fill(block, 1000, alignment);
        block = realloc(block, 100000);
        if (block == NULL || !pattern_holds(block, 1000, 1000, alignment))
            return false;
        block = realloc(block, 10);
        if (block == NULL || !pattern_holds(block, 10, 1000, alignment))
            return false;
        free(block);
    }
    return true;
}

int main(void)
{
    ok(every_size_is_aligned(), "every_size_is_aligned_to_16_or_8 (C5)");
    ok(large_sizes_are_aligned_to_16(), "large_sizes_are_aligned_to_16 (P3)");
    for (size_t alignment = 1; alignment <= 64 * MIB; alignment *= 2)
        ok(aligned_blocks_stand_at(alignment), "blocks_stand_at_alignment_%zu", alignment);
    for (size_t alignment = 32; alignment <= 64 * KIB; alignment *= 8)
        ok(aligned_blocks_do_not_overlap(alignment), "no_overlap_at_alignment_%zu", alignment);
    ok(page_doors_stand_at_pages(), "valloc_and_pvalloc_stand_at_pages");
    ok(wrong_alignments_are_refused(), "posix_memalign_refuses_wrong_alignments_untouched");
    ok(odd_alignments_are_rounded_or_refused(), "odd_alignments_are_rounded_up_or_refused");
    ok(aligned_blocks_can_be_resized(), "aligned_blocks_can_be_resized");
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
