/*
 * glibc_segments.c - the stretches of an arena found and walked, one after the other.
 *
 *     break heap     first chunk ... top |                                 the common case
 *     foreign break  first chunk ... fence | somebody's | chunk ... top |  searched in steps of 16
 *     blocked break  first chunk ... fence |      a mapping: | chunk ... top |  searched by pages
 *     thread arena   | heap_info, malloc_state, chunks ... fence |  | heap_info, chunks ... top |
 *
 * A place that was searched for is believed if a walk from it ends at the top or at a fence.
 */
#include "glibc_segments.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAPS_MAX = 65536,      /* 4 TiB of one arena */
    SEARCH_STEPS = 1 << 20, /* places tried behind a foreign piece of the break */
    SEGMENTS_MAX = 4096,    /* of the break heap */
};

/* heap_info: arena, previous heap, size in use. */
struct heap_info {
    uint64_t arena, previous, size;
};

/* The next multiple of a power of two. */
static uint64_t aligned(uint64_t at, uint64_t to)
{
    return (at + to - 1) & ~(to - 1);
}

/* Returns false, so that a caller can say and fail in one line. */
static bool trouble_at(struct glibc_trouble *trouble, uint64_t at, const char *complaint)
{
    trouble->at = at;
    snprintf(trouble->complaint, sizeof trouble->complaint, "%s", complaint);
    return false;
}

/* The end of the areas that follow one another from the one that holds the address. */
static uint64_t run_end(const struct target *target, uint64_t at)
{
    const struct area *area = areas_find(&target->areas, at);
    uint64_t end = area ? area->end : at;
    while (area && ++area < target->areas.list + target->areas.count && area->start == end &&
           area->access == area[-1].access && strcmp(area->name, area[-1].name) == 0)
        end = area->end;
    return end;
}

/* A probe leaves no trace but its answer: whether a walk from here ends as an arena's does. */
static bool leads_to_an_end(struct glibc_reader *reader, uint64_t at, uint64_t limit, uint64_t top)
{
    struct heap_segment scratch = {.start = at};
    struct glibc_notes notes = {0};
    struct glibc_places places = {0};
    struct glibc_walk walk = {.peek = reader->walk,
                              .start = at,
                              .limit = limit,
                              .top = top,
                              .notes = &notes,
                              .places = &places};
    enum glibc_walk_end end = glibc_walk(&walk, &scratch);
    bool good = end != WALK_BROKEN && scratch.count > 1;
    free(scratch.words);
    free(notes.list);
    free(places.list);
    return good;
}

/* Whether a stretch of the arena can begin here: below the first chunk nothing is free. */
static bool may_begin(struct peek *peek, uint64_t at, uint64_t limit)
{
    uint64_t head;
    return glibc_is_chunk(peek, at, limit) && peek_word(peek, at + GLIBC_WORD, &head) &&
           (head & 7) == HEAP_PREVIOUS_IN_USE;
}

/* The first place from `at` on, in steps, from where chunks lead to a top or a fence; 0 = none. */
static uint64_t search(struct glibc_reader *reader, uint64_t at, uint64_t limit, uint64_t step,
                       uint64_t top)
{
    for (unsigned i = 0; i < SEARCH_STEPS && at < limit; i++, at += step) {
        if (may_begin(reader->walk, at, limit) && leads_to_an_end(reader, at, limit, top))
            return at;
    }
    return 0;
}

/* What the arena's segments so far add up to. */
static uint64_t walked_bytes(const struct glibc_reader *reader, size_t from)
{
    uint64_t bytes = 0;
    for (size_t i = from; i < reader->model->segment_count; i++)
        bytes += reader->model->segments[i].end - reader->model->segments[i].start;
    return bytes;
}

/* Whether one of the arena's segments lies in the area already. */
static bool is_walked(const struct glibc_reader *reader, size_t from, const struct area *area)
{
    for (size_t i = from; i < reader->model->segment_count; i++) {
        if (areas_find(&reader->target->areas, reader->model->segments[i].start) == area)
            return true;
    }
    return false;
}

