/*
 * ashlar_trim.c - rows of free blocks, as malloc_trim finds them when all caches are empty.
 *
 *     chunks    | free | cached | free |   joined: its first words stay, whole pages behind them go
 *     slots     | free | cached | free |   nothing is joined, and nothing stays
 *
 * The top goes back but for the least that must stay.
 */
#include "ashlar_trim.h"

#include "heap_sums.h"

/* struct chunk of the library, which a free chunk keeps. */
enum { CHUNK_STRUCT = 72 };

/* What counts as free: with the caches or without. */
enum drained { AS_IT_IS, DRAINED };

/* The resident whole pages between. */
static uint64_t inside(const struct heap_model *model, const struct heap_segment *segment,
                       uint64_t start, uint64_t end)
{
    uint64_t mask = ~(model->page_size - 1);
    start = (start + model->page_size - 1) & mask;
    end &= mask;
    return start < end ? heap_resident(model, segment, start, end) : 0;
}

/* Whether malloc_trim finds it free. */
static bool is_joined(enum heap_state state, enum drained drained)
{
    return state == HEAP_FREE || state == HEAP_FAST || (state == HEAP_CACHED && drained);
}

/* Whole pages off the end, all but the least top. */
static uint64_t off_the_top(const struct heap_model *model, const struct heap_segment *segment,
                            uint64_t top)
{
    uint64_t size = segment->end - top;
    uint64_t bytes =
        size > GLIBC_CHUNK_MIN ? (size - GLIBC_CHUNK_MIN) & ~(model->page_size - 1) : 0;
    return bytes ? heap_resident(model, segment, segment->end - bytes, segment->end) : 0;
}

/* What the segment would lose; *top gets the part of it that comes off the top. */
static uint64_t segment_trim(const struct heap_model *model, const struct heap_segment *segment,
                             enum drained drained, uint64_t *top)
{
    struct heap_cursor cursor = heap_begin(segment);
    struct heap_chunk chunk = {0};
    uint64_t bytes = 0, start = 0, end = 0, kept = segment->headless ? 0 : CHUNK_STRUCT;
    *top = 0;
    while (heap_next(&cursor, &chunk)) {
        /* What is left behind the last slot goes with the slots before it. */
        bool tail = segment->headless && start && drained && chunk.state == HEAP_OWN;
        if (is_joined(chunk.state, drained) || tail) {
            start = start ? start : chunk.at;
            end = chunk.at + chunk.size;
            continue;
        }
        if (chunk.state == HEAP_TOP) {
            *top = off_the_top(model, segment, start ? start : chunk.at);
            return bytes + *top;
        }
        if (start)
            bytes += inside(model, segment, start + kept, end);
        start = 0;
    }
    return start ? bytes + inside(model, segment, start + kept, end) : bytes;
}

void ashlar_trim_predict(struct ashlar_reader *reader)
{
    struct heap_model *model = reader->chunks.model;
    for (size_t i = 0; i < model->segment_count; i++) {
        struct heap_segment *segment = &model->segments[i];
        struct heap_sums *sums = &model->arenas[segment->arena].sums;
        uint64_t top, ignored;
        uint64_t now = segment_trim(model, segment, AS_IT_IS, &top);
        uint64_t all = segment_trim(model, segment, DRAINED, &ignored);
        sums->trimmable += now;
        sums->trimmable_top += top;
        sums->drained += all > now ? all - now : 0;
    }
}
