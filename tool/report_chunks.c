/*
 * report_chunks.c - kinds, chunks, pages and cells, packed.
 *
 * A chunk takes two to four bytes: its kind, of which a heap has some dozens, and its size.  Equal
 * slots side by side, of which libashlar's runs consist, take four for all of them.  Measured on a
 * gigabyte of glibc's heap with 3.3 million chunks: 8.8 MB of page chunk by chunk, 0.4 MB in cells.
 *
 * Cells bound what the largest heap can take: there are never more of them than CELLS_MAX for all
 * segments together, but for one that is not full at the end of each.
 */
#include "report_chunks.h"

#include "heap_bins.h"
#include "heap_look.h"
#include "heap_sums.h"
#include "json_out.h"
#include "packed.h"
#include "pages.h"
#include "say.h"

#include <stdio.h>
#include <stdlib.h>

/* At most so many cells for all segments that have them, 16 KiB of text for a thousand; and none
 * smaller than a page. */
enum { CELLS_MAX = 32768, CELL_LEAST = 4096 };

/* Bits of a kind: three of flags, four of the state, eight of the bin. */
enum { STATE_SHIFT = 3, BIN_SHIFT = 7, KINDS = 1 << 15 };

/* States that a cell does not tell apart are added up. */
enum group { LIVE, FREE, CACHED, OWN, TOP, UNKNOWN, GROUPS };

static const enum group group_of[HEAP_STATES] = {
    [HEAP_LIVE] = LIVE,     [HEAP_MAPPED] = LIVE, [HEAP_FREE] = FREE, [HEAP_FAST] = CACHED,
    [HEAP_CACHED] = CACHED, [HEAP_OWN] = OWN,     [HEAP_TOP] = TOP,   [HEAP_UNKNOWN] = UNKNOWN,
};

/* What is being packed. */
struct packer {
    const struct heap_model *model;
    json_t *kinds;
    size_t kind_count;
    uint16_t index[KINDS]; /* of each kind that was met, plus one */
    uint64_t cell;         /* bytes; 0 = no segment has cells */
    bool *told;            /* by segment: chunk by chunk */
};

/* Without its bin, an address or a size. */
static json_t *json_kind(const struct heap_chunk *chunk)
{
    char flags[4], bin[32];
    json_t *object = json_object();
    json_put(object, "state", json_string(heap_state_name(chunk->state)));
    json_put(object, "flags", json_string(heap_flags(chunk->flags, flags)));
    if (heap_shelf_of(chunk) != SHELVES)
        json_put(object, "bin", json_string(heap_bin_name(heap_shelf_of(chunk), chunk->bin, bin)));
    return object;
}

/* The kind's index; the first chunk of a kind makes it. */
static uint64_t kind_of(struct packer *packer, const struct heap_chunk *chunk)
{
    unsigned bits = chunk->bin << BIN_SHIFT | (unsigned)chunk->state << STATE_SHIFT | chunk->flags;
    if (packer->index[bits] == 0) {
        json_append(packer->kinds, json_kind(chunk));
        packer->index[bits] = (uint16_t)++packer->kind_count;
    }
    return packer->index[bits] - UINT64_C(1);
}

/* Chunks that are alike and stand one behind the other. */
struct run {
    uint64_t kind, size, length;
};

/* A run of none is none. */
static void pack_run(struct packed *packed, const struct run *run)
{
    if (run->length == 0)
        return;
    packed_number(packed, run->kind * 2 + (run->length > 1));
    packed_number(packed, run->size / 8);
    if (run->length > 1)
        packed_number(packed, run->length - 2);
}

/* Each run is written when the next one begins, because only then its length is known. */
static json_t *pack_chunks(struct packer *packer, const struct heap_segment *segment)
{
    struct packed packed = {0};
    struct heap_cursor cursor = heap_begin(segment);
    struct heap_chunk chunk;
    struct run run = {0};
    while (heap_next(&cursor, &chunk)) {
        uint64_t kind = kind_of(packer, &chunk);
        if (run.length && run.kind == kind && run.size == chunk.size) {
            run.length++;
            continue;
        }
        pack_run(&packed, &run);
        run = (struct run){kind, chunk.size, 1};
    }
    pack_run(&packed, &run);
    return packed_json(&packed);
}

/* From the page of the segment's head on.  A page that is swapped out is not in memory. */
static json_t *pack_pages(const struct heap_model *model, const struct heap_segment *segment)
{
    struct packed packed = {0};
    uint64_t start = (segment->start - segment->head) / model->page_size, run = 0;
    uint64_t count = (segment->end + model->page_size - 1) / model->page_size - start;
    bool present = true;
    for (uint64_t i = 0; i < count; i++, run++) {
        if ((segment->pages[i] == PAGE_PRESENT) == present)
            continue;
        packed_number(&packed, run);
        present = !present;
        run = 0;
    }
    packed_number(&packed, run);
    return packed_json(&packed);
}

/* What one cell holds. */
struct cell {
    uint64_t chunks, of[GROUPS];
};

