/*
 * glibc_settings.c - try each layout of malloc_par at each word of the libc's data.
 *
 * What is found decides where the break heap's first chunk is, when mapped chunks are all found,
 * and what the thresholds are now.  If nothing obeys, all of that is simply not known.
 */
#include "glibc_settings.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

/* Offsets; the first five words are the same in all. */
struct layout {
    size_t huge;   /* thp_pagesize; 0 = it has none */
    size_t mmaps;  /* four ints: n_mmaps, n_mmaps_max, max_n_mmaps, no_dyn_threshold */
    size_t mapped; /* mmapped_mem, max_mmapped_mem, sbrk_base, tcache_bins, _max_bytes, _count */
};

static const struct layout layouts[] = {
    {40, 60, 80}, /* since 2.35: huge pages */
    {0, 40, 56},  /* 2.26 to 2.34 */
    {48, 68, 88}, /* since 2.43: a mode of transparent huge pages */
};

/* The words of `plain`, the words of `late`, and the ints of `count`, in their order there. */
enum { TRIM, TOP_PAD, MMAP, ARENA_TEST, ARENA_MAX, PLAIN_WORDS };
enum { MAPPED, MAPPED_MAX, FIRST, CACHE_BINS, CACHE_BYTES, CACHE_COUNT, LATE_WORDS };
enum { COUNT, COUNT_LIMIT, COUNT_MAX, FIXED, INTS };
enum { LARGEST = 88 + LATE_WORDS * GLIBC_WORD };

/* malloc_par's fields, wherever they were. */
struct fields {
    uint64_t plain[PLAIN_WORDS];
    uint64_t huge;
    int32_t count[INTS];
    uint64_t late[LATE_WORDS];
};

const struct area *glibc_break(const struct target *target)
{
    for (size_t i = 0; i < target->areas.count; i++) {
        if (strcmp(target->areas.list[i].name, "[heap]") == 0)
            return &target->areas.list[i];
    }
    return NULL;
}

/* The fields of one layout out of raw bytes. */
static void copy(const unsigned char *bytes, const struct layout *layout, struct fields *fields)
{
    memcpy(fields->plain, bytes, sizeof fields->plain);
    fields->huge = 0;
    if (layout->huge)
        memcpy(&fields->huge, bytes + layout->huge, sizeof fields->huge);
    memcpy(fields->count, bytes + layout->mmaps, sizeof fields->count);
    memcpy(fields->late, bytes + layout->mapped, sizeof fields->late);
}

/* The limits that mallopt and the tunables have, or where they have none, what no one would set. */
static bool thresholds_hold(const struct fields *f)
{
    const uint64_t huge = (uint64_t)1 << 40;
    return f->plain[MMAP] <= GLIBC_HEAP_MAX / 2 && f->plain[TOP_PAD] <= huge &&
           f->plain[ARENA_TEST] >= 1 && f->plain[ARENA_TEST] <= 4096 &&
           f->plain[ARENA_MAX] <= 1 << 20 && f->huge <= (uint64_t)1 << 30 &&
           (f->huge & (f->huge - 1)) == 0;
}

/* Mappings are whole pages, and no counter is above its own maximum. */
static bool counters_hold(const struct fields *f, uint64_t page_size)
{
    const int32_t *count = f->count;
    const uint64_t *late = f->late;
    return count[COUNT] >= 0 && count[COUNT] <= count[COUNT_MAX] && count[COUNT_LIMIT] >= 0 &&
           (count[FIXED] == 0 || count[FIXED] == 1) && late[MAPPED] <= late[MAPPED_MAX] &&
           late[MAPPED] % page_size == 0 && late[MAPPED_MAX] % page_size == 0 &&
           (count[COUNT_MAX] == 0) == (late[MAPPED_MAX] == 0);
}

/* The tunables of the thread cache have limits in glibc itself. */
static bool cache_holds(const struct fields *f)
{
    const uint64_t *late = f->late;
    return late[CACHE_BINS] <= GLIBC_CACHE_BINS_MAX && late[CACHE_COUNT] <= UINT16_MAX &&
           late[CACHE_BYTES] <= (uint64_t)4 << 20 &&
           (late[CACHE_BINS] != 0 || late[CACHE_BYTES] == 0 || late[CACHE_COUNT] != 0);
}

/* Without a break heap the defaults must stand in for the pointer into it. */
static bool first_holds(const struct fields *f, const struct area *heap)
{
    uint64_t first = f->late[FIRST];
    if (first == 0)
        return f->count[COUNT_LIMIT] == 65536 && f->late[CACHE_BINS] != 0;
    return heap && first >= heap->start && first < heap->end;
}

/* All laws together. */
static bool holds(const struct fields *f, const struct area *heap, uint64_t page_size)
{
    return thresholds_hold(f) && first_holds(f, heap) && counters_hold(f, page_size) &&
           cache_holds(f);
}

/* Let the model have what it shows. */
static void accept(const struct fields *f, struct glibc_settings *settings)
{
    settings->first = f->late[FIRST];
    settings->cache_count = f->late[CACHE_COUNT];
    settings->heap = (struct heap_settings){
        .known = true,
        .trim_threshold = f->plain[TRIM],
        .top_pad = f->plain[TOP_PAD],
        .mmap_threshold = f->plain[MMAP],
        .arena_max = f->plain[ARENA_MAX],
        .trim_unit = f->huge,
        .fixed = f->count[FIXED] != 0,
        .mapped_count = (uint64_t)f->count[COUNT],
        .mapped_bytes = f->late[MAPPED],
    };
}

/* The first place that obeys is taken: the laws leave no room for a second. */
static bool scan(const struct target *target, const unsigned char *bytes, size_t n,
                 struct glibc_settings *settings)
{
    const struct area *heap = glibc_break(target);
    for (size_t i = 0; i + LARGEST <= n; i += GLIBC_WORD) {
        for (size_t k = 0; k < sizeof layouts / sizeof *layouts; k++) {
            struct fields fields;
            copy(bytes + i, &layouts[k], &fields);
            if (holds(&fields, heap, target->page_size)) {
                accept(&fields, settings);
                return true;
            }
        }
    }
    return false;
}

void glibc_settings_find(const struct target *target, const struct glibc_state *state,
                         struct glibc_settings *settings)
{
    const uint64_t most = (uint64_t)16 << 20;
    *settings = (struct glibc_settings){0};
    for (const struct area *a = state->data; a && !settings->heap.known;
         a = glibc_data_next(target, a)) {
        uint64_t n = area_size(a) < most ? area_size(a) : most;
        unsigned char *bytes = malloc(n);
        if (bytes && memory_read(target, a->start, bytes, n))
            scan(target, bytes, n, settings);
        free(bytes);
    }
}
