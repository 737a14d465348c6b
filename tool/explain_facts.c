/*
 * explain_facts.c - the model's sums and the regions' usage brought together.
 *
 *     RSS   | kept | live | shared | cached | tops | own | code | stacks | files | other |
 *           |<------------ malloc's, by chunk ---------->|<-- the rest, by region ------>|
 *
 * The left part comes from the pages under each chunk, the right part from smaps.  The two are
 * measured a moment apart: what does not fit is put to malloc's own, or taken from what is live,
 * and never from what a trim is said to return.
 */
#include "explain_facts.h"

#include "saved.h"
#include "target_sleep.h"

#include <stdio.h>
#include <string.h>

/* What mmap_threshold is before a freed mapping raises it. */
#define FIRST_THRESHOLD ((uint64_t)128 << 10)

/* The names stand in the table for people, the words in JSON and --plain. */
static const struct {
    const char *name, *word;
} names[] = {
    [PART_KEPT] = {"freed, whole pages, kept by malloc", "kept"},
    [PART_LIVE] = {"live", "live"},
    [PART_SHARED] = {"freed, shares a page with live data", "shared"},
    [PART_CACHED] = {"freed, in threads' caches", "cached"},
    [PART_TOPS] = {"top chunks kept ready", "tops"},
    [PART_OWN] = {"malloc's own structures", "own"},
    [PART_CODE] = {"code and data of program, libraries", "code"},
    [PART_STACKS] = {"stacks", "stacks"},
    [PART_FILES] = {"mapped files, shared memory", "files"},
    [PART_OTHER] = {"other mappings, not malloc's", "other"},
};

const char *facts_part_name(enum fact_part part)
{
    return names[part].name;
}

const char *facts_part_word(enum fact_part part)
{
    return names[part].word;
}

uint64_t facts_without(const struct facts *facts, uint64_t bytes)
{
    return facts->resident > bytes ? facts->resident - bytes : 0;
}

/* Never below zero: the pages and the areas are measured one after the other. */
static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* Where a region that is not malloc's belongs. */
static enum fact_part part_of(enum region_kind kind)
{
    switch (kind) {
    case REGION_TEXT:
    case REGION_DATA:
    case REGION_BSS:
    case REGION_LIBRARY:
    case REGION_LOADER:
    case REGION_KERNEL: return PART_CODE;
    case REGION_STACK:
    case REGION_THREAD_STACK: return PART_STACKS;
    case REGION_FILE:
    case REGION_SHARED: return PART_FILES;
    default: return PART_OTHER;
    }
}

/* These are divided by the states of chunks instead. */
static bool is_mallocs(const struct facts *facts, enum region_kind kind)
{
    /* Of a malloc that is not known, nothing is. */
    if (!facts->model->allocator)
        return false;
    return kind == REGION_BREAK || kind == REGION_THREAD_HEAP || kind == REGION_MAPPED_CHUNK ||
           kind == REGION_MALLOC;
}

/* What malloc holds, divided by state; what is left of its areas is its own. */
static void divide_heap(struct facts *facts)
{
    const struct heap_sums *sums = &facts->sums;
    const struct heap_sum *of = sums->of;
    uint64_t in_chunks = less(sums->trimmable, sums->trimmable_top);
    facts->part[PART_KEPT] = sums->trimmable;
    facts->part[PART_LIVE] = of[HEAP_LIVE].resident + of[HEAP_MAPPED].resident;
    facts->part[PART_SHARED] = less(of[HEAP_FREE].resident + of[HEAP_FAST].resident, in_chunks);
    facts->part[PART_CACHED] = of[HEAP_CACHED].resident;
    facts->part[PART_TOPS] = less(of[HEAP_TOP].resident, sums->trimmable_top);
    facts->part[PART_OWN] = of[HEAP_OWN].resident + of[HEAP_UNKNOWN].resident;
    facts->live_count = of[HEAP_LIVE].count + of[HEAP_MAPPED].count;
}

