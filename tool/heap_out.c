/*
 * heap_out.c - the heap for other programs: fields between tabs, and JSON.
 *
 * Names and units here are promises: ashlar-heap(1) tells them, and the schema's number changes
 * when one of them does.
 */
#include "heap_bins.h"
#include "heap_classes.h"
#include "heap_look.h"
#include "heap_read.h"
#include "heap_sums.h"
#include "json_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* One arena, or the total. */
static void plain_line(const char *name, const struct heap_sums *sums)
{
    printf("%s\t%" PRIu64 "\t%" PRIu64, name, sums->mapped, sums->resident);
    for (enum heap_state state = 0; state < HEAP_STATES; state++)
        printf("\t%" PRIu64 "\t%" PRIu64, sums->of[state].count, sums->of[state].bytes);
    printf("\t%" PRIu64 "\n", sums->trimmable);
}

/* Count and bytes of each state, by name in the first line. */
static void plain_arenas(const struct heap_look *look)
{
    printf("arena\tmapped\tresident");
    for (enum heap_state state = 0; state < HEAP_STATES; state++)
        printf("\t%s_count\t%s_bytes", heap_state_name(state), heap_state_name(state));
    printf("\treturnable\n");
    for (size_t i = 0; i < look->model->arena_count; i++) {
        if (heap_wants(look, i))
            plain_line(look->model->arenas[i].name, &look->model->arenas[i].sums);
    }
    struct heap_sums total = heap_sums_total(look->model);
    if (look->arena == SIZE_MAX)
        plain_line("total", &total);
}

/* One chunk. */
static void plain_chunk(const char *arena, const struct heap_chunk *chunk)
{
    char flags[4];
    printf("%s\t%" PRIx64 "\t%" PRIu64 "\t%s\t%s\t%s\t%u\n", arena, chunk->at, chunk->size,
           heap_flags(chunk->flags, flags), heap_state_name(chunk->state),
           heap_shelf_name(heap_shelf_of(chunk)), chunk->bin);
}

/* All that were asked for, by address within each arena. */
static void plain_chunks(const struct heap_look *look)
{
    printf("arena\tchunk\tsize\tflags\tstate\tshelf\tbin\n");
    for (size_t i = 0; i < look->model->segment_count; i++) {
        size_t arena = look->model->segments[i].arena;
        struct heap_cursor cursor = heap_begin(&look->model->segments[i]);
        struct heap_chunk chunk;
        while (heap_wants(look, arena) && heap_next(&cursor, &chunk))
            plain_chunk(look->model->arenas[arena].name, &chunk);
    }
    for (size_t i = 0; look->arena == SIZE_MAX && i < look->model->mapped_count; i++)
        plain_chunk("mmap", &look->model->mapped[i].chunk);
}

void heap_print_plain(const struct heap_look *look)
{
    if (look->request->chunks)
        plain_chunks(look);
    else
        plain_arenas(look);
}

/* Of one state. */
static json_t *json_sum(const struct heap_sum *sum)
{
    json_t *object = json_object();
    json_put(object, "count", json_size(sum->count));
    json_put(object, "bytes", json_size(sum->bytes));
    json_put(object, "resident", json_size(sum->resident));
    return object;
}

/* Into an arena's object, or the total's. */
static void put_sums(json_t *object, const struct heap_sums *sums)
{
    json_put(object, "size", json_size(sums->mapped));
    json_put(object, "resident", json_size(sums->resident));
    for (enum heap_state state = 0; state < HEAP_STATES; state++)
        json_put(object, heap_state_name(state), json_sum(&sums->of[state]));
    json_put(object, "whole_pages", json_size(sums->whole_pages));
    json_put(object, "returnable", json_size(sums->trimmable));
    json_put(object, "pinned_pages", json_size(sums->pinned_pages));
    json_put(object, "pinned_live", json_size(sums->pinned_live));
}

