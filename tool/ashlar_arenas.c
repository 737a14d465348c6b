/*
 * ashlar_arenas.c - from the main arena along the list; in each, from region to region.
 *
 *     main arena     top.first: chunk ... fence | -> chunk ... fence | -> chunk ... top |
 *     other arenas   | head, arena, chunks ... fence |  | head, chunks ... top |   the list of heaps
 *
 * Every region and every heap is named by another one, so nothing is searched for.  An arena that
 * moves is read again; one that stands still and contradicts itself is damaged.
 */
#include "ashlar_arenas.h"

#include "budget.h"
#include "freeze.h"
#include "memory.h"
#include "say.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Seconds after which nothing is read again: a heap of gigabytes that moves would move again. */
enum { PATIENCE = 2 };

enum { ARENAS_MAX = 4096, REGIONS_MAX = 65536, HEAPS_MAX = 65536 };

/* What the model had before an arena was tried. */
struct before {
    size_t segments, marks;
};

/* struct heap of the library, its first fields. */
struct head {
    uint64_t arena, prev, size, first;
};

bool ashlar_trouble_at(struct ashlar_trouble *trouble, uint64_t at, const char *complaint)
{
    trouble->at = at;
    snprintf(trouble->complaint, sizeof trouble->complaint, "%s", complaint);
    return false;
}

bool ashlar_same_trouble(const struct ashlar_trouble *a, const struct ashlar_trouble *b)
{
    return a->at == b->at && strcmp(a->complaint, b->complaint) == 0;
}

/* Seconds by a clock that nobody sets. */
static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Leave the target alone, each time for longer, before it is looked at again. */
static void wait_a_moment(struct ashlar_reader *reader, unsigned tries)
{
    struct timespec moment = {.tv_nsec = 1000000L << tries};
    if (!freeze_holds(reader->target))
        nanosleep(&moment, NULL);
    target_refresh(reader->target);
    reader->chunks.model->rereads++;
}

/* For qsort. */
static int by_start(const void *a, const void *b)
{
    uint64_t x = ((const struct heap_segment *)a)->start;
    uint64_t y = ((const struct heap_segment *)b)->start;
    return (x > y) - (x < y);
}

void ashlar_arena_tell(struct heap_model *model, size_t index, size_t first,
                       const struct ashlar_outcome *outcome)
{
    struct heap_arena *arena = &model->arenas[index];
    arena->segments = model->segment_count - first;
    arena->reads = outcome->tries;
    arena->broken = !outcome->good && outcome->steady;
    arena->torn = !outcome->good && !outcome->steady;
    arena->broken_at = outcome->good ? 0 : outcome->trouble.at;
    memcpy(arena->complaint, outcome->trouble.complaint, sizeof arena->complaint);
    if (arena->segments)
        qsort(model->segments + first, arena->segments, sizeof *model->segments, by_start);
}

bool ashlar_may_try(struct ashlar_reader *reader, const struct ashlar_outcome *outcome)
{
    if (budget_is_over() || outcome->good || outcome->steady || outcome->tries == ASHLAR_TRIES)
        return false;
    if (outcome->tries == 0)
        return true;
    if (reader->chunks.model->rereads >= ASHLAR_REREADS_MAX || now() > reader->patience)
        return false;
    wait_a_moment(reader, outcome->tries);
    return true;
}

/* Back to where we were, with nothing remembered of the target's memory. */
static void forget(struct glibc_reader *chunks, const struct before *before)
{
    glibc_segments_drop(chunks, before->segments);
    chunks->marks.count = before->marks;
    chunks->notes.count = chunks->places.count = 0;
    peek_forget(chunks->walk);
    peek_forget(chunks->links);
}

bool ashlar_was_read(const struct ashlar_reader *reader, size_t index, uint64_t at)
{
    const struct heap_model *model = reader->chunks.model;
    for (size_t i = 0; i < model->segment_count; i++) {
        const struct heap_segment *segment = &model->segments[i];
        if (segment->arena == index &&
            (segment->start == at || segment->start - segment->head == at))
            return true;
    }
    return false;
}

/* The end of the writable memory that goes on from there. */
static uint64_t writable_end(const struct target *target, uint64_t at)
{
    const struct area *area = areas_find(&target->areas, at);
    const struct area *last = target->areas.list + target->areas.count;
    uint64_t end = at;
    for (; area && area < last && area->access == (ACCESS_READ | ACCESS_WRITE) &&
           (end == at || area->start == end);
         area++)
        end = area->end;
    return end;
}

/* The size of the last chunk of the segment that is being walked. */
static uint64_t last_size(const struct glibc_reader *chunks)
{
    const struct heap_segment *segment = &chunks->model->segments[chunks->model->segment_count - 1];
    struct heap_cursor cursor = {.segment = segment, .index = segment->count - 1};
    struct heap_chunk chunk = {0};
    heap_next(&cursor, &chunk);
    return chunk.size;
}

