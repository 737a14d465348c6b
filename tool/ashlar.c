/*
 * ashlar.c - the steps from a target to a model.
 *
 *     note       leads to the descriptor                           ashlar_note.h
 *     settings   and counters                                      here
 *     arenas     the list; regions walked, bins followed           ashlar_arenas.h
 *     runs       heaps of slots, blocks of pages, empty places     ashlar_runs.h
 *     guarded    blocks between pages that nobody may touch        ashlar_guarded.h
 *     caches     whose blocks looked live till now                 ashlar_caches.h
 *     mapped     chunks that no list leads to                      glibc_mapped.h
 *     sums, trim the pages under it all                            heap_sums.h, ashlar_trim.h
 */
#include "ashlar.h"

#include "allocator.h"
#include "ashlar_arenas.h"
#include "ashlar_caches.h"
#include "ashlar_guarded.h"
#include "ashlar_runs.h"
#include "ashlar_trim.h"
#include "budget.h"
#include "glibc_mapped.h"
#include "heap_sums.h"
#include "memory.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* As large as glibc's reader has them. */
enum { WALK_BLOCK = 256 << 10, LINK_BLOCK = 16 << 10 };

/* Seconds by a clock that nobody sets. */
static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* A word that lies so far behind a root; 0 if it cannot be read. */
static uint64_t word(const struct ashlar_reader *reader, uint64_t root, uint32_t offset)
{
    uint64_t value;
    return memory_read_word(reader->target, root + offset, &value) ? value : 0;
}

/* The threshold for mappings rises as in glibc, the one for trimming does not. */
static void read_settings(struct ashlar_reader *reader)
{
    const struct descriptor *where = &reader->where;
    struct heap_settings *settings = &reader->chunks.settings.heap;
    uint64_t tune = ashlar_address(where->roots.tune);
    uint64_t mapped = word(reader, ashlar_address(where->roots.mapped), 0);
    uint64_t risen = word(reader, mapped, where->mapped.risen);
    /* A byte, because whatever stands there is no bool before it was looked at. */
    unsigned char fixed = 0;
    memory_read(reader->target, tune + where->tune.fixed, &fixed, 1);
    *settings = (struct heap_settings){
        .known = true,
        .trim_threshold = word(reader, tune, where->tune.trim_threshold),
        .top_pad = word(reader, tune, where->tune.top_pad),
        .mmap_threshold = word(reader, tune, where->tune.mmap_threshold),
        .arena_max = word(reader, tune, where->tune.arena_max),
        .fixed = fixed != 0,
        .mapped_count = word(reader, mapped, where->mapped.chunks),
        .mapped_bytes = word(reader, mapped, where->mapped.bytes),
        .has_decay = word(reader, tune, where->tune.tcache) != 0,
        .decay = word(reader, tune, where->tune.decay),
    };
    if (settings->decay == UINT64_MAX)
        settings->has_decay = false;
    if (!fixed && risen > settings->mmap_threshold)
        settings->mmap_threshold = risen;
}

/* What glibc's parts want to know of the layout they walk. */
static void describe_layout(struct ashlar_reader *reader)
{
    const struct descriptor_arena *arena = &reader->where.arena;
    reader->layout = (struct glibc_arena_layout){
        .fast = arena->fast,
        .top = arena->top,
        .bins = arena->bins + 16, /* theirs begin with the second */
        .next = arena->next,
        .threads = arena->threads,
        .system = arena->system,
        .end = arena->bins + arena->bin_ends * 16,
    };
    reader->chunks.state.arena = &reader->layout;
    reader->chunks.state.main = ashlar_address(reader->where.roots.main_arena);
}

