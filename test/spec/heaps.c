/*
 * heaps.c - the aligned regions of a thread arena: how one is found, chained, filled, left.
 *
 * Proves R9 R10 R11 R12 and C1.
 *
 * @test both
 */
#include "look.h"

enum { SIZE = 100000, COUNT = 1600 }; /* 160 MB: at least three heaps of 64 MiB */

static struct block b[COUNT];
static uintptr_t bases[64];
static size_t bases_count;

/* The words of heap_info, in the order of C1. */
static size_t heap_info(uintptr_t base, int word)
{
    return word_at((const void *)base, word);
}

/* List the heaps of b[0..count), in the order in which they were made. */
static void list_heaps(size_t count)
{
    bases_count = 0;
    for (size_t i = 0; i < count && bases_count < 64; i++) {
        size_t known = 0;
        while (known < bases_count && bases[known] != heap_base(b[i].p))
            known++;
        if (known == bases_count)
            bases[bases_count++] = heap_base(b[i].p);
    }
}

static void *the_arena_is_found_by_masking(void *arg)
{
    static const size_t sizes[] = {1, 100, 1000, 2000, 50000, 100000};
    struct region r;
    size_t wrong = 0;
    (void)arg;
    for (size_t i = 0; i < 6; i++)
        b[i] = block_take(sizes[i]);
    uintptr_t base = heap_base(b[0].p), arena = arena_of(b[0].p);
    for (size_t i = 0; i < 6; i++)
        wrong +=
            !(flags_of(b[i].p) & N_BIT) || heap_base(b[i].p) != base || arena_of(b[i].p) != arena;
    ok(wrong == 0, "R9 masking a chunk's address to HEAP_MAX finds heap_info.ar_ptr");
    ok(arena > base && arena < (uintptr_t)b[0].p, "R10 the malloc_state lies in the first heap");
    ok(region_at(base, &r) && heap_info(base, 0) == arena, "C1 heap_info: the arena");
    ok(heap_info(base, 1) == 0, "C1 heap_info: no previous heap");
    ok(heap_info(base, 2) == r.end - base, "C1 heap_info: the size");
    ok(heap_info(base, 3) >= heap_info(base, 2) && heap_info(base, 3) <= r.end - base,
       "C1 heap_info: the committed size");
    blocks_put(b, 6);
    return NULL;
}

static void *several_heaps(void *arg)
{
    size_t wrong = 0, chained = 0;
    (void)arg;
    blocks_take(b, COUNT, SIZE);
    uintptr_t arena = arena_of(b[0].p);
    list_heaps(COUNT);
    ok(bases_count >= 3, "R10 one thread arena holds several heaps (%zu)", bases_count);
    for (size_t i = 0; i < COUNT; i++)
        wrong += arena_of(b[i].p) != arena;
    ok(wrong == 0, "R10 all heaps name the one malloc_state");
    ok(arena > bases[0] && arena < bases[0] + 64 * KIB, "R10 which lies in the first");
    for (size_t i = 1; i < bases_count; i++)
        chained += heap_info(bases[i], 1) == bases[i - 1];
    ok(chained == bases_count - 1 && heap_info(bases[0], 1) == 0,
       "R10 each heap_info names the previous heap");
    struct region r;
    ok(region_at(bases[0], &r) && r.end - bases[0] > HEAP_MAX - 200000,
       "R11 the first heap was grown inside its reservation before another was made");
    blocks_put(b, COUNT);
    return NULL;
}

/* What the first heap's top has left below the end of its readable and writable part. */
static size_t top_left(const struct block *last)
{
    struct region r;
    region_at(bases[0], &r);
    return r.end - (uintptr_t)(chunk_of(last->p) + chunk_size_of(last->p));
}

static void *the_old_top_stays_usable(void *arg)
{
    size_t count = HEAP_MAX / chunk_size_for(SIZE); /* the rest is smaller than one */
    (void)arg;
    blocks_take(b, count, SIZE);
    list_heaps(count);
    ok(bases_count == 1, "R11 (all blocks so far are in one heap)");
    do /* a heap may grow page by page: wait for a top with room */
        b[count++] = block_take(1100);
    while (top_left(&b[count - 1]) < 2500 && count < COUNT - 200);
    size_t left = top_left(&b[count - 1]);
    for (size_t end = count + 3; count < end;)
        b[count++] = block_take(SIZE);
    list_heaps(count);
    ok(bases_count == 2, "R11 top too small and no room to grow: a heap is added");
    struct block small = block_take(left - 256);
    note("the top had %zu bytes left; %zu are served from heap %d", left, small.n,
         heap_base(small.p) == bases[0] ? 1 : 2);
    ok(heap_base(small.p) == bases[0], "R11 the old top stays usable: it serves what fits");
    block_put(&small);
    blocks_put(b, count); /* and merges with what lies below it, up to its fence */
    return NULL;
}