/* The regions of the main arena: the second header of a fence names the next. */
static bool walk_break(struct ashlar_reader *reader, size_t index, uint64_t first, uint64_t top,
                       struct ashlar_trouble *trouble)
{
    struct glibc_reader *chunks = &reader->chunks;
    struct glibc_walk walk = {0};
    for (unsigned i = 0; first && i < REGIONS_MAX && !ashlar_was_read(reader, index, first); i++) {
        uint64_t limit = writable_end(reader->target, first);
        if (first % GLIBC_ALIGN != 0 || limit == first)
            return ashlar_trouble_at(trouble, first, "a region of the heap is not mapped");
        enum glibc_walk_end end = glibc_segment_walk(chunks, index, first, limit, top, &walk);
        if (walk.broken_at)
            return ashlar_trouble_at(trouble, walk.broken_at, walk.complaint);
        if (end == WALK_TOP)
            return true;
        uint64_t second = walk.end - last_size(chunks) + 16;
        if (end != WALK_FENCE || !peek_word(chunks->links, second, &first))
            break;
    }
    return ashlar_trouble_at(trouble, top, "no chunks lead to the top chunk");
}

/* Whether what stands there can be the head of a heap of that arena. */
static bool head_read(struct ashlar_reader *reader, uint64_t heap, uint64_t arena,
                      struct head *head)
{
    const struct descriptor_heap *d = &reader->where.heap;
    struct peek *peek = reader->chunks.links;
    return peek_word(peek, heap, &head->arena) && peek_word(peek, heap + d->prev, &head->prev) &&
           peek_word(peek, heap + d->size, &head->size) &&
           peek_word(peek, heap + d->first, &head->first) && head->arena == arena &&
           head->prev % d->most == 0 && head->size <= d->most &&
           head->size % reader->target->page_size == 0 && head->first > heap &&
           head->first % GLIBC_ALIGN == 0 && head->first - heap < head->size;
}

/* One heap; what stands below its first chunk is the library's own. */
static bool walk_heap(struct ashlar_reader *reader, size_t index, uint64_t heap,
                      const struct head *head, uint64_t top, struct ashlar_trouble *trouble)
{
    struct glibc_reader *chunks = &reader->chunks;
    struct glibc_walk walk;
    bool has_top = top >= heap && top < heap + head->size;
    enum glibc_walk_end end =
        glibc_segment_walk(chunks, index, head->first, heap + head->size, has_top ? top : 0, &walk);
    struct heap_segment *segment = &chunks->model->segments[chunks->model->segment_count - 1];
    segment->head = head->first - heap;
    if (walk.broken_at)
        return ashlar_trouble_at(trouble, walk.broken_at, walk.complaint);
    if (segment->end != heap + head->size || has_top != (end == WALK_TOP))
        return ashlar_trouble_at(trouble, heap, "the chunks of a heap do not fill it");
    return true;
}

/* From the newest heap to the first. */
static bool walk_heaps(struct ashlar_reader *reader, size_t index, uint64_t arena, uint64_t top,
                       struct ashlar_trouble *trouble)
{
    uint64_t heap = top & ~(reader->where.heap.most - 1);
    bool good = true;
    for (unsigned i = 0; heap && i < HEAPS_MAX; i++) {
        struct head head;
        if (ashlar_was_read(reader, index, heap) || !head_read(reader, heap, arena, &head))
            return ashlar_trouble_at(trouble, heap, "the head of a heap is damaged");
        good = walk_heap(reader, index, heap, &head, top, trouble) && good;
        heap = head.prev;
    }
    return good;
}

/* What the arena says it has; alignment costs less than a page for each region. */
static bool adds_up(const struct ashlar_reader *reader, size_t first, uint64_t system,
                    struct ashlar_trouble *trouble)
{
    const struct heap_model *model = reader->chunks.model;
    uint64_t bytes = 0, slack = (model->segment_count - first) * model->page_size;
    for (size_t i = first; i < model->segment_count; i++)
        bytes += model->segments[i].end - model->segments[i].start + model->segments[i].head;
    if (bytes <= system + slack && bytes + slack >= system)
        return true;
    ashlar_trouble_at(trouble, model->segments[first].start, "");
    snprintf(trouble->complaint, sizeof trouble->complaint,
             "%" PRIu64 " bytes were walked, and the arena says it has %" PRIu64, bytes, system);
    return false;
}

/* Every free chunk has the number of its bin; one that purge.h holds is free, too. */
static void name_bins(struct ashlar_reader *reader, uint64_t arena, size_t first)
{
    struct glibc_reader *chunks = &reader->chunks;
    for (size_t i = 0; i < chunks->notes.count; i++) {
        const struct glibc_note *note = &chunks->notes.list[i];
        heap_restate(&chunks->model->segments[note->segment], note->index, HEAP_FREE, note->bin);
    }
    struct heap_mark held = {.state = HEAP_FREE};
    size_t before = chunks->marks.count;
    if (!memory_read_word(reader->target, arena + reader->where.arena.purged, &held.at) ||
        held.at == 0)
        return;
    glibc_mark_add(&chunks->marks, &held);
    glibc_marks_apply(chunks, before, first);
    chunks->marks.count = before;
}

