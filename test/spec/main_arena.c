/*
 * main_arena.c - section M but for a break that is taken or moved by others (foreign_break.c) and
 * for the pinned top (e9_pinned_top.c).
 *
 * Proves M1 M2 M3 M4 M6 M7 M8, and M5 with the system calls counted from outside.
 *
 * @test both
 */
#include <dlfcn.h>

#include "traced.h"

static void the_first_heap_has_132_kib(void)
{
    struct region heap;
    struct block b = block_take(1);
    heap_line(&heap);
    show_region("after malloc(1)", &heap);
    ok(region_size(&heap) == first_heap_for(1, TOP_PAD),
       "M1 the heap is ALIGN_UP(chunk size + top pad + MINSIZE, page)");
    ok(page_size() != 4096 || region_size(&heap) == 0x21000, "M1 that is 132 KiB");
    ok((uintptr_t)b.p == heap.start + USER_OFFSET, "M2 malloc(1) returns heap start + 0x10");
    ok((uintptr_t)chunk_of(b.p) == heap.start, "M2 its chunk is the first thing in the heap");
    ok(size_word(b.p) == (CHUNK_MIN | P_BIT), "M3 malloc(1) has the size word 0x21");
    ok(malloc_usable_size(b.p) == CHUNK_MIN - WORD, "M3 and 24 usable bytes");
    block_put(&b);
}

static void a_larger_first_request(void)
{
    struct block b = block_take(100000);
    ok(heap_size() == first_heap_for(100000, TOP_PAD),
       "M1 a first request of 100000 bytes makes the heap that much larger");
    block_put(&b);
}

static void another_top_pad(void)
{
    ok(mallopt(M_TOP_PAD, (int)MIB) == 1, "M1 M_TOP_PAD is accepted");
    struct block b = block_take(1);
    ok(heap_size() == first_heap_for(1, MIB), "M1 the heap follows the top pad");
    block_put(&b);
}

static void the_size_stands_before_the_user(void)
{
    static const size_t sizes[] = {0, 1, 24, 25, 40, 41, 1000, 1032, 1033, 2000, 60000};
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct block b = block_take(sizes[i]);
        wrong += chunk_size_of(b.p) != chunk_size_for(sizes[i]);
        wrong += (uintptr_t)b.p % (2 * WORD) != 0;
        block_put(&b);
    }
    ok(wrong == 0, "M3 the size word stands right before the user pointer");
}

/* Widen a header over its neighbour: what free() gives back is what the header says. */
static void free_reads_nothing_but_the_header(void)
{
    char *below = must(malloc(2000), "malloc");
    char *above = must(malloc(3000), "malloc");
    struct block guard = block_take(2000);
    size_t both = chunk_size_of(below) + chunk_size_of(above);
    ok(user_above(below) == above, "M4 (two chunks stand wall to wall)");
    size_t word = both | (size_t)flags_of(below);
    memcpy(below - WORD, &word, WORD);
    free(below);
    struct block again = block_take(both - WORD);
    ok(again.p == below, "M4 free() found the size in the header alone");
    block_put(&again);
    block_put(&guard);
}

static void cut_from_the_remainder(void)
{
    enum { WITHIN = 60, BEYOND = 60 }; /* 60 * 2016 bytes fit into 132 KiB, 120 * 2016 do not */
    static struct block b[WITHIN + BEYOND];
    struct region before, after;
    b[0] = block_take(2000);
    heap_line(&before);
    mark();
    blocks_take(b + 1, WITHIN - 1, 2000);
    mark();
    blocks_take(b + WITHIN, BEYOND, 2000);
    mark();
    size_t apart = 0;
    for (size_t i = 1; i < WITHIN + BEYOND; i++)
        apart += b[i].p != b[i - 1].p + chunk_size_for(2000);
    heap_line(&after);
    ok(apart == 0, "M5 requests are cut from the remainder, also where the break moved");
    ok(after.start == before.start && after.end > before.end, "M5 the break moves contiguously");
    blocks_put(b, WITHIN + BEYOND);
}