/* Walk the break heap: one stretch, or more with foreign memory between them. */
static enum glibc_walk_end walk_break(struct glibc_reader *reader, size_t index, uint64_t top,
                                      const struct area *heap, struct glibc_walk *walk)
{
    uint64_t first = reader->settings.first ? reader->settings.first : heap->start;
    uint64_t limit = run_end(reader->target, heap->start);
    uint64_t at = aligned(first, GLIBC_ALIGN);
    enum glibc_walk_end end = WALK_BROKEN;
    for (unsigned i = 0; at && at < limit && i < SEGMENTS_MAX; i++) {
        end = glibc_segment_walk(reader, index, at, limit, top, walk);
        if (end != WALK_FENCE || walk->broken_at)
            break;
        at = search(reader, walk->end, limit, GLIBC_ALIGN, top);
    }
    return end;
}

/* What the main arena got by mapping because the break could not grow: each piece begins with a
 * page.  Neighbouring pieces share one area. */
static enum glibc_walk_end walk_pieces(struct glibc_reader *reader, size_t index, uint64_t top,
                                       const struct area *area, struct glibc_walk *walk)
{
    uint64_t page = reader->target->page_size, at = area->start;
    enum glibc_walk_end last = WALK_FENCE;
    while ((at = search(reader, at, area->end, page, top)) != 0) {
        enum glibc_walk_end end = glibc_segment_walk(reader, index, at, area->end, top, walk);
        if (end != WALK_FENCE)
            last = end;
        at = aligned(walk->end, page);
    }
    return last;
}

/* Search the areas that could hold pieces, until the arena has all the bytes it speaks of. */
static enum glibc_walk_end walk_all_pieces(struct glibc_reader *reader, size_t index, size_t first,
                                           uint64_t top, uint64_t system, struct glibc_walk *walk)
{
    enum glibc_walk_end last = WALK_FENCE;
    const struct areas *areas = &reader->target->areas;
    for (size_t i = 0; i < areas->count; i++) {
        const struct area *area = &areas->list[i];
        bool writable = area->access == (ACCESS_READ | ACCESS_WRITE);
        bool thread_heap = area->start % GLIBC_HEAP_MAX == 0;
        bool wanted = (top >= area->start && top < area->end) ||
                      walked_bytes(reader, first) + reader->target->page_size < system;
        if (!writable || !wanted || thread_heap || !area_is_anonymous(area) ||
            is_walked(reader, first, area))
            continue;
        if (walk_pieces(reader, index, top, area, walk) == WALK_TOP)
            last = WALK_TOP;
    }
    return last;
}

/* What the arena says it has; fences and alignment cost less than a page for each stretch. */
static bool adds_up(const struct glibc_reader *reader, size_t first, uint64_t system,
                    struct glibc_trouble *trouble)
{
    size_t count = reader->model->segment_count - first;
    uint64_t bytes = walked_bytes(reader, first);
    uint64_t slack = count * reader->target->page_size;
    if (bytes <= system + slack && bytes + slack >= system)
        return true;
    trouble->at = first < reader->model->segment_count ? reader->model->segments[first].start : 0;
    snprintf(trouble->complaint, sizeof trouble->complaint,
             "%" PRIu64 " bytes were walked, and the arena says it has %" PRIu64, bytes, system);
    return false;
}

bool glibc_segments_main(struct glibc_reader *reader, size_t index, const struct glibc_arena *arena,
                         struct glibc_trouble *trouble)
{
    size_t first = reader->model->segment_count;
    uint64_t top = glibc_arena_top(&reader->state, arena);
    uint64_t system = glibc_arena_word(arena, reader->state.arena->system);
    const struct area *heap = glibc_break(reader->target);
    struct glibc_walk walk = {0};
    enum glibc_walk_end end = WALK_FENCE;
    if (top == glibc_bin_head(&reader->state, arena->at, 1))
        return true; /* nothing was ever taken from it */
    if (heap && (reader->settings.first || (top >= heap->start && top < heap->end)))
        end = walk_break(reader, index, top, heap, &walk);
    if (walk.broken_at)
        return trouble_at(trouble, walk.broken_at, walk.complaint);
    if (end == WALK_FENCE)
        end = walk_all_pieces(reader, index, first, top, system, &walk);
    if (end != WALK_TOP)
        return trouble_at(trouble, top, "no chunks lead to the top chunk");
    /* Foreign pieces of the break count as the arena's there and cannot be walked. */
    if (glibc_arena_contiguous(arena) && reader->model->segment_count - first > 1)
        return true;
    return adds_up(reader, first, system, trouble);
}

