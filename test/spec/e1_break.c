/*
 * e1_break.c - E1: the break by hand, sbrk +4096 and back.
 *
 * Run it alone to read what it saw.  (V1 V4)
 *
 * @test both
 */
#include "look.h"

int main(void)
{
    struct region heap;
    look_begin();
    uintptr_t start = break_now();
    note("pid %d, program break %zx", (int)getpid(), (size_t)start);
    show_heap("before sbrk");
    ok(heap_line(&heap) == 0, "E1 before the first sbrk there is no [heap]");
    char *added = sbrk(4096);
    ok((uintptr_t)added == start, "E1 sbrk(4096) returns the old break");
    ok(break_now() == start + 4096, "E1 the break is 4096 bytes higher");
    note("program break %zx", (size_t)break_now());
    show_heap("after sbrk(4096)");
    ok(heap_line(&heap) == 1 && heap.end >= start + 4096, "E1 [heap] reaches up to it");
    fill(added, 4096, 1);
    ok(holds(added, 4096, 1), "E1 the new space can be written and read");
    ok(sbrk(-4096) != (void *)-1 && break_now() == start, "E1 sbrk(-4096) takes it back");
    show_heap("after sbrk(-4096)");
    ok(heap_line(&heap) == 0 || heap.end == align_up(start, page_size()), "E1 [heap] is as it was");
    struct block b = block_take(1000);
    ok(in_break_heap(b.p), "E1 malloc afterwards uses the break as ever");
    block_put(&b);
    phase_ends("E1");
    return done();
}
