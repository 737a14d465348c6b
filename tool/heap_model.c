/*
 * heap_model.c - chunks packed into words, and found again.
 *
 *     word   | size / 8 (49 bits) | bin (8) | state (4) | N M P |
 *
 * Addresses are not kept: who wants a chunk's address walks its segment, which is a sum over an
 * array and takes a nanosecond for each chunk.
 */
#include "heap_model.h"

#include "say.h"

#include <stdlib.h>
#include <string.h>

/* A word, from its low bits: flags, state, bin, and the size in units of eight bytes. */
enum {
    STATE_SHIFT = 3,
    STATE_MASK = 15,
    BIN_SHIFT = 7,
    BIN_MASK = 255,
    SIZE_SHIFT = 15,
    SIZE_UNIT = 8,
};

/* The inverse is in heap_next. */
static uint64_t pack(const struct heap_chunk *chunk)
{
    return chunk->size / SIZE_UNIT << SIZE_SHIFT | (uint64_t)chunk->bin << BIN_SHIFT |
           (uint64_t)chunk->state << STATE_SHIFT | chunk->flags;
}

struct heap_cursor heap_begin(const struct heap_segment *segment)
{
    return (struct heap_cursor){.segment = segment, .at = segment->start};
}

bool heap_next(struct heap_cursor *cursor, struct heap_chunk *chunk)
{
    if (cursor->index >= cursor->segment->count)
        return false;
    uint64_t word = cursor->segment->words[cursor->index++];
    chunk->at = cursor->at;
    chunk->size = (word >> SIZE_SHIFT) * SIZE_UNIT;
    chunk->state = (enum heap_state)(word >> STATE_SHIFT & STATE_MASK);
    chunk->bin = word >> BIN_SHIFT & BIN_MASK;
    chunk->flags = word & (HEAP_PREVIOUS_IN_USE | HEAP_HAS_MAPPING | HEAP_NOT_MAIN);
    cursor->at += chunk->size;
    return true;
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
    uint64_t mask = (uint64_t)STATE_MASK << STATE_SHIFT | (uint64_t)BIN_MASK << BIN_SHIFT;
    uint64_t *word = &segment->words[index];
    *word = (*word & ~mask) | (uint64_t)state << STATE_SHIFT | (uint64_t)bin << BIN_SHIFT;
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

bool heap_is_live(enum heap_state state)
{
    return state == HEAP_LIVE || state == HEAP_MAPPED;
}

bool heap_is_free(enum heap_state state)
{
    return state == HEAP_FREE || state == HEAP_FAST || state == HEAP_CACHED || state == HEAP_TOP;
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
