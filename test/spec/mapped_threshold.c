/*
 * mapped_threshold.c - P5: a freed mapping raises the threshold, so that the next request of its
 * size comes from the heap.
 *
 * One line of P5 fails on glibc, and is meant to: there the trim threshold rises as well.
 *
 * @test both
 */
#include "look.h"

enum { LARGE = 300000 };

#define RAISED (WORD == 8 ? MIB : 400 * KIB)
#define CAP (WORD == 8 ? 32 * MIB : 512 * KIB)

/* Allocate and free n bytes; was it a mapping of its own? */
static bool is_mapped_request(size_t n)
{
    struct block b = block_take(n);
    bool mapped = (flags_of(b.p) & M_BIT) != 0;
    block_put(&b);
    return mapped;
}

static void a_freed_mapping_raises_it(void)
{
    struct block small = block_take(1);
    ok(is_mapped_request(LARGE), "P5 300000 bytes are a mapping at first");
    ok(!is_mapped_request(LARGE), "P5 the next request of that size comes from the heap");
    size_t size = align_up(LARGE + 2 * WORD, page_size());
    ok(is_mapped_request(size), "P5 a larger one is a mapping still");
    block_put(&small);
}

static void it_rises_to_the_size_of_the_chunk(void)
{
    size_t size = align_up(LARGE + 2 * WORD, page_size());
    is_mapped_request(LARGE);
    struct block below = block_take(size - CHUNK_ALIGN - WORD);
    struct block above = block_take(size - WORD);
    ok(!(flags_of(below.p) & M_BIT), "P5 the threshold is now the size of that chunk: below it");
    ok(flags_of(above.p) & M_BIT, "P5 the threshold is now the size of that chunk: from it on");
    block_put(&below);
    block_put(&above);
}

static void it_never_falls(void)
{
    is_mapped_request(RAISED);
    struct block a = block_take(200000);
    ok(!(flags_of(a.p) & M_BIT), "P5 a raised threshold holds for all that is below it");
    block_put(&a);
    ok(!is_mapped_request(RAISED), "P5 and stays raised");
}

static void it_has_a_cap(void)
{
    size_t most = CAP - CHUNK_ALIGN - WORD; /* its mapping is 32 MiB exactly */
    ok(is_mapped_request(most + 1), "P5 a chunk above 32 MiB is a mapping");
    ok(is_mapped_request(most + 1), "P5 and remains one however often it is freed");
    ok(is_mapped_request(LARGE), "P5 it has not raised the threshold");
    ok(is_mapped_request(most), "P5 a chunk of 32 MiB is a mapping");
    ok(!is_mapped_request(most - page_size()), "P5 that one has raised the threshold");
    ok(is_mapped_request(most + 1), "P5 above 32 MiB there is always a mapping");
}

static void frozen_by(int option, int value, const char *name)
{
    ok(mallopt(option, value) == 1, "P5 %s is accepted", name);
    ok(is_mapped_request(LARGE) && is_mapped_request(LARGE), "P5 setting %s freezes it", name);
}

static void frozen_by_trim(void)
{
    frozen_by(M_TRIM_THRESHOLD, 131072, "M_TRIM_THRESHOLD");
}

static void frozen_by_pad(void)
{
    frozen_by(M_TOP_PAD, 131072, "M_TOP_PAD");
}

static void frozen_by_threshold(void)
{
    frozen_by(M_MMAP_THRESHOLD, 131072, "M_MMAP_THRESHOLD");
}

static void frozen_by_max(void)
{
    frozen_by(M_MMAP_MAX, 65536, "M_MMAP_MAX");
}

static void the_trim_threshold_does_not_rise(void)
{
    enum { COUNT = 250 }; /* 504 KB: above 128 KiB, below twice the freed mapping */
    static struct block b[COUNT];
    struct block first = block_take(2000);
    is_mapped_request(LARGE);
    blocks_take(b, COUNT, 2000);
    size_t full = heap_size();
    for (size_t i = COUNT; i > 0; i--)
        block_put(&b[i - 1]);
    size_t left = heap_size();
    note("[heap] %zu KiB, after the frees %zu KiB", full / KIB, left / KIB);
    ok(left < full && left <= 2016 + TOP_PAD + 2 * page_size(),
       "P5 the trim threshold does not rise with it: the break is lowered as before");
    block_put(&first);
}

int main(void)
{
    look_begin();
    in_fresh_process("raised", a_freed_mapping_raises_it);
    in_fresh_process("to its size", it_rises_to_the_size_of_the_chunk);
    in_fresh_process("for good", it_never_falls);
    in_fresh_process("the cap", it_has_a_cap);
    in_fresh_process("frozen by M_TRIM_THRESHOLD", frozen_by_trim);
    in_fresh_process("frozen by M_TOP_PAD", frozen_by_pad);
    in_fresh_process("frozen by M_MMAP_THRESHOLD", frozen_by_threshold);
    in_fresh_process("frozen by M_MMAP_MAX", frozen_by_max);
    in_fresh_process("and trimming", the_trim_threshold_does_not_rise);
    return done();
}
