/*
 * fallback.c - the end of section A's way: what happens when the kernel says no.
 *
 * Proves A: a refused mapping falls back to the heap and the other way round (the latter is M9 as
 * well); an arena that cannot grow falls back to another; at last NULL and ENOMEM.
 *
 * @test both
 */
#include "refuse.h"

/* On 32-bit a little less than half of all addresses may well be had. */
#define HUGE_REQUEST ((size_t)PTRDIFF_MAX - (WORD == 8 ? 64 * KIB : 0))

static void a_refused_mapping(void)
{
    struct block small = block_take(100);
    if (!refuse_mappings()) {
        skip("A seccomp is forbidden here");
        return;
    }
    struct block large = block_take(MIB);
    ok(!(flags_of(large.p) & M_BIT) && in_break_heap(large.p),
       "A a mapping that the kernel refuses falls back to the heap");
    errno = 0;
    struct block larger = block_take(20 * MIB);
    ok(in_break_heap(larger.p), "A however large it is");
    block_put(&larger);
    block_put(&large);
    block_put(&small);
}

static void a_refused_break(void)
{
    struct block small = block_take(100);
    if (!ok(block_break(), "A (a page is mapped right above the break)"))
        return;
    struct block large = block_take(120000);
    struct block larger = block_take(120000);
    ok(!in_break_heap(larger.p) && !(flags_of(larger.p) & N_BIT),
       "A M9 a break that the kernel refuses falls back to a mapping");
    block_put(&larger);
    block_put(&large);
    block_put(&small);
}

static void null_and_enomem(void)
{
    struct block small = block_take(100);
    if (!block_break() || !refuse_mappings()) {
        skip("A seccomp is forbidden here");
        return;
    }
    errno = 0;
    ok(malloc(MIB) == NULL && errno == ENOMEM, "A when all refuse: NULL and ENOMEM");
    errno = 0;
    ok(calloc(1, 30 * MIB) == NULL && errno == ENOMEM, "A for calloc, too");
    errno = 0;
    ok(realloc(small.p, MIB) == NULL && errno == ENOMEM && block_intact(&small),
       "A a refused realloc leaves the block as it is");
    size_t taken = 0;
    char *last = NULL;
    for (char *p = malloc(2000); p; p = malloc(2000)) {
        memcpy(p, &last, sizeof last);
        last = p;
        taken++;
    }
    note("%zu blocks of 2000 bytes were left in the top", taken);
    ok(taken > 50 && taken < 70, "A what the top still has is given out");
    while (last) {
        char *before;
        memcpy(&before, last, sizeof before);
        free(last);
        last = before;
    }
    last = malloc(100000);
    ok(last != NULL, "A and can be used again after it was freed");
    free(last);
    block_put(&small);
}

static void impossible_sizes(void)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 15, (size_t)PTRDIFF_MAX + 1, HUGE_REQUEST};
    size_t refused = 0;
    for (size_t i = 0; i < 4; i++) {
        errno = 0;
        refused += malloc(sizes[i]) == NULL && errno == ENOMEM;
    }
    ok(refused == 4, "A impossible sizes: NULL and ENOMEM");
}

/* 80 MB: more than one heap of 64 MiB; or 1.4 MB, where heaps have 1 MiB. */
enum { SIZE = WORD == 8 ? 100000 : 1800, COUNT = 800 };

static struct block b[COUNT];

/* The thread's arena has a heap already; it can grow inside it, but there will be no second. */
static void *outgrows_its_heap(void *arg)
{
    size_t own = 0, main = 0;
    struct block first = block_take(2000);
    (void)arg;
    if (!refuse_mappings()) {
        skip("A seccomp is forbidden here");
        return NULL;
    }
    blocks_take(b, COUNT, SIZE);
    for (size_t i = 0; i < COUNT; i++) {
        own += heap_base(b[i].p) == heap_base(first.p);
        main += !(flags_of(b[i].p) & (N_BIT | M_BIT));
    }
    note("%zu blocks from the thread's own heap, %zu from the main arena", own, main);
    ok(own > COUNT / 2 && own + main == COUNT && main > 0,
       "A an arena that cannot grow falls back to another arena");
    blocks_put(b, COUNT);
    block_put(&first);
    return NULL;
}

static void *gets_no_arena(void *arg)
{
    struct block one = block_take(2000);
    (void)arg;
    ok(!(flags_of(one.p) & N_BIT) && in_break_heap(one.p),
       "A a thread that can have no arena of its own is served by another");
    block_put(&one);
    return NULL;
}

static void on_a_thread_that_outgrows(void)
{
    struct block mine = block_take(100);
    on_thread(outgrows_its_heap, NULL);
    block_put(&mine);
}

/* The stack of the thread has to be there before mappings are refused. */
static void on_a_thread_without_arena(void)
{
    static char stack[256 * 1024] __attribute__((aligned(4096)));
    struct block mine = block_take(100);
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack, sizeof stack);
    if (!refuse_mappings()) {
        skip("A seccomp is forbidden here");
        return;
    }
    if (pthread_create(&thread, &attributes, gets_no_arena, NULL) == 0)
        pthread_join(thread, NULL);
    else
        skip("A no thread without a mapping here");
    block_put(&mine);
}

int main(void)
{
    look_begin();
    in_fresh_process("a refused mapping", a_refused_mapping);
    in_fresh_process("a refused break", a_refused_break);
    in_fresh_process("nothing left", null_and_enomem);
    in_fresh_process("impossible sizes", impossible_sizes);
    in_fresh_process("a thread outgrows its heap", on_a_thread_that_outgrows);
    in_fresh_process("a thread without arena", on_a_thread_without_arena);
    return done();
}
