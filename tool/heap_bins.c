/*
 * heap_bins.c - free chunks counted by the bin they are in.
 *
 * The walk has put each chunk's bin into the model, so this is one pass over it.
 */
#include "heap_bins.h"

#include "ashlar_reader.h"

#include <stdio.h>
#include <string.h>

enum heap_shelf heap_shelf_of(const struct heap_chunk *chunk)
{
    switch (chunk->state) {
    case HEAP_CACHED: return SHELF_CACHE;
    case HEAP_FAST: return SHELF_FAST;
    case HEAP_FREE:
        return chunk->bin == ASHLAR_BIN_PLACES   ? SHELF_PLACES
               : chunk->bin >= ASHLAR_BIN_RUNS   ? SHELF_RUNS
               : chunk->bin >= GLIBC_LARGE_FIRST ? SHELF_LARGE
               : chunk->bin >= GLIBC_SMALL_FIRST ? SHELF_SMALL
                                                 : SHELF_UNSORTED;
    default: return SHELVES;
    }
}

const char *heap_shelf_name(enum heap_shelf shelf)
{
    static const char *const names[] = {
        [SHELF_LARGE] = "large",         [SHELF_SMALL] = "small",
        [SHELF_UNSORTED] = "unsorted",   [SHELF_FAST] = "fast",
        [SHELF_CACHE] = "thread caches", [SHELF_RUNS] = "runs",
        [SHELF_PLACES] = "places",       [SHELVES] = "none",
    };
    return names[shelf];
}

const char *heap_bin_name(enum heap_shelf shelf, unsigned bin, char text[32])
{
    if (shelf == SHELF_UNSORTED || shelf == SHELF_PLACES)
        return heap_shelf_name(shelf);
    if (shelf == SHELF_RUNS)
        bin -= ASHLAR_BIN_RUNS;
    snprintf(text, 32, "%s[%u]", shelf == SHELF_CACHE ? "tcache" : heap_shelf_name(shelf), bin);
    return text;
}

/* Count one chunk if it waits in a bin; what a damaged bin number would spoil is left out. */
static void add(struct heap_bins *bins, const struct heap_chunk *chunk)
{
    enum heap_shelf shelf = heap_shelf_of(chunk);
    unsigned bin = chunk->bin;
    if (shelf == SHELVES || bin >= HEAP_BINS)
        return;
    struct heap_sum *sum = &bins->of[shelf][bin];
    if (sum->count == 0 || chunk->size < bins->smallest[shelf][bin])
        bins->smallest[shelf][bin] = chunk->size;
    if (chunk->size > bins->largest[shelf][bin])
        bins->largest[shelf][bin] = chunk->size;
    sum->count++;
    sum->bytes += chunk->size;
}

void heap_bins_count(const struct heap_model *model, size_t arena, struct heap_bins *bins)
{
    memset(bins, 0, sizeof *bins);
    for (size_t i = 0; i < model->segment_count; i++) {
        struct heap_cursor cursor = heap_begin(&model->segments[i]);
        struct heap_chunk chunk;
        if (arena != SIZE_MAX && model->segments[i].arena != arena)
            continue;
        while (heap_next(&cursor, &chunk))
            add(bins, &chunk);
    }
}

struct heap_sum heap_bins_shelf(const struct heap_bins *bins, enum heap_shelf shelf,
                                uint64_t *smallest, uint64_t *largest)
{
    struct heap_sum sum = {0};
    *smallest = *largest = 0;
    for (unsigned bin = 0; bin < HEAP_BINS; bin++) {
        const struct heap_sum *part = &bins->of[shelf][bin];
        if (part->count == 0)
            continue;
        if (sum.count == 0 || bins->smallest[shelf][bin] < *smallest)
            *smallest = bins->smallest[shelf][bin];
        if (bins->largest[shelf][bin] > *largest)
            *largest = bins->largest[shelf][bin];
        sum.count += part->count;
        sum.bytes += part->bytes;
    }
    return sum;
}