static bool still_mapped(uintptr_t base)
{
    struct region r;
    return region_at(base, &r) && r.start <= base && region_readable_writable(&r);
}

static size_t heaps_left(void)
{
    size_t left = 0;
    for (size_t i = 0; i < bases_count; i++)
        left += still_mapped(bases[i]);
    return left;
}

static void after_all_frees(long rss, const char *order)
{
    size_t left = heaps_left();
    long after = rss_kib();
    note("%s: %zu heaps left, RSS %ld KiB before, %ld KiB after", order, left, rss, after);
    ok(still_mapped(bases[0]), "R12 the first heap is never unmapped (%s)", order);
    ok(left == 1, "R12 every other heap that is wholly free is unmapped (%s)", order);
    ok(after - rss < 1024, "R12 and the top above the trim threshold is given back (%s)", order);
}

static void *frees_newest_first(void *arg)
{
    struct block first = block_take(2000);
    long rss = rss_kib();
    (void)arg;
    blocks_take(b, COUNT, SIZE);
    list_heaps(COUNT);
    for (size_t i = COUNT; i > 0; i--)
        block_put(&b[i - 1]);
    after_all_frees(rss, "newest first");
    block_put(&first);
    return NULL;
}

static void *frees_oldest_first(void *arg)
{
    struct block first = block_take(2000);
    long rss = rss_kib();
    (void)arg;
    blocks_take(b, COUNT, SIZE);
    list_heaps(COUNT);
    blocks_put(b, COUNT);
    after_all_frees(rss, "oldest first");
    block_put(&first);
    return NULL;
}

/* A live chunk in the last heap keeps it, and only it, from being unmapped. */
static void *a_used_heap_stays(void *arg)
{
    (void)arg;
    blocks_take(b, COUNT, SIZE);
    list_heaps(COUNT);
    /* Where heaps are small, the last one may have been full. */
    struct block kept = block_take(SIZE);
    uintptr_t last = WORD == 8 ? bases[bases_count - 1] : heap_base(kept.p);
    ok(heap_base(kept.p) == last && last != bases[0], "R12 (a block in the last heap)");
    blocks_put(b, COUNT);
    ok(still_mapped(last) && block_intact(&kept), "R12 a heap with a live chunk stays");
    block_put(&kept);
    ok(!still_mapped(last), "R12 until that chunk is freed");
    ok(heaps_left() == 1, "R12 then all but the first go");
    return NULL;
}

static void *the_top_of_a_heap_is_trimmed(void *arg)
{
    struct block first = block_take(2000);
    long rss = rss_kib();
    (void)arg;
    blocks_take(b, 100, SIZE); /* 10 MB, one heap */
    long full = rss_kib();
    blocks_put(b, 100);
    note("RSS %ld KiB, with 10 MB %ld KiB, after the frees %ld KiB", rss, full, rss_kib());
    ok(full - rss > 9000 && rss_kib() - rss < 1024,
       "R12 a top above the trim threshold is given back");
    struct block again = block_take(SIZE);
    ok(heap_base(again.p) == heap_base(first.p), "R12 and can be grown again");
    block_put(&again);
    block_put(&first);
    return NULL;
}

static void by_masking(void)
{
    on_thread(the_arena_is_found_by_masking, NULL);
}

static void several(void)
{
    on_thread(several_heaps, NULL);
}

static void old_top(void)
{
    on_thread(the_old_top_stays_usable, NULL);
}

static void newest_first(void)
{
    on_thread(frees_newest_first, NULL);
}

static void oldest_first(void)
{
    on_thread(frees_oldest_first, NULL);
}

static void one_stays(void)
{
    on_thread(a_used_heap_stays, NULL);
}

static void trimmed(void)
{
    on_thread(the_top_of_a_heap_is_trimmed, NULL);
}

int main(void)
{
    look_begin();
    in_fresh_process("masking", by_masking);
    in_fresh_process("several heaps", several);
    in_fresh_process("the old top", old_top);
    in_fresh_process("newest first", newest_first);
    in_fresh_process("oldest first", oldest_first);
    in_fresh_process("one stays", one_stays);
    in_fresh_process("the top", trimmed);
    return done();
}