/* Read a heap's head and see whether it may be one of this arena. */
static bool info_read(struct glibc_reader *reader, uint64_t at, uint64_t arena,
                      struct heap_info *info)
{
    return peek_bytes(reader->links, at, info, sizeof *info) && info->arena == arena &&
           info->size <= GLIBC_HEAP_MAX && info->size % reader->target->page_size == 0 &&
           info->previous % GLIBC_HEAP_MAX == 0;
}

/* Where the chunks of a heap begin: behind heap_info, and in the first heap behind the arena's
 * state too. */
static uint64_t heap_first_chunk(const struct glibc_reader *reader, uint64_t heap, uint64_t arena)
{
    uint64_t head = arena % GLIBC_HEAP_MAX; /* the arena follows its heap's head */
    uint64_t own = arena - head == heap ? head + reader->state.arena->end : head;
    return aligned(heap + own, GLIBC_ALIGN);
}

/* One heap of a thread's arena: its chunks fill it, or lead to the top chunk if it is the
 * newest. */
static bool heap_walk(struct glibc_reader *reader, size_t index, uint64_t heap, uint64_t size,
                      const struct glibc_arena *arena, struct glibc_trouble *trouble)
{
    struct glibc_walk walk;
    uint64_t top = glibc_arena_top(&reader->state, arena);
    uint64_t first = heap_first_chunk(reader, heap, arena->at);
    bool has_top = top >= heap && top < heap + size;
    /* The head is malloc's own, and belongs to the segment so that its pages are counted. */
    enum glibc_walk_end end =
        glibc_segment_walk(reader, index, first, heap + size, has_top ? top : 0, &walk);
    struct heap_segment *segment = &reader->model->segments[reader->model->segment_count - 1];
    segment->head = first - heap;
    if (walk.broken_at)
        return trouble_at(trouble, walk.broken_at, walk.complaint);
    if (segment->end != heap + size || has_top != (end == WALK_TOP))
        return trouble_at(trouble, heap, "the chunks of a thread heap do not fill it");
    return true;
}

/* For qsort. */
static int by_start(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The heaps of the arena, from the one with the top chunk back to the one with the arena. */
static size_t heaps_list(struct glibc_reader *reader, const struct glibc_arena *arena,
                         uint64_t *heaps)
{
    uint64_t heap = glibc_arena_top(&reader->state, arena) & ~(GLIBC_HEAP_MAX - 1);
    size_t count = 0;
    struct heap_info info;
    while (heap && count < HEAPS_MAX && info_read(reader, heap, arena->at, &info)) {
        heaps[count++] = heap;
        heap = info.previous;
    }
    if (heap != 0 || count == 0 || heaps[count - 1] != (arena->at & ~(GLIBC_HEAP_MAX - 1)))
        return 0;
    qsort(heaps, count, sizeof *heaps, by_start);
    return count;
}

bool glibc_segments_thread(struct glibc_reader *reader, size_t index,
                           const struct glibc_arena *arena, struct glibc_trouble *trouble)
{
    static uint64_t heaps[HEAPS_MAX];
    size_t count = heaps_list(reader, arena, heaps);
    uint64_t system = glibc_arena_word(arena, reader->state.arena->system), sum = 0;
    bool good = count > 0;
    if (!good)
        trouble_at(trouble, arena->at, "its heaps do not lead back to it");
    for (size_t i = 0; i < count; i++) {
        struct heap_info info;
        if (!info_read(reader, heaps[i], arena->at, &info))
            return trouble_at(trouble, heaps[i], "the head of a thread heap is damaged");
        good = heap_walk(reader, index, heaps[i], info.size, arena, trouble) && good;
        sum += info.size;
    }
    if (good && sum != system)
        return trouble_at(trouble, arena->at, "its heaps are not as large as it says");
    return good;
}
