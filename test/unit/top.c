/*
 * The top on heaps of its own and on the real break.  C10 (split from below, page-aligned end),
 * C12, M5, M6, M9, M10 (foreign breaks are skipped and fenced), R10-R12 (heaps grow, are added,
 * are left), P6's half: what is told to be zero is zero, whatever the kernel refuses.
 *
 * @test inject
 */
#include "refuse.h"
#include "unit.h"

#include "arena.h"
#include "tune.h"

#include <sys/mman.h>

/*
 * A top in a new heap; nobody looks at the arena it names.  The page that the heap's head lies in
 * counts as dirty, so a chunk of it is cut first.
 */
static struct top begin_in_heap(struct arena *owner)
{
    struct top t = {.source = TOP_FROM_HEAPS};
    struct heap *h = heap_begin(3 * sys_page(), NULL);
    h->arena = owner;
    h->first = chunk_at(h, align_up(sizeof *h, CHUNK_ALIGN));
    top_begin(&t, h->first, heap_end(h));
    t.system = t.system_max = h->size;
    return t;
}

static void end_heaps(struct top *t)
{
    struct heap *prev, *h = heap_around(t->chunk);
    for (; h; h = prev) {
        prev = h->prev;
        heap_end_of_life(h);
    }
}

/* Cut, fill what the user may fill, and see that what was promised to be zero is zero. */
static bool cut_is_honest(struct top *t, size_t size, struct chunk **cut)
{
    *cut = top_cut(t, size);
    if (!*cut)
        return false;
    char *user = chunk_user(*cut);
    bool zero = all_bytes_are(user + t->dirty, size - WORD - t->dirty, 0);
    memset(user, 0xa5, size - WORD);
    return zero;
}

static void a_top_is_cut_from_below(void)
{
    struct arena owner;
    struct top t = begin_in_heap(&owner);
    top_cut(&t, sys_page());
    struct chunk *start = t.chunk, *first, *second;
    size_t whole = top_size(&t);
    ok(cut_is_honest(&t, 48, &first) && first == start && t.dirty == 0, "fresh_memory_is_clean");
    ok(cut_is_honest(&t, 64, &second) && second == chunk_above(first) && chunk_size(first) == 48 &&
           chunk_size(second) == 64,
       "chunks_are_cut_upwards (C10)");
    ok(!chunk_is_of_main(first) && chunk_below_in_use(first) && chunk_below_in_use(t.chunk),
       "what_lies_below_the_top_is_in_use (C4 C10)");
    ok(top_size(&t) == whole - 48 - 64 && top_cut(&t, top_size(&t)) == NULL &&
           top_cut(&t, top_size(&t) - CHUNK_MIN + 16) == NULL,
       "some_of_the_top_is_always_left (C10)");
    char *end = top_end(&t);
    top_absorb(&t, second);
    ok(t.chunk == second && top_end(&t) == end, "a_chunk_below_the_top_joins_it (C12)");
    ok(cut_is_honest(&t, 128, &second) && t.dirty >= 64 - WORD && t.dirty < 128 - WORD,
       "only_what_was_handed_out_before_is_dirty");
    end_heaps(&t);
}

static void a_top_grows_in_its_heap(void)
{
    struct arena owner;
    struct top t = begin_in_heap(&owner);
    struct chunk *leftover = (struct chunk *)1, *at = t.chunk, *cut;
    ok(top_grow(&t, 300 * KIB, &leftover) && !leftover && t.chunk == at && !t.scattered,
       "a_heap_grows_under_its_top (R11)");
    ok(is_aligned(top_end(&t), sys_page()) && top_size(&t) >= 300 * KIB + tune.top_pad,
       "by_the_request_and_the_pad_in_pages (M1)");
    ok(t.system == heap_around(t.chunk)->size && t.system == t.system_max, "and_is_counted");
    size_t high = t.system;
    ok(cut_is_honest(&t, 300 * KIB, &cut), "what_came_is_zero");
    top_absorb(&t, cut);
    ok(top_trim(&t, SIZE_MAX) == 0 && top_trim(&t, PTRDIFF_MAX) == 0, "a_huge_pad_keeps_all");
    size_t gone = top_trim(&t, tune.top_pad);
    ok(gone > 0 && t.system == high - gone && t.system_max == high &&
           top_size(&t) >= tune.top_pad + CHUNK_MIN &&
           top_size(&t) < tune.top_pad + CHUNK_MIN + sys_page(),
       "it_is_trimmed_to_the_pad (M6 R12)");
    ok(top_trim(&t, tune.top_pad) == 0, "only_once");
    ok(top_grow(&t, 300 * KIB, &leftover) && cut_is_honest(&t, 300 * KIB, &cut),
       "what_was_given_back_comes_back_zero");
    end_heaps(&t);
}

