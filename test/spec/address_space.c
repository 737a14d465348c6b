/*
 * address_space.c - section V but for the layout: the break heap, mappings, when pages cost memory.
 *
 * Proves V1 V2 V4 V5 V6 V7 V8 V9.
 *
 * @test both
 */
#include "look.h"

static void the_heap_is_born_with_the_first_request(void)
{
    struct region heap;
    ok(heap_line(&heap) == 0, "V2 before the first allocation there is no [heap] line");
    struct block b = block_take(100);
    ok(heap_line(&heap) == 1, "V2 afterwards there is exactly one [heap] line");
    show_region("after malloc(100)", &heap);
    ok(strncmp(heap.perms, "rw-p 00000000 00:00 0 ", 22) == 0,
       "V2 it reads rw-p 00000000 00:00 0 [heap]");
    ok(in_break_heap(b.p), "V2 the block lies in it");
    ok(break_now() == heap.end, "V1 sbrk(0) is the end of the [heap] line");
    block_put(&b);
}

static void the_heap_grows_upward(void)
{
    enum { COUNT = 400 };
    static struct block b[COUNT];
    struct region before, after;
    b[0] = block_take(2000);
    heap_line(&before);
    blocks_take(b + 1, COUNT - 1, 2000);
    ok(heap_line(&after) == 1, "V1 the break heap stays one region");
    ok(after.start == before.start, "V1 start_brk does not move");
    ok(after.end > before.end, "V1 the heap grew upward");
    ok(break_now() == after.end, "V1 sbrk(0) is still the end of the [heap] line");
    blocks_put(b, COUNT);
}

static void the_break_moves_by_what_is_asked(void)
{
    struct region before, grown, restored;
    size_t n = 3 * page_size();
    struct block b = block_take(10);
    heap_line(&before);
    char *old = sbrk((intptr_t)n);
    heap_line(&grown);
    ok((uintptr_t)old == before.end, "V4 sbrk(n) returns the old end");
    ok(region_size(&grown) == region_size(&before) + n, "V4 brk up by n grows the region by n");
    fill(old, n, 4);
    ok(holds(old, n, 4), "V4 the new space can be used");
    sbrk(-(intptr_t)n);
    heap_line(&restored);
    ok(restored.start == before.start && restored.end == before.end, "V4 brk down restores it");
    block_put(&b);
}

static void a_private_mapping_comes_and_goes(void)
{
    size_t n = 132 * KIB;
    struct region r;
    char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ok(p != MAP_FAILED && region_of(p, &r), "V5 the mapping of 132 KiB is seen in maps");
    show_region("mmap of 132 KiB", &r);
    ok(region_size(&r) >= n && region_readable_writable(&r),
       "V5 its region has 132 KiB, or more where it merged with a neighbour");
    size_t other = 0;
    for (size_t i = 0; i < n; i++)
        other += p[i] != 0;
    ok(other == 0, "V5 the mapping is zero-filled");
    munmap(p, n);
    ok(!is_mapped(p) && !is_mapped(p + n - 1), "V5 it vanishes with munmap");
}

/* Write one byte in each of the first pages of p; returns the minor faults that this cost. */
static long touch(char *p, size_t pages)
{
    size_t step = page_size();
    long before = minor_faults();
    for (size_t i = 0; i < pages; i++)
        p[i * step] = 1;
    return minor_faults() - before;
}

static void pages_are_backed_when_touched(void)
{
    enum { PAGES = 1000 };
    size_t n = 64 * MIB;
    free(must(malloc(MIB), "malloc")); /* the library's own pages are not what is measured */
    vm_kib();
    rss_kib();
    long vm = vm_kib(), rss = rss_kib();
    char *p = must(malloc(n), "malloc(64 MiB)");
    long vm_added = vm_kib() - vm, rss_added = rss_kib() - rss;
    note("malloc(64 MiB): VmSize +%ld KiB, RSS +%ld KiB", vm_added, rss_added);
    ok(vm_added >= 64 * 1024 && vm_added < 64 * 1024 + 512,
       "V6 malloc(64 MiB) adds 64 MiB to VmSize");
    ok(rss_added < 100, "V6 untouched it adds less than 100 KiB to RSS");
    long major = major_faults();
    touch(p, 1); /* the page of the header is there already */
    long faults = touch(p + page_size(), PAGES);
    note("touching %d pages: %ld minor faults", PAGES, faults);
    ok(faults >= PAGES && faults < PAGES + 8, "V6 touching N pages costs N minor faults");
    ok(major_faults() == major, "V6 and no major one");
    ok(rss_kib() - rss - rss_added >= (long)(PAGES * page_size() / KIB) - 100,
       "V6 and N pages of RSS");
    free(p);
}

