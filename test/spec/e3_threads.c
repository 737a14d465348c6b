/*
 * e3_threads.c - E3: main and a thread each malloc(1000) and free; six looks at the maps.
 *
 * Run it alone to read what it saw.  (V2 V9 M1 M7 R1)
 *
 * @test both
 */
#include "look.h"

static size_t regions_before;

static void the_six_looks_of_the_thread(void)
{
    struct region stack, heap, rest;
    int here = 0;
    region_of(&here, &stack);
    show_region("4 thread, before malloc", &stack);
    ok(region_readable_writable(&stack), "E3 V9 the thread has its stack");
    ok(look_at_maps() > regions_before, "E3 V9 and that is what is new");
    struct block b = block_take(1000);
    ok(region_of(b.p, &heap) && region_at(heap.end, &rest), "E3 (the thread's heap is in maps)");
    show_region("5 thread, after malloc", &heap);
    show_region("  and reserved above it", &rest);
    uintptr_t base = heap_base(b.p);
    ok(heap.start <= base && heap.end == base + first_heap_for(1, TOP_PAD),
       "E3 R1 the thread's heap is 132 KiB from an address aligned to 64 MiB");
    ok(region_reserved(&rest) && rest.end >= base + HEAP_MAX, "E3 R1 the rest is reserved");
    char *p = b.p;
    block_put(&b);
    struct region after;
    region_of(p, &after);
    show_region("6 thread, after free", &after);
    ok(after.start == heap.start && after.end == heap.end, "E3 M7 free leaves it as it is");
}

static void *thread(void *arg)
{
    the_six_looks_of_the_thread();
    return arg;
}

int main(void)
{
    struct region heap, after;
    look_begin();
    show_heap("1 main, before malloc");
    ok(heap_line(&heap) == 0, "E3 V2 before the first malloc there is no [heap]");
    struct block b = block_take(1000);
    show_heap("2 main, after malloc");
    ok(heap_line(&heap) == 1 && region_size(&heap) == first_heap_for(1000, TOP_PAD),
       "E3 M1 after malloc(1000) it is 132 KiB");
    ok(in_break_heap(b.p), "E3 M1 and holds the block");
    char *p = b.p;
    block_put(&b);
    show_heap("3 main, after free");
    heap_line(&after);
    ok(after.start == heap.start && after.end == heap.end, "E3 M7 free leaves it as it is");
    b = block_take(1000);
    ok(b.p == p, "E3 M7 the next request of that size gets the same block");
    block_put(&b);
    regions_before = look_at_maps();
    on_thread(thread, NULL);
    show_heap("main, at the end");
    phase_ends("E3");
    return done();
}