/* Pages the kernel did not take hold old data, even when more of them went later on. */
static void refused_pages_are_not_called_fresh(void)
{
    struct arena owner;
    struct top t = begin_in_heap(&owner);
    struct chunk *leftover, *cut;
    top_grow(&t, 600 * KIB, &leftover);
    cut_is_honest(&t, 600 * KIB, &cut);
    top_absorb(&t, cut);
    refuse_all();
    size_t kept = top_trim(&t, 400 * KIB);
    refuse_none();
    ok(kept > 0, "a_top_is_lowered_though_the_pages_are_kept");
    ok(top_trim(&t, 0) > 0, "and_lowered_again");
    top_grow(&t, 600 * KIB, &leftover);
    ok(cut_is_honest(&t, 600 * KIB, &cut), "old_data_is_never_called_zero (P6)");
    end_heaps(&t);
}

static void a_full_heap_gets_a_successor(void)
{
    struct arena owner;
    struct top t = begin_in_heap(&owner);
    struct heap *old = heap_around(t.chunk);
    struct chunk *leftover, *cut;
    top_grow(&t, HEAP_MAX / 8 * 5, &leftover);
    top_cut(&t, HEAP_MAX / 8 * 5);
    struct chunk *rest = t.chunk;
    size_t rest_size = top_size(&t);
    ok(top_grow(&t, HEAP_MAX / 8 * 5, &leftover) && heap_around(t.chunk) != old &&
           heap_around(t.chunk)->prev == old,
       "a_full_heap_is_followed_by_another (R10 R11)");
    ok(leftover == rest && chunk_size(rest) == rest_size - 2 * CHUNK_FENCE &&
           old->fence == chunk_above(rest),
       "the_old_top_is_left_as_a_chunk (R11)");
    ok(chunk_is_fence(old->fence) && chunk_is_fence(chunk_above(old->fence)) &&
           chunk_below_in_use(old->fence) && t.scattered,
       "fences_close_the_old_heap (R11)");
    ok(heap_around(t.chunk)->arena == &owner, "the_new_heap_names_the_arena (R9 R10)");
    ok(!top_grow(&t, HEAP_MAX, &leftover) && !leftover, "no_chunk_is_larger_than_a_heap");
    cut = top_cut(&t, KIB);
    ok(top_leave_heap(&t) == 0, "a_heap_in_use_is_not_left (R12)");
    top_absorb(&t, cut);
    size_t system = t.system, size = heap_around(t.chunk)->size;
    refuse_all();
    ok(top_leave_heap(&t) == 0 && t.system == system, "nor_one_that_the_kernel_keeps");
    refuse_none();
    ok(top_leave_heap(&t) == size && heap_around(t.chunk) == old && t.system == system - size,
       "a_heap_wholly_free_is_left (R12)");
    ok(t.chunk == chunk_above(rest) && top_end(&t) == heap_end(old) &&
           top_size(&t) == 2 * CHUNK_FENCE,
       "the_fence_is_the_top_again (R12)");
    ok(!old->fence && t.fresh == (char *)old + HEAP_MAX,
       "the_heap_is_open_again_and_nothing_in_it_counts_as_zero (I16 I17)");
    ok(top_leave_heap(&t) == 0, "the_first_heap_is_never_left (R12)");
    end_heaps(&t);
}

/* A top too small to leave a chunk becomes fences altogether. */
static void the_least_top_becomes_three_fences(void)
{
    struct arena owner;
    struct top t = begin_in_heap(&owner);
    struct chunk *leftover, *rest, *cut;
    top_grow(&t, HEAP_MAX / 8 * 5, &leftover);
    cut = top_cut(&t, top_size(&t) - CHUNK_MIN - CHUNK_ALIGN);
    rest = t.chunk;
    ok(cut && top_size(&t) == CHUNK_MIN + CHUNK_ALIGN &&
           top_grow(&t, HEAP_MAX / 32 * 25, &leftover) && !leftover,
       "nothing_is_left_of_the_least_top");
    ok(chunk_is_fence(rest) && chunk_is_fence(chunk_above(rest)) &&
           chunk_is_fence(chunk_above(chunk_above(rest))) && heap_around(rest)->fence == rest,
       "all_of_it_is_fences");
    ok(top_leave_heap(&t) > 0 && t.chunk == rest && top_size(&t) == CHUNK_MIN + CHUNK_ALIGN,
       "and_it_comes_back");
    end_heaps(&t);
}