/* What the model tells about the allocator as a whole. */
static void describe(const struct ashlar_reader *reader, struct heap_model *model)
{
    struct allocator allocator;
    allocator_find(reader->target, &allocator);
    model->allocator = "libashlar";
    model->page_size = reader->target->page_size;
    model->settings = reader->chunks.settings.heap;
    model->has_fast_bins = true;
    if (allocator.id == ALLOCATOR_ASHLAR)
        snprintf(model->version, sizeof model->version, "%.15s", allocator.version);
}

/* Take one out of the list and its sum. */
static void forget_mapped(struct heap_model *model, size_t index)
{
    struct heap_mapped *mapped = &model->mapped[index];
    model->mapped_sum.count--;
    model->mapped_sum.bytes -= mapped->chunk.size;
    model->mapped_sum.resident -= mapped->resident;
    memmove(mapped, mapped + 1, (--model->mapped_count - index) * sizeof *mapped);
}

/* The chunk that the library has taken for itself looks like the program's and is not counted. */
static void read_mapped(struct ashlar_reader *reader)
{
    struct heap_model *model = reader->chunks.model;
    uint64_t root = word(reader, ashlar_address(reader->where.roots.apart), 0);
    uint64_t apart = root ? word(reader, root, 0) : 0;
    reader->chunks.settings.heap.mapped_count += apart != 0;
    ashlar_large_read(reader);
    glibc_mapped_read(&reader->chunks);
    for (size_t i = model->mapped_count; apart && i-- > 0;) {
        if (model->mapped[i].chunk.at == apart)
            forget_mapped(model, i);
    }
}

/* For qsort. */
static int by_address(const void *a, const void *b)
{
    uint64_t x = ((const struct heap_mark *)a)->at, y = ((const struct heap_mark *)b)->at;
    return (x > y) - (x < y);
}

/* In this order, because caches lead to blocks that a walk has met. */
static void read_model(struct ashlar_reader *reader)
{
    struct heap_model *model = reader->chunks.model;
    model->unused = !ashlar_arenas_read(reader);
    ashlar_runs_read(reader);
    ashlar_guarded_read(reader);
    ashlar_caches_read(reader);
    read_mapped(reader);
    model->unused = model->unused && model->segment_count == 0 && model->mapped_count == 0;
    model->marks = reader->chunks.marks.list;
    model->mark_count = reader->chunks.marks.count;
    if (model->mark_count)
        qsort(model->marks, model->mark_count, sizeof *model->marks, by_address);
    /* Half a heap is not worth its sums. */
    if (budget_is_over())
        return;
    heap_sums_make(reader->target, model);
    ashlar_trim_predict(reader);
}

/* All that is needed before the reading begins.  Exits when memory is out. */
static void open_reader(struct ashlar_reader *reader)
{
    struct glibc_reader *chunks = &reader->chunks;
    chunks->model = calloc(1, sizeof *chunks->model);
    if (!chunks->model)
        say_and_exit(EXIT_OURS, "out of memory");
    chunks->walk = peek_open(reader->target, WALK_BLOCK);
    chunks->links = peek_open(reader->target, LINK_BLOCK);
}

/* The model stays. */
static void close_reader(struct ashlar_reader *reader)
{
    free(reader->chunks.notes.list);
    free(reader->chunks.places.list);
    peek_close(reader->chunks.walk);
    peek_close(reader->chunks.links);
}

enum ashlar_note ashlar_read(struct target *target, struct heap_model **result)
{
    struct ashlar_reader reader = {.target = target, .chunks = {.target = target}};
    double start = now();
    *result = NULL;
    if (target->bits == 32 || target->memory_denied)
        return ASHLAR_NOTE_NONE;
    enum ashlar_note note = ashlar_note_find(target, &reader.where);
    if (note != ASHLAR_NOTE_FOUND)
        return note;
    open_reader(&reader);
    describe_layout(&reader);
    read_settings(&reader);
    describe(&reader, reader.chunks.model);
    read_model(&reader);
    reader.chunks.model->seconds = now() - start;
    close_reader(&reader);
    *result = reader.chunks.model;
    return note;
}
