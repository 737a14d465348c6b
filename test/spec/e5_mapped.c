/*
 * e5_mapped.c - E5: malloc(128 KiB) appears as a mapping and is gone after free.
 *
 * Run it alone to read what it saw.  (P1 P3)
 *
 * @test both
 */
#include "look.h"

int main(void)
{
    struct region r;
    look_begin();
    struct block small = block_take(1);
    show_heap("after malloc(1)");
    size_t heap = heap_size();
    struct block b = block_take(128 * KIB);
    ok(region_of(b.p, &r), "E5 malloc(128 KiB) is in maps");
    show_region("after malloc(128 KiB)", &r);
    note("malloc(128 KiB) = %zx, size word 0x%zx", (size_t)b.p, size_word(b.p));
    ok(!in_break_heap(b.p) && heap_size() == heap, "E5 P1 as a mapping, not in the heap");
    ok((flags_of(b.p) & M_BIT) && (uintptr_t)b.p % page_size() == USER_OFFSET,
       "E5 P3 the header says so");
    char *p = b.p;
    block_put(&b);
    ok(!is_mapped(p), "E5 P1 after free it is gone");
    show_heap("after free");
    ok(heap_size() == heap && block_intact(&small), "E5 the heap is as it was");
    block_put(&small);
    phase_ends("E5");
    return done();
}