/* The regions that are not malloc's, and what is left.  After this the parts add up to RSS. */
static void divide_rest(struct facts *facts)
{
    uint64_t heap = 0, sum = 0;
    for (int part = 0; part <= PART_OWN; part++)
        heap += facts->part[part];
    for (size_t i = 0; i < facts->regions->count; i++) {
        const struct region *region = &facts->regions->list[i];
        if (!is_mallocs(facts, region->kind))
            facts->part[part_of(region->kind)] += region->usage.resident;
    }
    for (int part = PART_CODE; part < PARTS; part++)
        sum += facts->part[part];
    /* A core file holds what the heaps of threads only reserve, too; it never was in memory. */
    const struct target *target = facts->target;
    if (target->core || (target->saved && target->saved->was_core))
        facts->resident = heap + sum;
    /* What of malloc's areas no chunk covers, such as a static program's thread storage. */
    facts->part[PART_OWN] += less(facts->resident, heap + sum);
    /* Pages that came to the heap between the two looks cannot be told from live ones. */
    uint64_t over = less(heap + sum, facts->resident);
    for (int part = PART_LIVE; over && part < PARTS; part++) {
        uint64_t taken = over < facts->part[part] ? over : facts->part[part];
        facts->part[part] -= taken;
        over -= taken;
    }
    facts->part[PART_KEPT] -= over;
}

/* Go through the main arena's last segment, and keep the last chunk that is not free. */
static void find_pin(const struct heap_model *model, struct pin *pin)
{
    struct heap_chunk chunk;
    uint64_t free_bytes = 0, pieces = 0, largest = 0;
    if (model->arena_count == 0 || model->arenas[0].segments == 0)
        return;
    const struct heap_segment *segment = &model->segments[model->arenas[0].segments - 1];
    struct heap_cursor cursor = heap_begin(segment);
    while (heap_next(&cursor, &chunk)) {
        if (chunk.state == HEAP_FREE || chunk.state == HEAP_FAST) {
            free_bytes += chunk.size;
            pieces++;
            largest = chunk.size > largest ? chunk.size : largest;
        } else if (chunk.state == HEAP_LIVE || chunk.state == HEAP_CACHED) {
            *pin = (struct pin){.found = true,
                                .chunk = chunk,
                                .above = segment->end - chunk.at,
                                .free_below = free_bytes,
                                .pieces = pieces,
                                .largest = largest};
        }
    }
}

/* The threads whose caches were found, but those of the main arena. */
static void look_at_threads(struct facts *facts)
{
    for (size_t i = 0; i < facts->model->cache_count; i++) {
        const struct heap_cache *cache = &facts->model->caches[i];
        if (cache->thread == 0 || cache->uses == facts->model->arenas[0].at)
            continue;
        facts->threads_known++;
        facts->threads_asleep += target_thread_sleeps(facts->target, cache->thread);
    }
}

/* Arenas beside the main one; one without threads waits on glibc's list of free arenas. */
static void look_at_arenas(struct facts *facts)
{
    for (size_t i = 1; i < facts->model->arena_count; i++) {
        const struct heap_arena *arena = &facts->model->arenas[i];
        if (arena->is_shared)
            continue;
        facts->thread_arenas++;
        facts->thread_trimmable += arena->sums.trimmable;
        facts->unused_arenas += arena->threads == 0;
    }
}

/* Free chunks that would not be here if the mmap threshold were the first one. */
static void look_at_large(struct facts *facts)
{
    for (size_t i = 0; i < facts->model->segment_count; i++) {
        const struct heap_segment *segment = &facts->model->segments[i];
        struct heap_cursor cursor = heap_begin(segment);
        struct heap_chunk chunk;
        while (heap_next(&cursor, &chunk)) {
            if (chunk.state == HEAP_FREE && chunk.size >= FIRST_THRESHOLD)
                facts->large_free +=
                    heap_resident(facts->model, segment, chunk.at, chunk.at + chunk.size);
        }
    }
}

void facts_gather(const struct target *target, const struct heap_model *model,
                  const struct regions *regions, struct facts *facts)
{
    memset(facts, 0, sizeof *facts);
    facts->target = target;
    facts->model = model;
    facts->regions = regions;
    facts->sums = heap_sums_total(model);
    facts->resident = regions->total.resident;
    divide_heap(facts);
    divide_rest(facts);
    find_pin(model, &facts->pin);
    look_at_arenas(facts);
    look_at_threads(facts);
    look_at_large(facts);
}
