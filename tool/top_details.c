/* top_details.c - bins and threads copied out of a survey, which ends before they are drawn. */
#include "top_details.h"

#include "heap_bins.h"
#include "list.h"
#include "say.h"
#include "target_sleep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For qsort: most bytes first, equal ones as they came. */
static int by_bytes(uint64_t a, uint64_t b)
{
    return (a < b) - (a > b);
}

static int by_bin(const void *a, const void *b)
{
    return by_bytes(((const struct top_bin *)a)->bytes, ((const struct top_bin *)b)->bytes);
}

static int by_thread(const void *a, const void *b)
{
    return by_bytes(((const struct top_thread *)a)->bytes, ((const struct top_thread *)b)->bytes);
}

/* Empty bins are left out: there are hundreds of them. */
static void add_bin(struct top_details *details, const struct heap_bins *bins,
                    enum heap_shelf shelf, unsigned number)
{
    if (bins->of[shelf][number].count == 0)
        return;
    details->bins = list_room(details->bins, details->bin_count, sizeof *details->bins);
    struct top_bin *bin = &details->bins[details->bin_count++];
    *bin = (struct top_bin){.smallest = bins->smallest[shelf][number],
                            .largest = bins->largest[shelf][number],
                            .count = bins->of[shelf][number].count,
                            .bytes = bins->of[shelf][number].bytes};
    heap_bin_name(shelf, number, bin->name);
}

/* 14 KiB for each shelf: not on the stack. */
static void make_bins(const struct heap_model *model, struct top_details *details)
{
    struct heap_bins *bins = malloc(sizeof *bins);
    if (!bins)
        say_and_exit(EXIT_OURS, "out of memory");
    heap_bins_count(model, SIZE_MAX, bins);
    for (enum heap_shelf shelf = 0; shelf < SHELVES; shelf++) {
        for (unsigned number = 0; number < HEAP_BINS; number++)
            add_bin(details, bins, shelf, number);
    }
    free(bins);
    if (details->bin_count)
        qsort(details->bins, details->bin_count, sizeof *details->bins, by_bin);
}

/* As the thread calls itself; what is not fit for a terminal is replaced when it is drawn. */
static void read_name(const struct target *target, struct top_thread *thread)
{
    char file[48];
    snprintf(file, sizeof file, "task/%d/comm", (int)thread->id);
    FILE *comm = target->kind == TARGET_PROCESS ? target_file(target, file) : NULL;
    if (!comm)
        return;
    size_t length = fread(thread->name, 1, sizeof thread->name - 1, comm);
    thread->name[length > 0 ? length - 1 : 0] = '\0';
    fclose(comm);
}

/* The arena is named by its address. */
static void find_arena(const struct heap_model *model, uint64_t at, struct top_thread *thread)
{
    for (size_t i = 0; at && i < model->arena_count; i++) {
        if (model->arenas[i].at == at)
            snprintf(thread->arena, sizeof thread->arena, "%s", model->arenas[i].name);
    }
}

static void make_threads(const struct survey *survey, struct top_details *details)
{
    const struct heap_model *model = survey->model;
    details->thread_count = model->cache_count;
    details->threads = calloc(model->cache_count + 1, sizeof *details->threads);
    if (!details->threads)
        say_and_exit(EXIT_OURS, "out of memory");
    for (size_t i = 0; i < model->cache_count; i++) {
        const struct heap_cache *cache = &model->caches[i];
        struct top_thread *thread = &details->threads[i];
        *thread =
            (struct top_thread){.id = cache->thread, .count = cache->count, .bytes = cache->bytes};
        find_arena(model, cache->uses, thread);
        if (thread->id == 0)
            continue;
        thread->sleeps = target_thread_sleeps(survey->target, thread->id);
        read_name(survey->target, thread);
    }
    qsort(details->threads, details->thread_count, sizeof *details->threads, by_thread);
}

void top_details_make(const struct survey *survey, struct top_details *details)
{
    *details = (struct top_details){0};
    make_bins(survey->model, details);
    make_threads(survey, details);
}

void top_details_free(struct top_details *details)
{
    free(details->bins);
    free(details->threads);
    *details = (struct top_details){0};
}
