/*
 * e9_pinned_top.c - E9, M11: 16 MB freed under one live block of 2000 bytes near the top.
 *
 * Run it alone to read what it saw.  ptmalloc2's break cannot fall, so its RSS stays at 17 MB; that
 * is observed, not judged.  malloc_trim(0) has to return the whole pages inside the free chunk.
 * (That they go back by themselves is D1, another test's matter.)
 *
 * @test both
 */
#include "look.h"

enum { SIZE = 2000, COUNT = 8000 }; /* 16 MB */

static struct block b[COUNT];

static long show(const char *step)
{
    long rss = rss_kib();
    note("%-40s [heap] %5zu KiB   RSS %5ld KiB", step, heap_size() / KIB, rss);
    return rss;
}

int main(void)
{
    look_begin();
    show("at the start");
    blocks_take(b, COUNT, SIZE);
    struct block pin = block_take(SIZE);
    long full = show("16 MB and the pin are taken");
    size_t heap = heap_size();
    ok(full > 16000, "E9 (16 MB are resident)");
    blocks_put(b, COUNT);
    long freed = show("16 MB are freed, the pin lives");
    note("M11 %ld KiB of %ld are still resident: the break cannot fall below a live block", freed,
         full);
    ok(heap_size() == heap, "E9 M11 the break stays above the live block");
    ok(malloc_trim(0) == 1, "E9 M11 malloc_trim(0) says that it returned memory");
    long trimmed = show("after malloc_trim(0)");
    ok(trimmed < 2500, "E9 M11 whole free pages below a live block go back: RSS below 2.5 MB");
    ok(block_intact(&pin), "E9 M11 the live block is whole");
    blocks_take(b, COUNT, SIZE);
    ok(b[0].p < pin.p && in_break_heap(b[0].p), "E9 M11 the returned pages can be used again");
    show("16 MB are taken again");
    blocks_put(b, COUNT);
    block_put(&pin);
    show("all is freed");
    phase_ends("E9");
    return done();
}
