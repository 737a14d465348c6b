/*
 * glibc_reader.c - segments added to the model, and marks brought to their chunks.
 *
 * A segment is walked before anybody knows what the bins and caches say.  These are read as marks
 * of their own, so that a list that is torn costs no walk; both meet here, by address.
 */
#include "glibc_reader.h"

#include "say.h"

#include <stdlib.h>
#include <string.h>

size_t glibc_segment_add(struct glibc_reader *reader, size_t arena, uint64_t start)
{
    struct heap_model *model = reader->model;
    if (model->segment_count == reader->segment_room) {
        reader->segment_room = reader->segment_room ? reader->segment_room * 2 : 16;
        model->segments =
            reallocarray(model->segments, reader->segment_room, sizeof *model->segments);
        if (!model->segments)
            say_and_exit(EXIT_OURS, "out of memory");
    }
    model->segments[model->segment_count] =
        (struct heap_segment){.start = start, .end = start, .arena = arena};
    return model->segment_count++;
}

void glibc_segments_drop(struct glibc_reader *reader, size_t from)
{
    struct heap_model *model = reader->model;
    for (size_t i = from; i < model->segment_count; i++)
        free(model->segments[i].words);
    if (model->segment_count > from)
        model->segment_count = from;
}

enum glibc_walk_end glibc_segment_walk(struct glibc_reader *reader, size_t arena, uint64_t start,
                                       uint64_t limit, uint64_t top, struct glibc_walk *walk)
{
    size_t index = glibc_segment_add(reader, arena, start);
    *walk = (struct glibc_walk){
        .peek = reader->walk,
        .start = start,
        .limit = limit,
        .top = top,
        .cache_chunk = glibc_cache_chunk(&reader->cache),
        .segment = index,
        .notes = &reader->notes,
        .places = &reader->places,
        .resumes = true,
    };
    struct heap_segment *segment = &reader->model->segments[index];
    enum glibc_walk_end end = glibc_walk(walk, segment);
    segment->end = walk->end;
    return end;
}

/* For qsort. */
static int by_address(const void *a, const void *b)
{
    uint64_t x = ((const struct heap_mark *)a)->at, y = ((const struct heap_mark *)b)->at;
    return (x > y) - (x < y);
}

/* Both are sorted: go through the segment's chunks and its marks side by side. */
static void apply(struct heap_segment *segment, struct heap_mark *marks, size_t count)
{
    struct heap_cursor cursor = heap_begin(segment);
    struct heap_chunk chunk;
    size_t next = 0;
    while (next < count && heap_next(&cursor, &chunk)) {
        /* A mark that meets no chunk says that one of the two was read while it changed. */
        while (next < count && marks[next].at < chunk.at)
            next++;
        if (next == count || marks[next].at != chunk.at || chunk.state != HEAP_LIVE)
            continue;
        marks[next].seen = true;
        heap_restate(segment, cursor.index - 1, (enum heap_state)marks[next].state,
                     marks[next].bin);
    }
}

size_t glibc_marks_apply(struct glibc_reader *reader, size_t first_mark, size_t first_segment)
{
    struct heap_mark *marks = reader->marks.list + first_mark;
    size_t count = reader->marks.count - first_mark, unseen = 0;
    if (count == 0)
        return 0;
    qsort(marks, count, sizeof *marks, by_address);
    for (size_t i = first_segment; i < reader->model->segment_count; i++) {
        struct heap_segment *segment = &reader->model->segments[i];
        size_t from = 0, to;
        while (from < count && marks[from].at < segment->start)
            from++;
        for (to = from; to < count && marks[to].at < segment->end;)
            to++;
        apply(segment, marks + from, to - from);
    }
    for (size_t i = 0; i < count; i++)
        unseen += !marks[i].seen;
    return unseen;
}