/* One chunk; only free ones have a shelf. */
static json_t *json_chunk(const struct heap_chunk *chunk)
{
    char flags[4];
    json_t *object = json_object();
    json_put(object, "at", json_address(chunk->at));
    json_put(object, "size", json_size(chunk->size));
    json_put(object, "state", json_string(heap_state_name(chunk->state)));
    json_put(object, "flags", json_string(heap_flags(chunk->flags, flags)));
    if (heap_shelf_of(chunk) != SHELVES) {
        json_put(object, "shelf", json_string(heap_shelf_name(heap_shelf_of(chunk))));
        json_put(object, "bin", json_size(chunk->bin));
    }
    return object;
}

/* A stretch of memory, with its chunks if they were asked for. */
static json_t *json_segment(const struct heap_look *look, const struct heap_segment *segment)
{
    long left = look->request->chunk_limit;
    json_t *object = json_object(), *chunks = json_array();
    struct heap_cursor cursor = heap_begin(segment);
    struct heap_chunk chunk;
    json_put(object, "start", json_address(segment->start - segment->head));
    json_put(object, "end", json_address(segment->end));
    json_put(object, "headless", json_boolean(segment->headless));
    json_put(object, "chunk_count", json_size(segment->count));
    while (look->request->chunks && left != 0 && heap_next(&cursor, &chunk)) {
        json_append(chunks, json_chunk(&chunk));
        left -= left > 0;
    }
    if (look->request->chunks)
        json_put(object, "chunks", chunks);
    else
        json_decref(chunks);
    return object;
}

/* One bin, and the sizes met in it. */
static json_t *json_bin(const struct heap_bins *bins, enum heap_shelf shelf, unsigned bin)
{
    char name[32];
    json_t *object = json_object();
    json_put(object, "shelf", json_string(heap_shelf_name(shelf)));
    json_put(object, "bin", json_size(bin));
    json_put(object, "name", json_string(heap_bin_name(shelf, bin, name)));
    json_put(object, "smallest", json_size(bins->smallest[shelf][bin]));
    json_put(object, "largest", json_size(bins->largest[shelf][bin]));
    json_put(object, "count", json_size(bins->of[shelf][bin].count));
    json_put(object, "bytes", json_size(bins->of[shelf][bin].bytes));
    return object;
}

/* The bins of one arena that are not empty. */
static json_t *json_bins(const struct heap_look *look, size_t arena)
{
    json_t *array = json_array();
    struct heap_bins *bins = malloc(sizeof *bins);
    if (!bins)
        return array;
    heap_bins_count(look->model, arena, bins);
    for (enum heap_shelf shelf = 0; shelf < SHELVES; shelf++) {
        for (unsigned bin = 0; bin < HEAP_BINS; bin++) {
            if (bins->of[shelf][bin].count)
                json_append(array, json_bin(bins, shelf, bin));
        }
    }
    free(bins);
    return array;
}

/* One arena with all there is to say of it. */
static json_t *json_arena(const struct heap_look *look, size_t index)
{
    const struct heap_arena *arena = &look->model->arenas[index];
    json_t *object = json_object(), *segments = json_array();
    size_t first = heap_first_segment(look->model, index);
    json_put(object, "name", json_string(arena->name));
    json_put(object, "at", json_address(arena->at));
    json_put(object, "threads", json_size(arena->threads));
    json_put(object, "system_bytes", json_size(arena->system_bytes));
    json_put(object, "reads", json_size(arena->reads));
    json_put(object, "torn", json_boolean(arena->torn));
    json_put(object, "damaged", json_boolean(arena->broken));
    if (arena->broken || arena->torn) {
        json_put(object, "complaint", json_string(arena->complaint));
        json_put(object, "complaint_at", json_address(arena->broken_at));
    }
    put_sums(object, &arena->sums);
    json_put(object, "bins", json_bins(look, index));
    for (size_t i = 0; i < arena->segments; i++)
        json_append(segments, json_segment(look, &look->model->segments[first + i]));
    json_put(object, "segments", segments);
    return object;
}

