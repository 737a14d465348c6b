/*
 * malloc_info.c - the doors that tune and tell: mallopt, malloc_trim, mallinfo, malloc_info,
 * malloc_stats, and ours.
 *
 * Numbers are gathered under the locks and printed without: printing may allocate.
 */
#include "arenas.h"
#include "ashlar.h"
#include "check.h"
#include "gnu.h"
#include "idle.h"
#include "mapped.h"
#include "start.h"
#include "stats.h"
#include "thread.h"
#include "trim.h"
#include "tune.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

EXPORT const char *ashlar_version(void)
{
    return ASHLAR_VERSION;
}

EXPORT int ashlar_check(void)
{
    start_ensure();
    return (int)check_all();
}

/* What the manual lists and no allocator has acted on for decades: accepted, as there. */
static bool is_obsolete(int parameter)
{
    return parameter == M_NLBLKS || parameter == M_GRAIN || parameter == M_KEEP ||
           parameter == M_CHECK_ACTION;
}

EXPORT int mallopt(int parameter, int value)
{
    start_ensure();
    if (is_obsolete(parameter))
        return 1;
    if (!tune_set(parameter, value))
        return 0;
    if (parameter == M_PERTURB && value != 0)
        thread_watch();
    /* Chunks in fast bins that are too large for them now would never be found. */
    if (parameter == M_MXFAST && lock_take(&main_arena.lock)) {
        arena_merge_fast(&main_arena);
        lock_release(&main_arena.lock);
    }
    return 1;
}

EXPORT int malloc_trim(size_t pad)
{
    start_ensure();
    size_t returned = 0;
    bool before = thread_enter();
    thread_flush();
    idle_drain_all();
    for (struct arena *a = arenas_first(); a; a = arenas_next(a)) {
        if (!lock_take(&a->lock))
            continue;
        returned += trim_arena(a, pad);
        lock_release(&a->lock);
    }
    returned += places_trim();
    thread_leave(before);
    return returned > 0;
}

/* What lies ready in thread caches is told with the fast bins. */
EXPORT struct mallinfo2 mallinfo2(void)
{
    start_ensure();
    struct stats s = {.system = 0}, one;
    size_t main_top = 0;
    for (struct arena *a = arenas_first(); a; a = arenas_next(a)) {
        stats_of_arena(a, &one);
        stats_add(&s, &one);
        if (a == &main_arena)
            main_top = one.top_bytes;
    }
    struct mapped_count mapped = mapped_counted();
    size_t free_bytes = stats_free(&s);
    return (struct mallinfo2){
        .arena = s.system,
        .ordblks = s.free_chunks + s.tops,
        .smblks = s.fast_chunks,
        .hblks = mapped.chunks,
        .hblkhd = mapped.bytes,
        .fsmblks = s.fast_bytes,
        .uordblks = minus_or_zero(s.system, free_bytes),
        .fordblks = free_bytes,
        .keepcost = main_top,
    };
}

static int as_int(size_t n)
{
    return n > INT_MAX ? INT_MAX : (int)n;
}

/* The fields are too small for a modern heap: they stop at INT_MAX rather than wrap. */
EXPORT struct mallinfo mallinfo(void)
{
    struct mallinfo2 m = mallinfo2();
    return (struct mallinfo){
        .arena = as_int(m.arena),
        .ordblks = as_int(m.ordblks),
        .smblks = as_int(m.smblks),
        .hblks = as_int(m.hblks),
        .hblkhd = as_int(m.hblkhd),
        .fsmblks = as_int(m.fsmblks),
        .uordblks = as_int(m.uordblks),
        .fordblks = as_int(m.fordblks),
        .keepcost = as_int(m.keepcost),
    };
}

static void print_sizes(FILE *out, const struct stats_sizes *sizes, const char *element)
{
    if (sizes->chunks > 0)
        fprintf(out, "  <%s from=\"%zu\" to=\"%zu\" total=\"%zu\" count=\"%zu\"/>\n", element,
                sizes->from, sizes->to, sizes->bytes, sizes->chunks);
}

