/*
 * Chunks with a mapping of their own.  P1-P3, P5 (dynamic threshold, frozen by settings), P6
 * (mremap; zero), R7; counters; refusals.
 *
 * @test inject
 */
#include "refuse.h"
#include "unit.h"

#include "mapped.h"
#include "tune.h"

#include <sys/mman.h>

static bool is_mapped(const void *page)
{
    unsigned char in_memory;
    return mincore((void *)(uintptr_t)page, 1, &in_memory) == 0;
}

static void a_mapped_chunk_is_whole_pages(void)
{
    struct mapped_count before = mapped_counted(), now;
    size_t page = sys_page(), size = 200 * KIB + 16;
    struct chunk *c = mapped_take(size);
    ok(c && is_aligned(c, page) && mapped_start(c) == (char *)c, "it_begins_with_a_page (P3)");
    ok(chunk_is_mapped(c) && chunk_flags(c) == CHUNK_MAPPED && c->prev_size == 0,
       "only_M_is_set (P3 C4)");
    ok(mapped_length(c) == align_up(size + WORD, page) && chunk_size(c) == mapped_length(c),
       "it_is_rounded_to_pages (P3)");
    ok(chunk_usable(c) >= size - WORD, "it_has_room_for_what_was_asked");
    ok(all_bytes_are(chunk_user(c), chunk_usable(c), 0), "it_is_zero (P6)");
    now = mapped_counted();
    ok(now.chunks == before.chunks + 1 && now.bytes == before.bytes + mapped_length(c) &&
           now.chunks_max >= now.chunks && now.bytes_max >= now.bytes,
       "it_is_counted");
    mapped_put(c);
    struct mapped_count after = mapped_counted();
    ok(!is_mapped(c) && after.chunks == before.chunks && after.bytes == before.bytes &&
           after.bytes_max == now.bytes_max,
       "it_vanishes_when_put (P1 V8)");
}

static void an_exact_page_needs_another_word(void)
{
    struct chunk *c = mapped_take(64 * KIB);
    ok(c && mapped_length(c) == 64 * KIB + sys_page() && chunk_usable(c) >= 64 * KIB - WORD,
       "the_word_borrowed_from_above_is_its_own");
    mapped_put(c);
}

static void the_threshold_rises(void)
{
    size_t start = mapped_threshold();
    ok(start == 128 * KIB, "the_threshold_begins_at_128_KiB (P1)");
    struct chunk *c = mapped_take(HEAP_MAX / 4);
    size_t size = chunk_size(c);
    ok(mapped_threshold() == start, "taking_does_not_raise_it");
    mapped_put(c);
    ok(mapped_threshold() == size, "it_rises_to_the_size_of_what_is_freed (P5)");
    mapped_put(mapped_take(200 * KIB));
    ok(mapped_threshold() == size, "it_never_falls (P5)");
    mapped_put(mapped_take(HEAP_MAX / 2 + MIB));
    ok(mapped_threshold() == size, "not_beyond_half_a_heap (P5)");
    struct tune saved = tune;
    tune.thresholds_fixed = true;
    tune.mmap_threshold = 300 * KIB;
    mapped_put(mapped_take(2 * MIB));
    ok(mapped_threshold() == 300 * KIB, "a_setting_freezes_it (P2 P5)");
    tune = saved;
    ok(mapped_threshold() == size, "and_hides_nothing");
}

static void no_more_than_mmap_max(void)
{
    size_t saved = tune.mmap_max, there = mapped_counted().chunks;
    tune.mmap_max = there + 1;
    struct chunk *one = mapped_take(200 * KIB), *two = mapped_take(200 * KIB);
    ok(one && !two && mapped_counted().chunks == there + 1, "mmap_max_is_kept (P2)");
    mapped_put(one);
    tune.mmap_max = 0;
    ok(!mapped_take(200 * KIB) && mapped_counted().chunks == there, "0_turns_mappings_off (P2)");
    tune.mmap_max = saved;
}

static void an_aligned_chunk_begins_further_in(void)
{
    size_t right = 0, tried = 0;
    for (size_t alignment = 32; alignment <= 4 * MIB; alignment *= 2) {
        struct chunk *c = mapped_take(100 * KIB + alignment + CHUNK_MIN);
        char *start = mapped_start(c);
        size_t length = mapped_length(c);
        c = mapped_align(c, alignment);
        tried++;
        right += is_aligned(chunk_user(c), alignment) && mapped_start(c) == start &&
                 mapped_length(c) == length && chunk_usable(c) >= 100 * KIB - WORD &&
                 (char *)chunk_user(c) + chunk_usable(c) <= start + length;
        memset(chunk_user(c), 1, chunk_usable(c));
        mapped_put(c);
        right -= is_mapped(start);
    }
    ok(right == tried, "alignments_up_to_4_MiB_are_kept_and_unmapped_whole");
}

