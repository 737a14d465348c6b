/*
 * glibc_reader.h - what the parts of the glibc reader hand to one another while a model is made.
 *
 * The order: arenas, each walked until it is consistent; then the threads' caches, whose chunks
 * look live to the walk; then the mapped chunks; then whose caches they are.
 */
#ifndef TOOL_GLIBC_READER_H
#define TOOL_GLIBC_READER_H

#include "glibc_bins.h"
#include "glibc_peek.h"
#include "glibc_settings.h"
#include "glibc_walk.h"

struct glibc_reader {
    struct target *target;
    struct glibc_state state;
    struct glibc_settings settings;
    struct glibc_cache_layout cache;
    bool mangled;       /* links of fast bins and caches are */
    struct peek *walk;  /* large blocks */
    struct peek *links; /* pages */
    struct heap_model *model;
    size_t segment_room;
    struct glibc_notes notes;   /* free chunks of the arena that is being read */
    struct glibc_places places; /* possible caches, of all arenas */
    struct glibc_marks marks;   /* chunks that only look live, of all arenas */
};

/* An empty segment of the arena with that index, behind the others; its index.  Exits when memory
 * is out. */
size_t glibc_segment_add(struct glibc_reader *reader, size_t arena, uint64_t start);

/* Forget the segments from that index on. */
void glibc_segments_drop(struct glibc_reader *reader, size_t from);

/* Walk from start and let a new segment of the arena have it. */
enum glibc_walk_end glibc_segment_walk(struct glibc_reader *reader, size_t arena, uint64_t start,
                                       uint64_t limit, uint64_t top, struct glibc_walk *walk);

/* Sort the marks from that index on and let the segments' chunks have their states; segments from
 * first_segment on are asked, in order of address.  How many marks met no live chunk. */
size_t glibc_marks_apply(struct glibc_reader *reader, size_t first_mark, size_t first_segment);

#endif
