/*
 * mapped.c - section P: chunks that have a mapping of their own.
 *
 * Proves P1 P2 P3 P4 P6; the moving threshold (P5) is in mapped_threshold.c.
 *
 * @test both
 */
#include "traced.h"

/* The largest request whose chunk is smaller than the threshold. */
#define BELOW_THRESHOLD (MMAP_THRESHOLD - CHUNK_ALIGN - WORD)

static bool has_own_mapping(const struct block *b)
{
    return (flags_of(b->p) & M_BIT) != 0;
}

static void large_requests_are_mapped(void)
{
    struct region r;
    struct block small = block_take(1);
    uintptr_t end = break_now();
    struct block below = block_take(BELOW_THRESHOLD);
    ok(!has_own_mapping(&below) && in_break_heap(below.p),
       "P1 a chunk right below 128 KiB comes from the heap");
    block_put(&below);
    ok(chunk_size_of(user_above(small.p)) >= MMAP_THRESHOLD + CHUNK_MIN,
       "P1 (the top chunk is large enough for the next request)");
    struct block b = block_take(BELOW_THRESHOLD + 1);
    ok(has_own_mapping(&b) && !in_break_heap(b.p),
       "P1 a chunk of 128 KiB is mapped, before the top chunk is tried");
    ok(break_now() == end, "P1 the break does not move for it");
    ok(region_of(b.p, &r), "P1 its mapping is in maps");
    show_region("malloc(128 KiB)", &r);
    char *p = b.p;
    block_put(&b);
    ok(!is_mapped(p), "P1 free() unmaps it at once");
    block_put(&small);
}

static void a_bin_is_asked_first(void)
{
    struct block a = block_take(100000), b = block_take(100000), guard = block_take(2000);
    block_put(&a);
    block_put(&b);
    struct block large = block_take(150000);
    ok(!has_own_mapping(&large) && in_break_heap(large.p),
       "P1 a free chunk that is large enough serves it without a mapping");
    struct block larger = block_take(250000);
    ok(has_own_mapping(&larger), "P1 one that is too small does not");
    block_put(&larger);
    block_put(&large);
    block_put(&guard);
}

static void the_shape_of_a_mapped_chunk(void)
{
    static const size_t sizes[] = {131072, 131073, 140000, 262144, 1000000};
    mallopt(M_MMAP_THRESHOLD, (int)MMAP_THRESHOLD); /* it is to stay where it is */
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct block b = block_take(sizes[i]);
        size_t size = align_up(sizes[i] + 2 * WORD, page_size());
        struct region r;
        ok((size_word(b.p) & FLAG_BITS) == M_BIT, "P3 %zu bytes: the size word has the M bit",
           sizes[i]);
        ok((uintptr_t)b.p % page_size() == USER_OFFSET, "P3 the user pointer is 0x10 into a page");
        ok(chunk_size_of(b.p) == size, "P3 the mapping is rounded to pages");
        ok(region_of(b.p, &r) && (uintptr_t)chunk_of(b.p) + size <= r.end,
           "P3 all of it is in maps");
        ok(malloc_usable_size(b.p) == size - 2 * WORD, "P3 two words of it are not the user's");
        block_put(&b);
    }
}

static void another_threshold(void)
{
    ok(mallopt(M_MMAP_THRESHOLD, 65536) == 1, "P2 M_MMAP_THRESHOLD is accepted");
    struct block below = block_take(65000), above = block_take(65536);
    ok(!has_own_mapping(&below), "P2 below the new threshold is the heap");
    ok(has_own_mapping(&above), "P2 above it is a mapping");
    block_put(&below);
    block_put(&above);
}

static void no_mappings(void)
{
    ok(mallopt(M_MMAP_MAX, 0) == 1, "P2 M_MMAP_MAX is accepted");
    struct block b = block_take(MIB);
    ok(!has_own_mapping(&b) && in_break_heap(b.p), "P2 with M_MMAP_MAX = 0 nothing is mapped");
    block_put(&b);
}

static void two_mappings(void)
{
    mallopt(M_MMAP_MAX, 2);
    struct block a = block_take(MIB), b = block_take(MIB), c = block_take(MIB);
    ok(has_own_mapping(&a) && has_own_mapping(&b), "P2 with M_MMAP_MAX = 2 two are mapped");
    ok(!has_own_mapping(&c) && in_break_heap(c.p), "P2 the third comes from the heap");
    block_put(&a);
    struct block d = block_take(MIB);
    ok(has_own_mapping(&d), "P2 a freed mapping may be followed by another");
    block_put(&b);
    block_put(&c);
    block_put(&d);
}

/* 65,536 mappings of two pages, of which one is touched: 256 MiB resident. */
static void mappings_without_end(void)
{
    enum { DEFAULT_MAX = 65536 };
    static void *p[DEFAULT_MAX + 1];
    size_t mapped = 0;
    mallopt(M_MMAP_THRESHOLD, (int)(2 * page_size()));
    for (size_t i = 0; i <= DEFAULT_MAX; i++) {
        p[i] = must(malloc(2 * page_size() - 64), "malloc");
        mapped += (flags_of(p[i]) & M_BIT) != 0;
    }
    ok(mapped == 0, "P2 (right below the threshold nothing is mapped)");
    for (size_t i = 0; i <= DEFAULT_MAX; i++)
        free(p[i]);
    for (size_t i = mapped = 0; i <= DEFAULT_MAX; i++) {
        p[i] = must(malloc(2 * page_size()), "malloc");
        mapped += (flags_of(p[i]) & M_BIT) != 0;
    }
    ok(mapped == DEFAULT_MAX, "P2 M_MMAP_MAX is 65536 by default (%zu were mapped)", mapped);
    for (size_t i = 0; i <= DEFAULT_MAX; i++)
        free(p[i]);
}