static void refusals_leave_a_top_as_it_was(struct top t)
{
    struct top before = t;
    struct chunk *leftover = (struct chunk *)1;
    refuse_all();
    bool grown = top_grow(&t, MIB, &leftover);
    refuse_none();
    ok(!grown && !leftover && memcmp(&t, &before, sizeof t) == 0, "a_refused_top_is_as_before (%s)",
       t.source == TOP_FROM_BREAK ? "break" : "heaps");
    ok(!top_grow(&t, PTRDIFF_MAX - 64, &leftover) && memcmp(&t, &before, sizeof t) == 0,
       "no_size_overflows (%s)", t.source == TOP_FROM_BREAK ? "break" : "heaps");
}

static void a_top_grows_by_the_break(void)
{
    struct top t = {.source = TOP_FROM_BREAK};
    struct chunk *leftover, *cut;
    char *before = sbrk(0);
    ok(top_grow(&t, 1000, &leftover) && (char *)t.chunk == before && !leftover && !t.scattered &&
           t.first == t.chunk,
       "the_first_region_begins_at_the_break (M1 M2)");
    ok(sbrk(0) == top_end(&t) && is_aligned(top_end(&t), sys_page()),
       "the_break_is_the_end_of_the_top (M5)");
    ok(cut_is_honest(&t, 1008, &cut) && chunk_is_of_main(cut), "chunks_are_of_the_main_arena (C4)");
    ok(top_grow(&t, MIB, &leftover) && !leftover && !t.scattered && sbrk(0) == top_end(&t),
       "the_break_moves_contiguously (M5)");
    ok(cut_is_honest(&t, MIB, &cut), "and_brings_zeros");
    top_absorb(&t, cut);
    ok(top_trim(&t, 0) > 0 && sbrk(0) == top_end(&t), "it_is_lowered_again (M6)");
    refusals_leave_a_top_as_it_was(t);
    char *foreign = sbrk(24);
    memset(foreign, 0x11, 24);
    struct chunk *rest = t.chunk;
    ok(top_trim(&t, 0) == 0, "not_under_foreign_memory (M10)");
    ok(top_grow(&t, 64 * KIB, &leftover) && t.scattered && (char *)t.chunk >= foreign + 24 &&
           is_aligned(t.chunk, CHUNK_ALIGN) && is_aligned(top_end(&t), sys_page()),
       "foreign_memory_is_skipped (M10)");
    struct chunk *fence = leftover ? chunk_above(leftover) : rest;
    ok(chunk_is_fence(fence) && fence_next_region(fence) == t.chunk,
       "a_fence_leads_to_the_next_region (M10)");
    ok(cut_is_honest(&t, 64 * KIB, &cut) && all_bytes_are(foreign, 24, 0x11),
       "foreign_memory_is_untouched (M10)");
}

static void a_blocked_break_is_replaced(void)
{
    struct top t = {.source = TOP_FROM_BREAK};
    struct chunk *leftover, *cut;
    top_grow(&t, 1000, &leftover);
    char *end = top_end(&t);
    void *block =
        mmap(end, sys_page(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (!ok(block == end, "something_can_be_mapped_above_the_break"))
        return;
    struct chunk *rest = t.chunk;
    size_t system = t.system;
    ok(top_grow(&t, 300 * KIB, &leftover) && leftover == rest && t.scattered,
       "mapped_memory_becomes_the_top (M9)");
    ok(t.system - system >= MIB && top_size(&t) == t.system - system,
       "a_MiB_at_least_at_a_time (M9)");
    ok(fence_next_region(chunk_above(rest)) == t.chunk, "the_old_top_is_fenced (M9)");
    ok(cut_is_honest(&t, 300 * KIB, &cut) && chunk_is_of_main(cut) && !chunk_is_mapped(cut),
       "its_chunks_are_ordinary (M9)");
    ok(top_trim(&t, 0) == 0, "a_mapped_top_has_no_break_to_lower");
    munmap(block, sys_page());
}

int main(void)
{
    struct arena owner;
    a_top_is_cut_from_below();
    a_top_grows_in_its_heap();
    refused_pages_are_not_called_fresh();
    a_full_heap_gets_a_successor();
    the_least_top_becomes_three_fences();
    refusals_leave_a_top_as_it_was(begin_in_heap(&owner));
    a_top_grows_by_the_break();
    a_blocked_break_is_replaced();
    return done();
}