static void a_first_touch_is_a_minor_fault(void)
{
    char *p = must(malloc(8 * MIB), "malloc");
    char *page = p + 4 * MIB;
    long major = major_faults();
    ok(touch(page, 1) >= 1, "V7 the first touch of a page is a minor fault");
    long again = touch(page, 1);
    ok(again == 0, "V7 the second touch is none");
    ok(major_faults() == major, "V7 neither is a major fault");
    free(p);
}

/* An unnamed file of n bytes that the page cache has forgotten, or -1. */
static int cold_file(size_t n)
{
    static char page[4096] = "read me from the disk";
    unsigned char resident = 1;
    int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    if (fd < 0)
        fd = open("/var/tmp", O_TMPFILE | O_RDWR, 0600);
    for (size_t i = 0; fd >= 0 && i < n; i += sizeof page)
        if (write(fd, page, sizeof page) != (ssize_t)sizeof page)
            return -1;
    if (fd < 0 || fsync(fd) || posix_fadvise(fd, 0, (off_t)n, POSIX_FADV_DONTNEED))
        return -1;
    void *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED || mincore(p, page_size(), &resident))
        resident = 1;
    munmap(p, n);
    return resident & 1 ? -1 : fd;
}

static void only_the_disk_makes_a_major_fault(void)
{
    size_t n = 16 * page_size();
    int fd = cold_file(n);
    if (fd < 0) {
        skip("V7 no file here that the page cache can forget");
        return;
    }
    volatile char *p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
    long before = major_faults();
    char first = p[0];
    ok(major_faults() > before && first == 'r', "V7 a page read from a disk is a major fault");
    munmap((void *)(uintptr_t)p, n);
    close(fd);
}

static void break_memory_stays_and_mappings_go(void)
{
    struct block guard, small = block_take(2000);
    guard = block_take(2000);
    char *kept = small.p;
    block_put(&small);
    ok(is_mapped(kept) && in_break_heap(kept), "V8 freed break memory keeps its addresses");
    struct block big = block_take(8 * MIB);
    char *gone = big.p;
    size_t n = big.n;
    long rss = rss_kib(), vm = vm_kib();
    block_put(&big);
    note("free(8 MiB): RSS %+ld KiB, VmSize %+ld KiB", rss_kib() - rss, vm_kib() - vm);
    ok(!is_mapped(gone) && !is_mapped(gone + n - 1), "V8 a freed mapping loses its addresses");
    ok(rss - rss_kib() >= 8 * 1024 - 512, "V8 and its pages at once");
    block_put(&guard);
}

static void *a_thread_has_a_stack_then_a_heap(void *arg)
{
    struct region stack, heap;
    int here = 0;
    (void)arg;
    ok(region_of(&here, &stack), "V9 the thread's stack is there before its first malloc");
    show_region("stack of the thread", &stack);
    look_at_maps();
    size_t count = regions_count;
    static uintptr_t start[REGIONS_MAX], end[REGIONS_MAX];
    for (size_t i = 0; i < count; i++) {
        start[i] = regions[i].start;
        end[i] = regions[i].end;
    }
    struct block b = block_take(1000);
    bool was_there = false;
    for (size_t i = 0; i < count; i++)
        was_there |= start[i] <= heap_base(b.p) && heap_base(b.p) < end[i];
    ok((flags_of(b.p) & N_BIT) && !was_there, "V9 its heap was not there before");
    ok(region_of(b.p, &heap) && heap.start <= heap_base(b.p), "V9 its heap is there afterwards");
    show_region("heap of the thread", &heap);
    block_put(&b);
    return NULL;
}

static void threads_heap(void)
{
    on_thread(a_thread_has_a_stack_then_a_heap, NULL);
}

int main(void)
{
    look_begin();
    in_fresh_process("the first request", the_heap_is_born_with_the_first_request);
    in_fresh_process("upward", the_heap_grows_upward);
    in_fresh_process("sbrk by hand", the_break_moves_by_what_is_asked);
    in_fresh_process("a private mapping", a_private_mapping_comes_and_goes);
    in_fresh_process("lazy backing", pages_are_backed_when_touched);
    in_fresh_process("first touch", a_first_touch_is_a_minor_fault);
    in_fresh_process("from the disk", only_the_disk_makes_a_major_fault);
    in_fresh_process("freed memory", break_memory_stays_and_mappings_go);
    in_fresh_process("a thread's heap", threads_heap);
    return done();
}
