/*
 * glibc.c - the steps from a target to a model.
 *
 *     state      main_arena is found in the libc's data            glibc_state.h
 *     settings   and malloc_par beside it                          glibc_settings.h
 *     arenas     the ring; segments walked, bins followed          glibc_arenas.h
 *     caches     of threads; their chunks looked live till now     glibc_caches.h
 *     mapped     chunks that no list leads to                      glibc_mapped.h
 *     threads    whose caches they are                             glibc_threads.h
 *     sums, trim the pages under the chunks                        heap_sums.h, glibc_trim.h
 */
#include "glibc.h"

#include "budget.h"
#include "glibc_arenas.h"
#include "glibc_caches.h"
#include "glibc_mapped.h"
#include "glibc_reader.h"
#include "glibc_threads.h"
#include "glibc_trim.h"
#include "heap_sums.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Links jump; but chunks freed together stand together. */
enum { WALK_BLOCK = 256 << 10, LINK_BLOCK = 16 << 10 };

/* Seconds by a clock that nobody sets. */
static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What the version says; where it says nothing, what the first chunk shows. */
static void choose_layouts(struct glibc_reader *reader)
{
    if (glibc_cache_layout(reader->state.version, &reader->cache))
        reader->mangled = glibc_links_mangled(reader->state.version);
    else
        glibc_caches_guess(reader);
}

/* What the model tells about the allocator as a whole. */
static void describe(const struct glibc_reader *reader, struct heap_model *model)
{
    struct glibc_version version = reader->state.version;
    model->allocator = "glibc";
    model->page_size = reader->target->page_size;
    model->settings = reader->settings.heap;
    model->has_fast_bins = reader->state.arena->fast != 0;
    if (version.major)
        snprintf(model->version, sizeof model->version, "%u.%u", version.major, version.minor);
}

/* Chunks of caches that met no live chunk: their arena moved on between the two looks. */
static void judge_marks(struct glibc_reader *reader, size_t first)
{
    struct heap_model *model = reader->model;
    glibc_marks_apply(reader, first, 0);
    for (size_t i = first; i < reader->marks.count; i++) {
        const struct heap_segment *segment = heap_segment_at(model, reader->marks.list[i].at);
        if (!reader->marks.list[i].seen && segment)
            model->arenas[segment->arena].torn = true;
    }
}

/* For qsort. */
static int by_address(const void *a, const void *b)
{
    uint64_t x = ((const struct heap_mark *)a)->at, y = ((const struct heap_mark *)b)->at;
    return (x > y) - (x < y);
}

/* In this order, because caches lead to chunks that the walk has met, and marks need them
 * sorted. */
static void read_model(struct glibc_reader *reader)
{
    choose_layouts(reader);
    glibc_arenas_read(reader);
    size_t fast = reader->marks.count;
    glibc_caches_read(reader);
    judge_marks(reader, fast);
    glibc_mapped_read(reader);
    glibc_threads_read(reader);
    struct heap_model *model = reader->model;
    model->marks = reader->marks.list;
    model->mark_count = reader->marks.count;
    if (model->mark_count)
        qsort(model->marks, model->mark_count, sizeof *model->marks, by_address);
    /* Half a heap is not worth its sums. */
    if (budget_is_over())
        return;
    heap_sums_make(reader->target, model);
    glibc_trim_predict(reader->target, model);
}

enum glibc_found glibc_read(struct target *target, struct heap_model **result)
{
    struct glibc_reader reader = {.target = target};
    double start = now();
    *result = NULL;
    enum glibc_found found = glibc_find(target, &reader.state);
    if (found != GLIBC_FOUND && found != GLIBC_UNUSED)
        return found;
    reader.model = calloc(1, sizeof *reader.model);
    if (!reader.model)
        say_and_exit(EXIT_OURS, "out of memory");
    reader.walk = peek_open(target, WALK_BLOCK);
    reader.links = peek_open(target, LINK_BLOCK);
    glibc_settings_find(target, &reader.state, &reader.settings);
    describe(&reader, reader.model);
    reader.model->unused = found == GLIBC_UNUSED;
    if (found == GLIBC_FOUND)
        read_model(&reader);
    reader.model->seconds = now() - start;
    free(reader.notes.list);
    free(reader.places.list);
    peek_close(reader.walk);
    peek_close(reader.links);
    *result = reader.model;
    return found;
}
