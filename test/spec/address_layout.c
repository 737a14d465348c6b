/*
 * address_layout.c - where everything lies: V3, the start of the heap with and without address
 * randomisation, and V10, the order of the regions from low to high.
 *
 * Randomisation is a property of a whole program, so the test starts itself again with an argument
 * that names the part to show.  A part's own verdict is its exit status.
 *
 * @test both
 */
#include <sys/personality.h>

#include "look.h"

extern char etext[], edata[], end[];

static int initialised = 1;
static int zeroed;
static const char constant[] = "constant";

enum { PASSED = 0, FAILED = 1, FORBIDDEN = 77 };

/* the parts */

static int heap_begins_at_the_end_of_bss(void)
{
    struct region heap;
    struct block b = block_take(1);
    heap_line(&heap);
    size_t bss_end = align_up((size_t)end, page_size());
    note("end of bss %zx, heap from %zx", (size_t)end, (size_t)heap.start);
    block_put(&b);
    return heap.start == bss_end ? PASSED : FAILED;
}

static int heap_begins_above_bss(void)
{
    struct region heap;
    struct block b = block_take(1);
    heap_line(&heap);
    size_t bss_end = align_up((size_t)end, page_size());
    note("random gap above bss: %zu KiB", (heap.start - bss_end) / KIB);
    block_put(&b);
    return heap.start >= bss_end ? PASSED : FAILED;
}

/* Two mappings too large for any hole between the libraries: the second's side of the first. */
static bool second_mapping_is_below(void)
{
    size_t n = 256 * MIB;
    char *first = mmap(NULL, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *second = mmap(NULL, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return second < first;
}

static int mappings_grow_up(void)
{
    return second_mapping_is_below() ? FAILED : PASSED;
}

/* starting oneself again */

/* Run the part under a personality; returns its exit status. */
static int part_status(const char *part, unsigned long persona)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        int now = personality(0xffffffff);
        if (now < 0 || personality((unsigned)now | persona) < 0)
            _exit(FORBIDDEN);
        execl("/proc/self/exe", "address_layout", part, (char *)NULL);
        _exit(FORBIDDEN);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return FAILED;
    return WEXITSTATUS(status);
}

static void part_holds(const char *part, unsigned long persona, const char *title)
{
    int status = part_status(part, persona);
    if (status == FORBIDDEN)
        skip("%s: personality(2) is forbidden here", title);
    else
        ok(status == PASSED, "%s", title);
}

/* V10, seen from this process */

static bool unreachable(uintptr_t address)
{
    int ends[2];
    if (pipe(ends))
        return false;
    ssize_t written = write(ends[1], (const void *)address, 1);
    int error = errno;
    close(ends[0]);
    close(ends[1]);
    return written < 0 && error == EFAULT;
}

static uintptr_t lowest_named(const char *name)
{
    look_at_maps();
    for (size_t i = 0; i < regions_count; i++)
        if (strstr(regions[i].name, name))
            return regions[i].start;
    return 0;
}

static __attribute__((noinline)) bool stack_grows_down(const char *outer)
{
    char inner = 0;
    return &inner < outer;
}

static void regions_stand_in_order(void)
{
    char local = 0;
    struct block b = block_take(100);
    struct block mapped = block_take(MIB);
    uintptr_t libc = lowest_named("libc.so");
    uintptr_t stack = lowest_named("[stack]");
    uintptr_t text = (uintptr_t)&regions_stand_in_order;
    ok(text < (uintptr_t)constant, "V10 text lies below rodata");
    ok((uintptr_t)constant < (uintptr_t)&initialised, "V10 rodata lies below data");
    ok((uintptr_t)&initialised < (uintptr_t)&zeroed, "V10 data lies below bss");
    ok((uintptr_t)&zeroed < (uintptr_t)b.p, "V10 bss lies below the heap");
    ok(libc == 0 || (uintptr_t)b.p < libc, "V10 the heap lies below the libraries");
    ok((uintptr_t)b.p < (uintptr_t)mapped.p, "V10 the heap lies below the mappings");
    ok((uintptr_t)mapped.p < stack, "V10 the mappings lie below the stack");
    ok(libc < stack && stack <= (uintptr_t)&local, "V10 the libraries lie below the stack");
    ok(stack_grows_down(&local), "V10 the stack grows down");
    block_put(&mapped);
    block_put(&b);
}

static void *thread_lies_in_the_mapping_area(void *arg)
{
    struct block b = block_take(100);
    uintptr_t stack = lowest_named("[stack]");
    (void)arg;
    ok(break_now() < (uintptr_t)b.p && (uintptr_t)b.p < stack,
       "V10 a thread's heap lies in the mapping area");
    ok(break_now() < (uintptr_t)&stack && (uintptr_t)&stack < stack,
       "V10 a thread's stack lies in the mapping area");
    block_put(&b);
    return NULL;
}

static void the_ends_of_the_address_space(void)
{
    struct rlimit limit;
    uintptr_t highest = 0;
    ok(unreachable(0) && unreachable(page_size() - 1), "V10 the lowest page is inaccessible");
    look_at_maps();
    ok(regions[0].start >= page_size(), "V10 nothing is mapped at address 0");
    for (size_t i = 0; i < regions_count; i++)
        if (strcmp(regions[i].name, "[vsyscall]") != 0 && regions[i].end > highest)
            highest = regions[i].end;
#if defined(__x86_64__)
    ok(highest <= (uintptr_t)1 << 47, "V10 user space ends at 47 bits");
    ok(unreachable((uintptr_t)1 << 62), "V10 above it is the hole");
    ok(unreachable((uintptr_t)0xffffffff81000000), "V10 kernel addresses have their high bits set");
#elif defined(__i386__)
    ok(highest > 0, "V10 user space has 3 GiB, 4 under a 64-bit kernel");
#endif
    getrlimit(RLIMIT_STACK, &limit);
    note("V10 stack limit %lu KiB (8192 unless it was set)", (unsigned long)limit.rlim_cur / 1024);
}

static void layout(void)
{
    regions_stand_in_order();
    on_thread(thread_lies_in_the_mapping_area, NULL);
    the_ends_of_the_address_space();
}

static bool randomised(void)
{
    return number_in("/proc/sys/kernel/randomize_va_space", "") == 2 &&
           !(personality(0xffffffff) & ADDR_NO_RANDOMIZE);
}

int main(int argc, char **argv)
{
    look_begin();
    if (argc > 1 && strcmp(argv[1], "fixed") == 0)
        return heap_begins_at_the_end_of_bss();
    if (argc > 1 && strcmp(argv[1], "random") == 0)
        return heap_begins_above_bss();
    if (argc > 1 && strcmp(argv[1], "legacy") == 0)
        return mappings_grow_up();
    part_holds("fixed", ADDR_NO_RANDOMIZE, "V3 ASLR off: start_brk is the page-rounded end of bss");
    for (int i = 0; i < 3; i++)
        if (randomised())
            part_holds("random", 0, "V3 ASLR on: start_brk lies a random gap above bss");
    in_fresh_process("layout", layout);
    ok(second_mapping_is_below(), "V10 the mapping area grows down");
    part_holds("legacy", ADDR_COMPAT_LAYOUT, "V10 on the legacy layout it grows up");
    return done();
}
