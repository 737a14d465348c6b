/*
 * e4_first_byte.c - E4: malloc(1) makes a heap of 132 KiB and returns its start + 16.
 *
 * Run it alone to read what it saw.  (M1 M2 M3)
 *
 * @test both
 */
#include "look.h"

int main(void)
{
    struct region heap;
    look_begin();
    show_heap("before malloc(1)");
    ok(heap_line(&heap) == 0, "E4 there is no heap yet");
    struct block b = block_take(1);
    ok(heap_line(&heap) == 1, "E4 malloc(1) makes the heap");
    show_region("after malloc(1)", &heap);
    note("malloc(1) = %zx = heap start + 0x%zx, size word 0x%zx, usable %zu bytes", (size_t)b.p,
         (uintptr_t)b.p - heap.start, size_word(b.p), malloc_usable_size(b.p));
    ok(region_size(&heap) == first_heap_for(1, TOP_PAD), "E4 M1 its size is 132 KiB");
    ok((uintptr_t)b.p - heap.start == USER_OFFSET, "E4 M2 the block is at offset 16");
    ok(size_word(b.p) == (CHUNK_MIN | P_BIT), "E4 M3 the header right before it says 0x21");
    block_put(&b);
    show_heap("after free");
    ok(region_size(&heap) == heap_size(), "E4 M7 the heap stays after free");
    phase_ends("E4");
    return done();
}