static void a_mapping_is_resized(void)
{
    struct chunk *c = mapped_take(200 * KIB);
    size_t bytes = mapped_counted().bytes - mapped_length(c), n = 200 * KIB - WORD;
    pattern_fill(chunk_user(c), n, 7);
    ok(mapped_resize(c, 200 * KIB + 64) == c, "the_same_pages_stay_where_they_are");
    c = mapped_resize(c, 9 * MIB);
    ok(c && chunk_usable(c) >= 9 * MIB - WORD && pattern_holds(chunk_user(c), n, n, 7),
       "it_grows_with_its_contents (P6)");
    ok(mapped_counted().bytes == bytes + mapped_length(c), "growth_is_counted");
    refuse_all();
    struct chunk *refused = mapped_resize(c, 20 * MIB);
    refuse_none();
    ok(!refused && pattern_holds(chunk_user(c), n, n, 7) &&
           mapped_counted().bytes == bytes + mapped_length(c),
       "a_refusal_changes_nothing");
    ok(!mapped_resize(c, PTRDIFF_MAX - 15) && !mapped_resize(c, SIZE_MAX - 63),
       "no_size_overflows");
    c = mapped_resize(c, 140 * KIB);
    ok(c && chunk_size(c) < 150 * KIB && pattern_holds(chunk_user(c), 100 * KIB, n, 7),
       "it_shrinks_with_its_contents (P6)");
    mapped_put(c);
    ok(mapped_counted().bytes == bytes, "and_all_is_given_back");
}

static void an_aligned_mapping_is_resized(void)
{
    struct chunk *c = mapped_align(mapped_take(256 * KIB), 64 * KIB);
    size_t lead = c->prev_size, n = 100 * KIB;
    pattern_fill(chunk_user(c), n, 8);
    c = mapped_resize(c, MIB);
    ok(c && c->prev_size == lead && chunk_usable(c) >= MIB - WORD &&
           pattern_holds(chunk_user(c), n, n, 8),
       "an_aligned_one_keeps_its_lead");
    char *start = mapped_start(c);
    mapped_put(c);
    ok(!is_mapped(start), "and_is_unmapped_whole");
}

static void refusals_are_told(void)
{
    struct mapped_count before = mapped_counted();
    refuse_all();
    struct chunk *c = mapped_take(HEAP_MAX / 4);
    refuse_none();
    struct mapped_count after = mapped_counted();
    ok(!c && after.chunks == before.chunks && after.bytes == before.bytes,
       "what_the_kernel_refuses_is_not_counted");
    ok(!mapped_take(PTRDIFF_MAX - 15) && !mapped_take(SIZE_MAX - 15), "nor_what_overflows");
    c = mapped_take(MIB);
    memset(chunk_user(c), 1, MIB);
    refuse_all();
    mapped_put(c);
    refuse_none();
    after = mapped_counted();
    ok(after.chunks == before.chunks && after.bytes == before.bytes,
       "an_unmap_that_is_refused_loses_no_count");
}

static void put_it(void *c)
{
    mapped_put(c);
}

static void resize_it(void *c)
{
    mapped_resize(c, MIB);
}

static void what_is_no_mapping_is_seen(void)
{
    static char memory[4096] __attribute__((aligned(4096)));
    struct chunk *c = (struct chunk *)(void *)(memory + 16);
    chunk_set_head(c, 4096, CHUNK_MAPPED);
    ok(dies_saying("munmap_chunk(): invalid pointer", put_it, c), "a_false_M_is_seen_by_put");
    ok(dies_saying("mremap_chunk(): invalid pointer", resize_it, c), "and_by_resize");
    c = (struct chunk *)(void *)memory;
    chunk_set_head(c, 4096 - 16, CHUNK_MAPPED);
    ok(dies_saying("munmap_chunk(): invalid pointer", put_it, c), "so_are_lengths_of_no_page");
}

int main(void)
{
    the_threshold_rises();
    a_mapped_chunk_is_whole_pages();
    an_exact_page_needs_another_word();
    no_more_than_mmap_max();
    an_aligned_chunk_begins_further_in();
    a_mapping_is_resized();
    an_aligned_mapping_is_resized();
    refusals_are_told();
    what_is_no_mapping_is_seen();
    return done();
}
