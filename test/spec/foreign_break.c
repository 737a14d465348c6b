/*
 * foreign_break.c - the break heap when the break is not the allocator's alone.
 *
 * Proves M9 (something is mapped right above the break) and M10 (somebody else calls sbrk).
 *
 * @test both
 */
#include "refuse.h"

enum { COUNT = 2000 };

static struct block b[COUNT];

/* How many of b[from..to) lie in the [heap]. */
static size_t count_in_heap(size_t from, size_t to)
{
    struct region heap;
    size_t inside = 0;
    heap_line(&heap);
    for (size_t i = from; i < to; i++)
        inside += heap.start <= (uintptr_t)b[i].p && (uintptr_t)b[i].p < heap.end;
    return inside;
}

static size_t count_with_flags(size_t from, size_t to, int flags)
{
    size_t with = 0;
    for (size_t i = from; i < to; i++)
        with += (flags_of(b[i].p) & flags) != 0;
    return with;
}

static void allocation_goes_on_behind_a_wall(void)
{
    struct region r;
    b[0] = block_take(2000);
    uintptr_t end = break_now();
    if (!ok(block_break(), "M9 (a page is mapped right above the break)"))
        return;
    long vm = vm_kib();
    size_t taken = 1;
    while (taken < COUNT && vm_kib() == vm)
        b[taken++] = block_take(2000);
    ok(vm_kib() - vm >= 1024, "M9 mapped memory comes in steps of at least 1 MiB (%ld KiB)",
       vm_kib() - vm);
    blocks_take(b + taken, COUNT - taken, 2000); /* 4 MB where the heap has 132 KiB */
    ok(break_now() == end, "M9 the break could not grow");
    size_t inside = count_in_heap(0, COUNT);
    note("%zu of %d blocks in [heap]", inside, COUNT);
    ok(inside > 50 && inside < 70, "M9 the old top is used up to its end");
    ok(count_with_flags(0, COUNT, M_BIT | N_BIT) == 0,
       "M9 the others are the main arena's, not mapped one by one");
    ok(region_of(b[COUNT - 1].p, &r) && region_size(&r) >= MIB && region_readable_writable(&r),
       "M9 it became the new top");
    show_region("the new top", &r);
    blocks_put(b, COUNT);
}

static void the_old_top_stays_usable(void)
{
    struct block first = block_take(1);
    b[0] = block_take(60000);
    if (!ok(block_break(), "M9 (a page is mapped right above the break)"))
        return;
    b[1] = block_take(100000); /* does not fit into the 72 KB that the top has left */
    ok(!in_break_heap(b[1].p), "M9 what does not fit comes from the new top");
    b[2] = block_take(30000);
    b[3] = block_take(30000);
    ok(in_break_heap(b[2].p) && in_break_heap(b[3].p),
       "M9 the old top is a free chunk that serves what fits");
    b[4] = block_take(100000);
    size_t size = chunk_size_for(100000);
    size_t apart = (size_t)(b[4].p > b[1].p ? b[4].p - b[1].p : b[1].p - b[4].p);
    ok(apart == size, "M9 the arena goes on from its new top");
    blocks_put(b, 5);
    block_put(&first);
    struct block again = block_take(100000);
    ok(!(flags_of(again.p) & (M_BIT | N_BIT)), "M9 all of it can be freed and used again");
    block_put(&again);
}

/* The fence: nothing that is freed next to the wall may be merged with what lies beyond it. */
static void freed_in_every_order(void)
{
    b[0] = block_take(2000);
    if (!ok(block_break(), "M9 (a page is mapped right above the break)"))
        return;
    for (int round = 0; round < 3; round++) {
        blocks_take(b + 1, COUNT - 1, 2000);
        for (size_t i = 1; i < COUNT; i += 2)
            block_put(&b[i]);
        for (size_t i = COUNT - 2; i >= 2; i -= 2)
            block_put(&b[i]);
    }
    block_put(&b[0]);
    struct block all = block_take(60000);
    ok(in_break_heap(all.p), "M9 the freed blocks of the old heap merge up to its fence");
    block_put(&all);
}

/* Somebody takes n bytes of break between two requests. */
static char *foreign(size_t n)
{
    char *taken = sbrk((intptr_t)n);
    if (taken == (void *)-1)
        return must(NULL, "sbrk");
    memset(taken, 0x5a, n);
    return taken;
}

static bool untouched(const char *taken, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (taken[i] != 0x5a)
            return false;
    return true;
}

static size_t overlaps(const char *taken, size_t n)
{
    size_t over = 0;
    for (size_t i = 0; i < COUNT; i++)
        over += b[i].p && b[i].p < taken + n && taken < b[i].p + b[i].n;
    return over;
}

static void foreign_space_of(size_t n)
{
    blocks_take(b, COUNT / 4, 2000);
    char *first = foreign(n);
    blocks_take(b + COUNT / 4, COUNT / 4, 2000);
    char *second = foreign(n);
    blocks_take(b + COUNT / 2, COUNT / 2, 2000);
    ok(overlaps(first, n) == 0 && overlaps(second, n) == 0,
       "M10 foreign space of %zu bytes is skipped", n);
    ok(b[COUNT - 1].p > second && in_break_heap(b[COUNT - 1].p),
       "M10 the break heap goes on above it");
    size_t odd = 0;
    for (size_t i = 0; i < COUNT; i++)
        odd += (uintptr_t)b[i].p % CHUNK_ALIGN != 0;
    ok(odd == 0, "M10 blocks stay aligned");
    for (size_t i = 0; i < COUNT; i += 2)
        block_put(&b[i]);
    for (size_t i = COUNT; i > 0; i -= 2)
        block_put(&b[i - 1]);
    ok(untouched(first, n) && untouched(second, n), "M10 foreign space keeps its content");
    ok(break_now() >= (uintptr_t)second + n, "M10 the break is never lowered into it");
}

static void foreign_pages(void)
{
    foreign_space_of(4 * page_size());
}

static void foreign_odd_bytes(void)
{
    foreign_space_of(100);
}

static void foreign_before_the_first_request(void)
{
    char *taken = foreign(1000);
    foreign_space_of(3000);
    ok(untouched(taken, 1000), "M10 space taken before the first request is kept, too");
}

/* The top lies below foreign space: freeing everything must not pull the break down over it. */
static void foreign_above_the_top(void)
{
    blocks_take(b, COUNT, 2000);
    char *taken = foreign(100000);
    uintptr_t end = break_now();
    blocks_put(b, COUNT);
    malloc_trim(0);
    ok(break_now() == end && untouched(taken, 100000),
       "M10 a trim leaves foreign space above the top alone");
    blocks_take(b, COUNT, 2000);
    ok(overlaps(taken, 100000) == 0 && untouched(taken, 100000),
       "M10 and the next blocks respect it");
    blocks_put(b, COUNT);
}

int main(void)
{
    look_begin();
    in_fresh_process("behind a wall", allocation_goes_on_behind_a_wall);
    in_fresh_process("the old top", the_old_top_stays_usable);
    in_fresh_process("freed in every order", freed_in_every_order);
    in_fresh_process("foreign pages", foreign_pages);
    in_fresh_process("foreign odd bytes", foreign_odd_bytes);
    in_fresh_process("foreign first", foreign_before_the_first_request);
    in_fresh_process("foreign above the top", foreign_above_the_top);
    return done();
}
