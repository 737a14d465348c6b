/*
 * heap_model.c - chunks packed into words, and found again.
 *
 * Addresses are not kept: who wants a chunk's address walks its segment, which is a sum over an
 * array and takes a nanosecond for each chunk.
 */
#include "heap_model.h"

#include "say.h"

#include <stdlib.h>
#include <string.h>

/* The inverse is in heap_next. */
static uint64_t pack(const struct heap_chunk *chunk)
{
    return chunk->size / HEAP_SIZE_UNIT << HEAP_SIZE_SHIFT |
           (uint64_t)chunk->bin << HEAP_BIN_SHIFT | (uint64_t)chunk->state << HEAP_STATE_SHIFT |
           chunk->flags;
}

void heap_append(struct heap_segment *segment, const struct heap_chunk *chunk)
{
    if (segment->count == segment->room) {
        size_t room = segment->room ? segment->room * 2 : 1024;
        uint64_t *words = reallocarray(segment->words, room, sizeof *words);
        if (!words)
            say_and_exit(EXIT_OURS, "out of memory: the heap has more than %zu chunks",
                         segment->count);
        segment->words = words;
        segment->room = room;
    }
    segment->words[segment->count++] = pack(chunk);
}

void heap_restate(struct heap_segment *segment, size_t index, enum heap_state state, unsigned bin)
{
    uint64_t mask = (uint64_t)HEAP_STATE_MASK << HEAP_STATE_SHIFT | (uint64_t)HEAP_BIN_MASK
                                                                        << HEAP_BIN_SHIFT;
    uint64_t *word = &segment->words[index];
    *word = (*word & ~mask) | (uint64_t)state << HEAP_STATE_SHIFT | (uint64_t)bin << HEAP_BIN_SHIFT;
}

const struct heap_segment *heap_segment_at(const struct heap_model *model, uint64_t at)
{
    for (size_t i = 0; i < model->segment_count; i++) {
        if (at >= model->segments[i].start && at < model->segments[i].end)
            return &model->segments[i];
    }
    return NULL;
}

bool heap_chunk_at(const struct heap_model *model, uint64_t at, struct heap_cursor *cursor,
                   struct heap_chunk *chunk)
{
    const struct heap_segment *segment = heap_segment_at(model, at);
    if (!segment)
        return false;
    *cursor = heap_begin(segment);
    while (heap_next(cursor, chunk)) {
        if (at < chunk->at + chunk->size)
            return true;
    }
    return false;
}

const struct heap_mark *heap_mark_at(const struct heap_model *model, uint64_t at)
{
    size_t low = 0, high = model->mark_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (model->marks[middle].at == at)
            return &model->marks[middle];
        if (model->marks[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

size_t heap_first_segment(const struct heap_model *model, size_t arena)
{
    size_t first = 0;
    for (size_t i = 0; i < arena; i++)
        first += model->arenas[i].segments;
    return first;
}

const char *heap_state_name(enum heap_state state)
{
    static const char *const names[HEAP_STATES] = {
        [HEAP_LIVE] = "live",     [HEAP_OWN] = "own",         [HEAP_FREE] = "free",
        [HEAP_FAST] = "fast",     [HEAP_CACHED] = "cached",   [HEAP_TOP] = "top",
        [HEAP_MAPPED] = "mapped", [HEAP_UNKNOWN] = "unknown",
    };
    return names[state];
}

void heap_free(struct heap_model *model)
{
    if (!model)
        return;
    for (size_t i = 0; i < model->segment_count; i++) {
        free(model->segments[i].words);
        free(model->segments[i].pages);
    }
    free(model->segments);
    free(model->arenas);
    free(model->mapped);
    free(model->caches);
    free(model->own);
    free(model->marks);
    free(model);
}