/* Chunks with a mapping of their own, which no arena has. */
static json_t *json_mapped(const struct heap_model *model)
{
    json_t *array = json_array();
    for (size_t i = 0; i < model->mapped_count; i++) {
        json_t *object = json_chunk(&model->mapped[i].chunk);
        json_put(object, "resident", json_size(model->mapped[i].resident));
        json_append(array, object);
    }
    return array;
}

/* "thread" is 0 where it is not known whose the cache is. */
static json_t *json_caches(const struct heap_model *model)
{
    json_t *array = json_array();
    for (size_t i = 0; i < model->cache_count; i++) {
        const struct heap_cache *cache = &model->caches[i];
        json_t *object = json_object();
        json_put(object, "at", json_address(cache->at));
        json_put(object, "thread", json_integer(cache->thread));
        json_put(object, "arena", json_address(cache->uses));
        json_put(object, "count", json_size(cache->count));
        json_put(object, "bytes", json_size(cache->bytes));
        json_append(array, object);
    }
    return array;
}

/* Empty if malloc's settings were not found. */
static json_t *json_settings(const struct heap_settings *settings)
{
    json_t *object = json_object();
    if (!settings->known)
        return object;
    json_put(object, "trim_threshold", json_size(settings->trim_threshold));
    json_put(object, "mmap_threshold", json_size(settings->mmap_threshold));
    json_put(object, "top_pad", json_size(settings->top_pad));
    json_put(object, "arena_max", json_size(settings->arena_max));
    json_put(object, "fixed", json_boolean(settings->fixed));
    json_put(object, "mapped_count", json_size(settings->mapped_count));
    json_put(object, "mapped_bytes", json_size(settings->mapped_bytes));
    return object;
}

/* The upper end names the class, as it does in the text. */
static json_t *json_class(const struct heap_class *class, uint64_t up_to)
{
    json_t *object = json_object();
    json_put(object, "up_to", json_size(up_to));
    json_put(object, "live_blocks", json_size(class->live.count));
    json_put(object, "live", json_size(class->live.bytes));
    json_put(object, "free_chunks", json_size(class->free.count));
    json_put(object, "free", json_size(class->free.bytes));
    return object;
}

/* Live blocks and free chunks by size, as --hist shows them; empty classes are left out. */
static json_t *json_sizes(const struct heap_look *look)
{
    struct heap_class classes[HEAP_CLASSES];
    json_t *array = json_array();
    heap_classes_count(look->model, look->arena, classes);
    for (unsigned i = 0; i < HEAP_CLASSES; i++) {
        if (classes[i].live.count + classes[i].free.count)
            json_append(array, json_class(&classes[i], heap_class_end(i)));
    }
    return array;
}

json_t *heap_json(const struct heap_look *look)
{
    const struct heap_model *model = look->model;
    json_t *document = json_document("ashlar.heap/1"), *arenas = json_array();
    json_t *total = json_object();
    struct heap_sums sums = heap_sums_total(model);
    json_put(document, "target", json_target(look->target));
    json_put(document, "allocator", json_string(model->allocator));
    json_put(document, "version", json_string(model->version));
    json_put(document, "used", json_boolean(!model->unused));
    json_put(document, "exact", json_boolean(heap_is_exact(model)));
    json_put(document, "read_again", json_size(model->rereads));
    json_put(document, "seconds", json_real(model->seconds));
    json_put(document, "settings", json_settings(&model->settings));
    put_sums(total, &sums);
    json_put(document, "total", total);
    for (size_t i = 0; i < model->arena_count; i++) {
        if (heap_wants(look, i))
            json_append(arenas, json_arena(look, i));
    }
    json_put(document, "arenas", arenas);
    json_put(document, "mapped", json_mapped(model));
    json_put(document, "caches", json_caches(model));
    if (look->request->sizes)
        json_put(document, "sizes", json_sizes(look));
    return document;
}

void heap_print_json(const struct heap_look *look)
{
    json_print(heap_json(look));
}