static void without_a_system_call(void)
{
    struct calls calls[PHASES_MAX];
    if (!in_traced_process("remainder", cut_from_the_remainder, calls)) {
        skip("M5 no ptrace here");
        return;
    }
    note("within the remainder: %ld system calls; beyond: %ld, of them brk %ld", calls[0].all,
         calls[1].all, calls[1].move_break);
    ok(calls[0].all == 0, "M5 no system call until the remainder is used up");
    ok(calls[1].move_break > 0 && calls[1].map == 0, "M5 then the break moves");
}

static void the_break_is_lowered(void)
{
    enum { COUNT = 500 };
    static struct block b[COUNT];
    blocks_take(b, COUNT, 2000);
    size_t full = heap_size();
    for (size_t i = COUNT; i > 1; i--)
        block_put(&b[i - 1]);
    size_t left = heap_size();
    size_t top = left - chunk_size_for(2000);
    note("[heap] %zu KiB full, %zu KiB with one block left", full / KIB, left / KIB);
    ok(left < full, "M6 the break is lowered when the top exceeds the trim threshold");
    ok(top >= TOP_PAD && top <= TOP_PAD + 2 * page_size(), "M6 the top pad is kept");
    ok(break_now() == align_up(break_now(), page_size()), "M6 the break stays page-aligned");
    block_put(&b[0]);
}

static void below_its_threshold_it_is_not(void)
{
    enum { COUNT = 250 };
    static struct block b[COUNT];
    ok(mallopt(M_TRIM_THRESHOLD, (int)MIB) == 1, "M6 M_TRIM_THRESHOLD is accepted");
    blocks_take(b, COUNT, 2000);
    size_t full = heap_size();
    for (size_t i = COUNT; i > 0; i--)
        block_put(&b[i - 1]);
    ok(heap_size() == full, "M6 a top below the trim threshold is kept");
}

static void a_small_free_leaves_the_heap(void)
{
    static const size_t sizes[] = {1, 24, 100, 500, 1000, 2000, 40000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct block b = block_take(sizes[i]);
        struct block guard = block_take(sizes[i]);
        size_t before = heap_size();
        char *p = b.p;
        block_put(&b);
        ok(heap_size() == before, "M7 freeing %zu bytes leaves [heap] as it is", sizes[i]);
        b = block_take(sizes[i]);
        ok(b.p == p, "M7 the next request of %zu bytes gets the same block", sizes[i]);
        block_put(&b);
        block_put(&guard);
    }
}

static void the_state_is_not_in_the_heap(void)
{
    struct region heap;
    Dl_info object = {0};
    struct block b = block_take(2000);
    struct block guard = block_take(2000);
    heap_line(&heap);
    char *alone = b.p;
    ok((uintptr_t)chunk_of(alone) == heap.start && user_above(alone) == guard.p,
       "M8 the main heap begins with a chunk: there is no heap_info");
    block_put(&b);
    char *head = link_next(alone); /* the only free chunk of its bin points to the bin's head */
    ok(!in_break_heap(head), "M8 the bins are not in the heap");
    ok(dladdr(head, &object) != 0, "M8 they are a static object of the library");
    note("the bins lie in %s", object.dli_fname ? object.dli_fname : "?");
    ok(!(flags_of(guard.p) & N_BIT), "M8 chunks of the main arena have no N bit");
    block_put(&guard);
}

int main(void)
{
    look_begin();
    in_fresh_process("malloc(1)", the_first_heap_has_132_kib);
    in_fresh_process("malloc(100000)", a_larger_first_request);
    in_fresh_process("another top pad", another_top_pad);
    in_fresh_process("the header", the_size_stands_before_the_user);
    in_fresh_process("free", free_reads_nothing_but_the_header);
    without_a_system_call();
    in_fresh_process("trimming", the_break_is_lowered);
    in_fresh_process("a higher threshold", below_its_threshold_it_is_not);
    in_fresh_process("reuse", a_small_free_leaves_the_heap);
    in_fresh_process("the state", the_state_is_not_in_the_heap);
    return done();
}
