/*
 * One heap: R1 (a reservation of 64 MiB, aligned to it, only its head usable, grown on demand),
 * R9 (found by masking), R10, R11, C1.
 *
 * @test inject
 */
#include "refuse.h"
#include "unit.h"

#include "heap.h"
#include "sys.h"

#include <sys/mman.h>

/* Whether a page can be read; the kernel looks for us. */
static bool is_readable(const void *page)
{
    int ends[2];
    if (pipe(ends) != 0)
        return false;
    bool readable = write(ends[1], page, 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return readable;
}

static bool is_mapped(const void *page)
{
    unsigned char in_memory;
    return mincore((void *)(uintptr_t)page, 1, &in_memory) == 0;
}

static void a_heap_is_an_aligned_reservation(struct heap *h)
{
    ok(is_aligned(h, HEAP_MAX), "a_heap_is_aligned_to_its_greatest_size (R1)");
    ok(h->size == align_up(100000, sys_page()) && h->committed == h->size && !h->prev,
       "its_size_is_rounded_to_pages (C1)");
    ok(is_readable((char *)h + h->size - 1) && !is_readable((char *)h + h->size),
       "only_its_head_can_be_touched (R1)");
    ok(is_mapped((char *)h + HEAP_MAX - sys_page()), "the_rest_is_reserved (R1)");
    ok(heap_around((char *)h + 12345) == h && heap_around((char *)h + HEAP_MAX - 1) == h &&
           heap_around(h) == h,
       "it_is_found_by_masking_any_address_in_it (R9)");
    ok(heap_end(h) == (char *)h + h->size, "it_knows_its_end");
}

static void a_heap_grows_and_shrinks(struct heap *h)
{
    size_t page = sys_page(), before = h->size;
    char *end = heap_end(h);
    ok(heap_grow(h, 10 * page) && h->size == before + 10 * page && h->committed == h->size,
       "it_grows_inside_its_reservation (R11)");
    memset(end, 0x77, 10 * page);
    size_t returned = sys_returned();
    ok(heap_shrink(h, 10 * page) && h->size == before && h->committed == before + 10 * page,
       "it_shrinks_and_keeps_the_addresses");
    ok(sys_returned() == returned + 10 * page, "what_it_gives_back_is_counted");
    ok(heap_grow(h, 10 * page) && all_bytes_are(end, 10 * page, 0), "what_comes_back_is_zero");
    ok(!heap_grow(h, HEAP_MAX) && !heap_grow(h, HEAP_MAX - h->size + page) &&
           h->size == before + 10 * page,
       "it_never_outgrows_the_reservation");
    ok(heap_grow(h, HEAP_MAX - h->size) && h->size == HEAP_MAX && is_readable(heap_end(h) - 1),
       "it_may_fill_the_reservation");
}

static void refusals_change_nothing(struct heap *h)
{
    size_t page = sys_page();
    struct heap before = *h;
    refuse_all();
    bool began = heap_begin(page, NULL) != NULL, grew = heap_grow(h, page);
    bool ended = heap_end_of_life(h), unchanged = memcmp(&before, h, sizeof before) == 0;
    refuse_none();
    ok(!began, "no_heap_begins_when_the_kernel_refuses");
    ok(!grew && !ended && unchanged, "a_refusal_changes_nothing");
    char *last = heap_end(h) - page;
    memset(last, 0x77, page);
    refuse_all();
    bool shrunk = heap_shrink(h, page);
    refuse_none();
    ok(!shrunk && h->size == before.size - page, "a_heap_shrinks_though_the_pages_are_kept");
    ok(heap_grow(h, page) && all_bytes_are(last, page, 0x77), "they_hold_old_data_then");
    refuse_all();
    heap_shrink(h, page);
    refuse_none();
    heap_release_kept(h);
    ok(heap_grow(h, page) && all_bytes_are(last, page, 0), "what_was_kept_goes_back_later");
}

static void heaps_know_their_elders(struct heap *h)
{
    struct heap *younger = heap_begin(sys_page(), h);
    ok(younger && younger != h && younger->prev == h && is_aligned(younger, HEAP_MAX),
       "a_heap_names_the_one_before (R10)");
    ok(heap_end_of_life(younger) && !is_mapped(younger), "it_ends_with_all_its_addresses (R12)");
    ok(is_mapped(h), "the_elder_stays");
}

int main(void)
{
    ok(heap_begin(HEAP_MAX + 1, NULL) == NULL, "no_heap_is_larger_than_its_reservation");
    struct heap *h = heap_begin(100000, NULL), *small = heap_begin(4 * sys_page(), NULL);
    if (!ok(h && small, "heaps_can_be_had"))
        return done();
    a_heap_is_an_aligned_reservation(h);
    a_heap_grows_and_shrinks(h);
    refusals_change_nothing(small);
    heaps_know_their_elders(h);
    ok(heap_end_of_life(h) && heap_end_of_life(small) && !is_mapped(h), "and_all_is_unmapped");
    return done();
}
