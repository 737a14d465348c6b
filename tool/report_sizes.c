/*
 * report_sizes.c - chunks counted by their exact size, and the largest ones picked out.
 *
 * Programs ask for the same few sizes again and again: a hash table of sizes stays small beside
 * the heap that it counts.  Where they do not, it has one slot for each size, and a heap of ten
 * million sizes is none that anybody has seen.
 *
 * Each of the two is one pass over the model, of some nanoseconds for a chunk.
 */
#include "report_sizes.h"

#include "heap_bins.h"
#include "json_out.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>

enum { SIZES_SHOWN = 200, LARGEST_SHOWN = 100, SLOTS_FIRST = 1024 };

struct size_count {
    uint64_t size; /* 0 = the slot is empty */
    struct heap_sum live, free;
};

/* Open addressing; a power of two slots, at most half of them in use. */
struct size_table {
    struct size_count *slots;
    size_t room, count;
};

/* The slot of the size, or the empty one where it belongs. */
static struct size_count *slot_of(const struct size_table *table, uint64_t size)
{
    /* Sizes are multiples of 8 or 16: a multiplication spreads them. */
    size_t at = (size_t)(size * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (table->room - 1);
    while (table->slots[at].size && table->slots[at].size != size)
        at = (at + 1) & (table->room - 1);
    return &table->slots[at];
}

/* Twice as many slots, or the first ones. */
static void grow(struct size_table *table)
{
    struct size_table bigger = {.room = table->room ? table->room * 2 : SLOTS_FIRST,
                                .count = table->count};
    bigger.slots = calloc(bigger.room, sizeof *bigger.slots);
    if (!bigger.slots)
        say_and_exit(EXIT_OURS, "out of memory");
    for (size_t i = 0; i < table->room; i++) {
        if (table->slots[i].size)
            *slot_of(&bigger, table->slots[i].size) = table->slots[i];
    }
    free(table->slots);
    *table = bigger;
}

/* The top, malloc's own chunks and what could not be walked have no size that anybody chose. */
static void count(struct size_table *table, const struct heap_chunk *chunk)
{
    bool live = heap_is_live(chunk->state);
    if (chunk->size == 0 || (!live && heap_shelf_of(chunk) == SHELVES))
        return;
    if (table->count * 2 >= table->room)
        grow(table);
    struct size_count *slot = slot_of(table, chunk->size);
    table->count += slot->size == 0;
    slot->size = chunk->size;
    struct heap_sum *sum = live ? &slot->live : &slot->free;
    sum->count++;
    sum->bytes += chunk->size;
}

/* For qsort: most bytes first, empty slots last. */
static int heavier(const void *a, const void *b)
{
    const struct size_count *x = a, *y = b;
    uint64_t left = x->live.bytes + x->free.bytes, right = y->live.bytes + y->free.bytes;
    if (left != right)
        return left > right ? -1 : 1;
    return (x->size > y->size) - (x->size < y->size);
}

/* With the words of the classes of `ashlar heap --hist'. */
static json_t *json_count(const struct size_count *count)
{
    json_t *object = json_object();
    json_put(object, "size", json_size(count->size));
    json_put(object, "live_blocks", json_size(count->live.count));
    json_put(object, "live", json_size(count->live.bytes));
    json_put(object, "free_chunks", json_size(count->free.count));
    json_put(object, "free", json_size(count->free.bytes));
    return object;
}

/* What is in memory is not counted here. */
static void add_sum(struct heap_sum *to, const struct heap_sum *from)
{
    to->count += from->count;
    to->bytes += from->bytes;
}

/* Sorts the slots, which then are no hash table any more. */
static json_t *json_table(struct size_table *table)
{
    json_t *document = json_object(), *array = json_array();
    struct size_count others = {0};
    if (table->room)
        qsort(table->slots, table->room, sizeof *table->slots, heavier);
    for (size_t i = 0; i < table->count; i++) {
        const struct size_count *count = &table->slots[i];
        if (i < SIZES_SHOWN) {
            json_append(array, json_count(count));
            continue;
        }
        add_sum(&others.live, &count->live);
        add_sum(&others.free, &count->free);
    }
    json_put(document, "sizes", array);
    json_put(document, "different", json_size(table->count));
    json_put(document, "others", json_count(&others));
    return document;
}

json_t *report_sizes(const struct heap_model *model)
{
    struct size_table table = {0};
    for (size_t i = 0; i < model->segment_count; i++) {
        struct heap_cursor cursor = heap_begin(&model->segments[i]);
        struct heap_chunk chunk;
        while (heap_next(&cursor, &chunk))
            count(&table, &chunk);
    }
    for (size_t i = 0; i < model->mapped_count; i++)
        count(&table, &model->mapped[i].chunk);
    json_t *document = json_table(&table);
    free(table.slots);
    return document;
}

/* One of the largest chunks, and where it is. */
struct large {
    struct heap_chunk chunk;
    const char *arena;
};

/* Sorted, the largest first; most chunks are smaller than the last and cost one comparison. */
struct larges {
    struct large list[LARGEST_SHOWN];
    size_t count;
};

/* Put it where it belongs, if it is among the largest so far. */
static void offer(struct larges *larges, const struct heap_chunk *chunk, const char *arena)
{
    if (larges->count == LARGEST_SHOWN && chunk->size <= larges->list[LARGEST_SHOWN - 1].chunk.size)
        return;
    size_t at = larges->count < LARGEST_SHOWN ? larges->count++ : LARGEST_SHOWN - 1;
    for (; at > 0 && larges->list[at - 1].chunk.size < chunk->size; at--)
        larges->list[at] = larges->list[at - 1];
    larges->list[at] = (struct large){*chunk, arena};
}

/* Where it is, how large, and what. */
static json_t *json_large(const struct large *large)
{
    json_t *object = json_object();
    json_put(object, "at", json_address(large->chunk.at));
    json_put(object, "size", json_size(large->chunk.size));
    json_put(object, "state", json_string(heap_state_name(large->chunk.state)));
    json_put(object, "arena", json_string(large->arena));
    return object;
}

json_t *report_largest(const struct heap_model *model)
{
    struct larges larges = {.count = 0};
    json_t *array = json_array();
    for (size_t i = 0; i < model->segment_count; i++) {
        struct heap_cursor cursor = heap_begin(&model->segments[i]);
        struct heap_chunk chunk;
        while (heap_next(&cursor, &chunk))
            offer(&larges, &chunk, model->arenas[model->segments[i].arena].name);
    }
    for (size_t i = 0; i < model->mapped_count; i++)
        offer(&larges, &model->mapped[i].chunk, "mmap");
    for (size_t i = 0; i < larges.count; i++)
        json_append(array, json_large(&larges.list[i]));
    return array;
}