static long heap_faults, mapping_faults;

/* Allocate n bytes, touch them, free them, ten times over; returns the minor faults. */
static long cycles(size_t n)
{
    long before = minor_faults();
    for (int i = 0; i < 10; i++) {
        struct block b = block_take(n);
        block_put(&b);
    }
    return minor_faults() - before;
}

static void cycles_of_both_kinds(void)
{
    mallopt(M_MMAP_THRESHOLD, (int)MMAP_THRESHOLD);
    cycles(100000);
    cycles(200000);
    mark();
    heap_faults = cycles(100000);
    mark();
    mapping_faults = cycles(200000);
    mark();
    note("10 cycles: %ld faults through the heap, %ld through mappings", heap_faults,
         mapping_faults);
    ok(heap_faults <= 2, "P4 a cycle through the heap pays no page fault");
    ok(mapping_faults >= 10 * (long)(200000 / page_size()),
       "P4 each cycle through a mapping pays its page faults again");
}

static void the_price_of_a_mapping(void)
{
    struct calls calls[PHASES_MAX];
    if (!in_traced_process("cycles", cycles_of_both_kinds, calls)) {
        skip("P4 no ptrace here");
        in_fresh_process("cycles", cycles_of_both_kinds);
        return;
    }
    note("10 cycles: heap %ld system calls; mapping %ld mmap, %ld munmap", calls[0].all - 2,
         calls[1].map, calls[1].unmap);
    ok(calls[0].map + calls[0].unmap + calls[0].move_break == 0,
       "P4 a cycle through the heap makes no system call");
    ok(calls[1].map == 10 && calls[1].unmap == 10,
       "P4 each cycle through a mapping pays its system calls");
}

static void resizing_a_mapping(void)
{
    struct block b = block_take(4 * MIB);
    long faults = minor_faults();
    mark();
    char *larger = must(realloc(b.p, 64 * MIB), "realloc");
    mark();
    faults = minor_faults() - faults;
    ok(holds(larger, b.n, b.seed), "P6 realloc of a mapped chunk keeps its content");
    ok(faults < 100, "P6 a growing mapping of 1024 pages is not copied: %ld faults", faults);
    ok((flags_of(larger) & M_BIT) && malloc_usable_size(larger) >= 64 * MIB, "P6 it has grown");
    fill(larger, 64 * MIB, 6);
    long rss = rss_kib();
    mark();
    char *smaller = must(realloc(larger, 2 * MIB), "realloc");
    mark();
    ok(holds(smaller, 2 * MIB, 6), "P6 a shrunken one keeps what it still holds");
    ok(rss - rss_kib() > 60 * 1024, "P6 and gives back the rest");
    free(smaller);
}

static void by_mremap(void)
{
    struct calls calls[PHASES_MAX];
    if (!in_traced_process("realloc", resizing_a_mapping, calls)) {
        skip("P6 no ptrace here");
        in_fresh_process("realloc", resizing_a_mapping);
        return;
    }
    ok(calls[0].remap == 1 && calls[0].map == 0, "P6 a mapped chunk grows by mremap");
    ok(calls[2].remap == 1 && calls[2].map == 0, "P6 and shrinks by mremap");
}

static void fresh_pages_are_not_cleared(void)
{
    size_t n = 64 * MIB;
    free(must(calloc(1, MIB), "calloc")); /* the library's own pages are not what is measured */
    rss_kib();
    long rss = rss_kib();
    char *p = must(calloc(n, 1), "calloc(64 MiB)");
    ok(rss_kib() - rss < 100, "P6 calloc does not clear fresh mapped memory");
    size_t other = 0;
    for (size_t i = 0; i < n; i += 509)
        other += p[i] != 0;
    ok(other == 0, "P6 it is zero all the same");
    free(p);
    struct block used = block_take(50000), guard = block_take(2000);
    block_put(&used);
    p = must(calloc(50000, 1), "calloc");
    for (size_t i = other = 0; i < 50000; i++)
        other += p[i] != 0;
    ok(other == 0, "P6 memory that was used before is cleared");
    free(p);
    block_put(&guard);
}

int main(void)
{
    look_begin();
    in_fresh_process("the threshold", large_requests_are_mapped);
    in_fresh_process("bins first", a_bin_is_asked_first);
    in_fresh_process("the shape", the_shape_of_a_mapped_chunk);
    in_fresh_process("M_MMAP_THRESHOLD", another_threshold);
    in_fresh_process("M_MMAP_MAX 0", no_mappings);
    in_fresh_process("M_MMAP_MAX 2", two_mappings);
    in_fresh_process("M_MMAP_MAX by default", mappings_without_end);
    the_price_of_a_mapping();
    by_mremap();
    in_fresh_process("calloc", fresh_pages_are_not_cleared);
    return done();
}