/* What of it is in memory is asked for when it is full; the last one may reach beyond the segment. */
static void pack_cell(struct packed *packed, const struct heap_model *model,
                      const struct heap_segment *segment, uint64_t at, uint64_t end,
                      const struct cell *cell)
{
    end = end < segment->end ? end : segment->end;
    packed_number(packed, cell->chunks);
    packed_number(packed, heap_resident(model, segment, at, end) / 8);
    for (int group = 0; group < GROUPS; group++)
        packed_number(packed, cell->of[group] / 8);
}

/* Cells begin where the segment does, the last one may be short. */
static json_t *pack_cells(const struct packer *packer, const struct heap_segment *segment)
{
    struct packed packed = {0};
    struct heap_cursor cursor = heap_begin(segment);
    struct heap_chunk chunk;
    struct cell cell = {0};
    uint64_t at = segment->start, end = at + packer->cell;
    while (heap_next(&cursor, &chunk)) {
        uint64_t from = chunk.at, to = chunk.at + chunk.size;
        for (cell.chunks++; to >= end; from = at) {
            cell.of[group_of[chunk.state]] += end - from;
            pack_cell(&packed, packer->model, segment, at, end, &cell);
            cell = (struct cell){0};
            at = end;
            end += packer->cell;
        }
        cell.of[group_of[chunk.state]] += to - from;
    }
    if (at < segment->end)
        pack_cell(&packed, packer->model, segment, at, end, &cell);
    return packed_json(&packed);
}

/* "start" is that of its first chunk; what it tells of itself, a reader needs to place the rest. */
static json_t *json_segment(struct packer *packer, size_t index)
{
    const struct heap_segment *segment = &packer->model->segments[index];
    json_t *object = json_object();
    json_put(object, "start", json_address(segment->start));
    json_put(object, "size", json_size(segment->end - segment->start));
    json_put(object, "head", json_size(segment->head));
    json_put(object, "headless", json_boolean(segment->headless));
    json_put(object, "arena", json_size(segment->arena));
    json_put(object, "count", json_size(segment->count));
    if (packer->told[index]) {
        json_put(object, "chunks", pack_chunks(packer, segment));
        json_put(object, "pages", pack_pages(packer->model, segment));
    } else {
        json_put(object, "cells", pack_cells(packer, segment));
    }
    return object;
}

/* A segment and how many chunks it has; for qsort, the fewest first. */
struct candidate {
    size_t index, count;
};

static int fewer(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* All segments, sorted so that the budget reaches as many of them as it can.  The caller's. */
static struct candidate *candidates(const struct heap_model *model)
{
    struct candidate *list = calloc(model->segment_count + 1, sizeof *list);
    if (!list)
        say_and_exit(EXIT_OURS, "out of memory");
    for (size_t i = 0; i < model->segment_count; i++)
        list[i] = (struct candidate){i, model->segments[i].count};
    qsort(list, model->segment_count, sizeof *list, fewer);
    return list;
}

/* Say which segments are told chunk by chunk; how many bytes the others have.  Once one does not
 * fit, no larger one does. */
static uint64_t choose(struct packer *packer, size_t detail)
{
    const struct heap_model *model = packer->model;
    struct candidate *list = candidates(model);
    uint64_t rest = 0;
    for (size_t i = 0; i < model->segment_count; i++) {
        const struct heap_segment *segment = &model->segments[list[i].index];
        bool fits = list[i].count <= detail;
        packer->told[list[i].index] = fits;
        detail = fits ? detail - list[i].count : 0;
        rest += fits ? 0 : segment->end - segment->start;
    }
    free(list);
    return rest;
}

/* A power of two, so that there are not too many. */
static uint64_t cell_size(uint64_t bytes)
{
    uint64_t size = CELL_LEAST;
    while (bytes / size > CELLS_MAX)
        size *= 2;
    return size;
}

/* Nothing chosen, no kind met yet. */
static struct packer *packer_for(const struct heap_model *model)
{
    struct packer *packer = calloc(1, sizeof *packer);
    bool *told = calloc(model->segment_count + 1, sizeof *told);
    if (!packer || !told)
        say_and_exit(EXIT_OURS, "out of memory");
    packer->model = model;
    packer->told = told;
    packer->kinds = json_array();
    return packer;
}

json_t *report_chunks(const struct heap_model *model, size_t detail)
{
    struct packer *packer = packer_for(model);
    json_t *document = json_object(), *segments = json_array();
    uint64_t rest = choose(packer, detail);
    packer->cell = cell_size(rest);
    for (size_t i = 0; i < model->segment_count; i++)
        json_append(segments, json_segment(packer, i));
    /* The list of kinds is complete only now. */
    json_put(document, "detail", detail == SIZE_MAX ? json_null() : json_size(detail));
    json_put(document, "cell", rest ? json_size(packer->cell) : json_null());
    json_put(document, "page_size", json_size(model->page_size));
    json_put(document, "kinds", packer->kinds);
    json_put(document, "segments", segments);
    free(packer->told);
    free(packer);
    return document;
}