/* One try: the state, its regions, its bins, its fast bins. */
static bool try_arena(struct ashlar_reader *reader, size_t index, struct glibc_arena *state,
                      struct ashlar_trouble *trouble)
{
    struct glibc_reader *chunks = &reader->chunks;
    const struct before before = {chunks->model->segment_count, chunks->marks.count};
    uint64_t at = chunks->model->arenas[index].at;
    if (!glibc_arena_read(reader->target, &chunks->state, at, state))
        return ashlar_trouble_at(trouble, at, "it cannot be read");
    uint64_t top = glibc_arena_word(state, reader->where.arena.top);
    uint64_t first = glibc_arena_word(state, reader->where.arena.first);
    if (!top)
        return true;
    bool good = index == 0 ? walk_break(reader, index, first, top, trouble)
                           : walk_heaps(reader, index, at, top, trouble);
    char complaint[160] = "";
    bool listed = glibc_bins_follow(&chunks->state, state, &chunks->notes, complaint);
    name_bins(reader, at, before.segments);
    if (good && !listed)
        return ashlar_trouble_at(trouble, at, complaint);
    bool fast = glibc_fast_follow(chunks->links, &chunks->state, state, false, &chunks->marks);
    bool met = glibc_marks_apply(chunks, before.marks, before.segments) == 0;
    if (good && !(fast && met))
        return ashlar_trouble_at(trouble, at, "a fast bin leads to no chunk in use");
    return good && adds_up(reader, before.segments,
                           glibc_arena_word(state, reader->where.arena.system), trouble);
}

/* What the state itself tells, for those who show it. */
static void describe(const struct ashlar_reader *reader, const struct glibc_arena *state,
                     struct heap_arena *arena)
{
    uint32_t threads = 0;
    uint64_t head;
    memory_read(reader->target, arena->at + reader->where.arena.threads, &threads, sizeof threads);
    arena->threads = threads;
    arena->system_bytes = glibc_arena_word(state, reader->where.arena.system);
    arena->top = glibc_arena_word(state, reader->where.arena.top);
    if (arena->top && peek_word(reader->chunks.walk, arena->top + GLIBC_WORD, &head))
        arena->top_size = head & ~(uint64_t)7;
}

/* Whether not a byte of the arena has changed between two tries, and nobody has its lock. */
static bool stands_still(const struct ashlar_reader *reader, const struct glibc_arena *old,
                         const struct glibc_arena *state)
{
    return memcmp(old->bytes, state->bytes, sizeof state->bytes) == 0 &&
           glibc_arena_word(state, reader->where.arena.lock) == 0;
}

/* Try until it is consistent, or until it stands still, unlocked, and is not. */
static void read_arena(struct ashlar_reader *reader, size_t index)
{
    struct glibc_reader *chunks = &reader->chunks;
    const struct before before = {chunks->model->segment_count, chunks->marks.count};
    struct ashlar_outcome tried = {0};
    struct glibc_arena state = {0}, old;
    while (ashlar_may_try(reader, &tried)) {
        const struct ashlar_trouble last = tried.trouble;
        forget(chunks, &before);
        old = state;
        tried.trouble = (struct ashlar_trouble){0};
        tried.good = try_arena(reader, index, &state, &tried.trouble);
        tried.steady = tried.tries >= 2 && ashlar_same_trouble(&tried.trouble, &last) &&
                       stands_still(reader, &old, &state);
        tried.tries++;
    }
    describe(reader, &state, &chunks->model->arenas[index]);
    ashlar_arena_tell(chunks->model, index, before.segments, &tried);
}

/* Two places more than there are arenas: the runs and the guarded blocks come there. */
static void list_arenas(struct ashlar_reader *reader)
{
    struct heap_model *model = reader->chunks.model;
    uint64_t at = ashlar_address(reader->where.roots.main_arena);
    model->arenas = calloc(ARENAS_MAX + 2, sizeof *model->arenas);
    if (!model->arenas)
        say_and_exit(EXIT_OURS, "out of memory");
    while (at && model->arena_count < ARENAS_MAX) {
        struct heap_arena *arena = &model->arenas[model->arena_count];
        arena->at = at;
        arena->is_main = model->arena_count == 0;
        if (arena->is_main)
            strcpy(arena->name, "main");
        else
            snprintf(arena->name, sizeof arena->name, "%zu", model->arena_count);
        model->arena_count++;
        if (!memory_read_word(reader->target, at + reader->where.arena.next, &at))
            break;
    }
}

bool ashlar_arenas_read(struct ashlar_reader *reader)
{
    struct heap_model *model = reader->chunks.model;
    bool used = false;
    reader->patience = now() + PATIENCE;
    list_arenas(reader);
    for (size_t i = 0; i < model->arena_count; i++) {
        read_arena(reader, i);
        used = used || model->arenas[i].top || model->arenas[i].broken || model->arenas[i].torn;
    }
    return used;
}