/* What an arena and the whole have in common. */
static void print_totals(FILE *out, const struct stats *s)
{
    fprintf(out, "<total type=\"fast\" count=\"%zu\" size=\"%zu\"/>\n", s->fast_chunks,
            s->fast_bytes);
    fprintf(out, "<total type=\"rest\" count=\"%zu\" size=\"%zu\"/>\n", s->free_chunks + s->tops,
            s->free_bytes + s->top_bytes);
}

static void print_system(FILE *out, const struct stats *s)
{
    fprintf(out, "<system type=\"current\" size=\"%zu\"/>\n", s->system);
    fprintf(out, "<system type=\"max\" size=\"%zu\"/>\n", s->system_max);
    fprintf(out, "<aspace type=\"total\" size=\"%zu\"/>\n", s->reserved);
    fprintf(out, "<aspace type=\"mprotect\" size=\"%zu\"/>\n", s->committed);
}

static void print_heap(FILE *out, struct arena *a, const struct stats *s)
{
    fprintf(out, "<heap nr=\"%u\">\n<sizes>\n", a->index);
    for (unsigned list = 0; list < FASTBINS; list++)
        print_sizes(out, &s->fast[list], "size");
    for (unsigned list = CACHE_FIRST; list <= CACHE_LISTS + 1; list++)
        print_sizes(out, &s->cached[list], "size");
    for (unsigned sizeclass = 0; sizeclass <= RUN_CLASSES; sizeclass++)
        print_sizes(out, &s->runs[sizeclass], "size");
    for (unsigned index = BIN_SMALL; index <= BIN_LAST; index++)
        print_sizes(out, &s->bins[index], "size");
    print_sizes(out, &s->bins[BIN_UNSORTED], "unsorted");
    fprintf(out, "</sizes>\n");
    print_totals(out, s);
    print_system(out, s);
    if (s->heaps > 0)
        fprintf(out, "<aspace type=\"subheaps\" size=\"%zu\"/>\n", s->heaps);
    fprintf(out, "</heap>\n");
}

EXPORT int malloc_info(int options, FILE *out)
{
    if (options != 0) {
        errno = EINVAL;
        return -1;
    }
    start_ensure();
    struct stats sum = {.system = 0}, one;
    fprintf(out, "<malloc version=\"1\">\n");
    for (struct arena *a = arenas_first(); a; a = arenas_next(a)) {
        stats_of_arena(a, &one);
        stats_add(&sum, &one);
        print_heap(out, a, &one);
    }
    struct mapped_count mapped = mapped_counted();
    print_totals(out, &sum);
    fprintf(out, "<total type=\"mmap\" count=\"%zu\" size=\"%zu\"/>\n", mapped.chunks,
            mapped.bytes);
    print_system(out, &sum);
    fprintf(out, "</malloc>\n");
    return 0;
}

static void print_use(size_t system, size_t in_use)
{
    fprintf(stderr, "system bytes     = %10zu\n", system);
    fprintf(stderr, "in use bytes     = %10zu\n", in_use);
}

EXPORT void malloc_stats(void)
{
    start_ensure();
    struct stats one;
    size_t system = 0, in_use = 0;
    for (struct arena *a = arenas_first(); a; a = arenas_next(a)) {
        stats_of_arena(a, &one);
        size_t used = minus_or_zero(one.system, stats_free(&one));
        fprintf(stderr, "Arena %u:\n", a->index);
        print_use(one.system, used);
        system += one.system;
        in_use += used;
    }
    struct mapped_count mapped = mapped_counted();
    fprintf(stderr, "Total (incl. mmap):\n");
    print_use(system + mapped.bytes, in_use + mapped.bytes);
    fprintf(stderr, "max mmap regions = %10zu\n", mapped.chunks_max);
    fprintf(stderr, "max mmap bytes   = %10zu\n", mapped.bytes_max);
}
