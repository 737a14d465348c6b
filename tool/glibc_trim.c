/*
 * glibc_trim.c - runs of free chunks, as malloc_trim will find them after it has joined them.
 *
 *     run       | sizes links | part of a page | whole pages: returned | part of a page |
 *               48 bytes stay
 *
 * Below the top of the main arena a joined run becomes part of the top, and goes with it.
 */
#include "glibc_trim.h"

#include "glibc_layout.h"
#include "glibc_settings.h"
#include "heap_sums.h"

/* The resident whole pages inside one free chunk. */
static uint64_t inside(const struct heap_model *model, const struct heap_segment *segment,
                       uint64_t start, uint64_t end)
{
    uint64_t mask = ~(model->page_size - 1);
    start = (start + GLIBC_CHUNK_STRUCT + model->page_size - 1) & mask;
    end &= mask;
    return start < end ? heap_resident(model, segment, start, end) : 0;
}

/* The break falls by whole pages, or huge ones where glibc asks for those (glibc.malloc.hugetlb=1);
 * a chunk of the least size and a byte must stay. */
static uint64_t off_the_top(const struct heap_model *model, const struct heap_segment *segment,
                            uint64_t top, uint64_t end)
{
    uint64_t size = end - top;
    if (size <= GLIBC_CHUNK_MIN + 1)
        return 0;
    uint64_t unit = model->settings.trim_unit ? model->settings.trim_unit : model->page_size;
    uint64_t extra = (size - GLIBC_CHUNK_MIN - 1) & ~(unit - 1);
    return extra ? heap_resident(model, segment, end - extra, end) : 0;
}

/* Whether the segment ends where the break is, so that lowering the break can shorten it. */
static bool ends_at_break(const struct target *target, const struct heap_model *model,
                          const struct heap_segment *segment)
{
    const struct area *heap = glibc_break(target);
    uint64_t end = (segment->end + model->page_size - 1) & ~(model->page_size - 1);
    while (heap && heap->end < end && heap + 1 < target->areas.list + target->areas.count &&
           heap[1].start == heap->end)
        heap++;
    return heap && heap->end == end && model->arenas[segment->arena].is_main;
}

/* Whether malloc_trim will have joined it with its neighbours; caches are not emptied by it. */
static bool is_joined(enum heap_state state)
{
    return state == HEAP_FREE || state == HEAP_FAST;
}

/* Adds what trimming the segment returns to the sums. */
static void segment_trim(const struct target *target, const struct heap_model *model,
                         const struct heap_segment *segment, struct heap_sums *sums)
{
    struct heap_cursor cursor = heap_begin(segment);
    struct heap_chunk chunk;
    uint64_t bytes = 0, start = 0, end = 0; /* of the run of free chunks so far; 0 = none */
    while (heap_next(&cursor, &chunk)) {
        if (is_joined(chunk.state)) {
            start = start ? start : chunk.at;
            end = chunk.at + chunk.size;
            continue;
        }
        if (chunk.state == HEAP_TOP)
            break;
        if (start)
            bytes += inside(model, segment, start, end);
        start = 0;
    }
    bool has_top = cursor.index > 0 && chunk.state == HEAP_TOP;
    if (start && !has_top)
        bytes += inside(model, segment, start, end);
    /* A fast chunk below the top has become part of it. */
    if (has_top && ends_at_break(target, model, segment))
        sums->trimmable_top += off_the_top(model, segment, start ? start : chunk.at, segment->end);
    sums->trimmable += bytes;
}

void glibc_trim_predict(const struct target *target, struct heap_model *model)
{
    for (size_t i = 0; i < model->segment_count; i++) {
        struct heap_segment *segment = &model->segments[i];
        segment_trim(target, model, segment, &model->arenas[segment->arena].sums);
    }
    for (size_t i = 0; i < model->arena_count; i++)
        model->arenas[i].sums.trimmable += model->arenas[i].sums.trimmable_top;
}
