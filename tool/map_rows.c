/*
 * map_rows.c - which regions share a line, and which kinds share a sum.
 *
 * A program with fifty threads has fifty stacks side by side, and one that calls malloc(256 KiB) a
 * thousand times has a thousand mapped chunks: they are one line each, with their number.  The sums
 * have fewer kinds than the regions, because the question there is where the memory went: into
 * malloc, code, stacks, files, or something else.
 */
#include "map_view.h"
#include "say.h"

#include <stdlib.h>

/* How many neighbours of a kind make one row; 0 = never.  Arenas are what people look for, so they
 * stand alone while they are few. */
static const size_t folded_from[REGION_KINDS] = {
    [REGION_THREAD_STACK] = 2, [REGION_MAPPED_CHUNK] = 2, [REGION_MALLOC] = 3,
    [REGION_ANONYMOUS] = 3,    [REGION_THREAD_HEAP] = 9,  [REGION_FILE] = 3,
};

/* Small files come in flocks, as those of a locale; large ones have names worth reading. */
static bool stands_alone(const struct region *region)
{
    return region->kind == REGION_FILE && region->end - region->start >= 1 << 20;
}

/* How many regions from `first` on are of its kind and wall to wall; between thread heaps there may
 * be gaps, because they begin at multiples of their size. */
static size_t alike(const struct regions *regions, size_t first)
{
    const struct region *list = regions->list;
    size_t i = first + 1;
    while (i < regions->count && list[i].kind == list[first].kind && !stands_alone(&list[first]) &&
           !stands_alone(&list[i]) &&
           (list[i].start == list[i - 1].end || list[i].kind == REGION_THREAD_HEAP))
        i++;
    return i - first;
}

/* The parts' sizes added up. */
static struct map_row make_row(const struct regions *regions, size_t first, size_t count)
{
    const struct region *list = &regions->list[first];
    struct map_row row = {
        .first = first, .count = count, .start = list[0].start, .end = list[count - 1].end};
    for (size_t i = 0; i < count; i++) {
        row.committed += list[i].committed;
        usage_add(&row.usage, &list[i].usage);
    }
    return row;
}

/* With -v nothing is folded. */
size_t map_rows(const struct map_view *view, struct map_row **rows)
{
    const struct regions *regions = view->regions;
    size_t n = 0;
    *rows = calloc(regions->count ? regions->count : 1, sizeof **rows);
    if (!*rows)
        say_and_exit(EXIT_OURS, "out of memory");
    for (size_t i = 0; i < regions->count;) {
        size_t count = alike(regions, i), from = folded_from[regions->list[i].kind];
        if (from == 0 || count < from || view->request->every_area)
            count = 1;
        (*rows)[n++] = make_row(regions, i, count);
        i += count;
    }
    return n;
}

enum sum { SUM_HEAP, SUM_MAPPED, SUM_CODE, SUM_STACK, SUM_FILE, SUM_OTHER };

/* Every kind has its sum, so that the sums add up to the whole. */
static const enum sum sum_of[REGION_KINDS] = {
    [REGION_TEXT] = SUM_CODE,          [REGION_DATA] = SUM_CODE,
    [REGION_BSS] = SUM_CODE,           [REGION_BREAK] = SUM_HEAP,
    [REGION_THREAD_HEAP] = SUM_HEAP,   [REGION_MAPPED_CHUNK] = SUM_MAPPED,
    [REGION_MALLOC] = SUM_HEAP,        [REGION_LIBRARY] = SUM_CODE,
    [REGION_LOADER] = SUM_CODE,        [REGION_STACK] = SUM_STACK,
    [REGION_THREAD_STACK] = SUM_STACK, [REGION_KERNEL] = SUM_CODE,
    [REGION_FILE] = SUM_FILE,          [REGION_SHARED] = SUM_FILE,
    [REGION_RESERVED] = SUM_OTHER,     [REGION_ANONYMOUS] = SUM_OTHER,
};

void map_sums(const struct regions *regions, struct map_sum sums[MAP_SUMS])
{
    static const struct map_sum names[MAP_SUMS] = {
        [SUM_HEAP] = {.name = "heap + arenas", .word = "heap"},
        [SUM_MAPPED] = {.name = "mapped chunks", .word = "mapped-chunks"},
        [SUM_CODE] = {.name = "code + data", .word = "code"},
        [SUM_STACK] = {.name = "stacks", .word = "stacks"},
        [SUM_FILE] = {.name = "files, shared", .word = "files"},
        [SUM_OTHER] = {.name = "other mappings", .word = "other"},
    };
    for (size_t i = 0; i < MAP_SUMS; i++)
        sums[i] = names[i];
    for (size_t i = 0; i < regions->count; i++) {
        const struct region *region = &regions->list[i];
        struct map_sum *sum = &sums[sum_of[region->kind]];
        sum->size += region->end - region->start;
        sum->committed += region->committed;
        sum->resident += region->usage.resident;
        sum->regions++;
    }
}
