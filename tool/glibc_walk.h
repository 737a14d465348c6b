/*
 * glibc_walk.h - from chunk to chunk through one segment, by the sizes in their headers.
 *
 *     chunk    | size of the chunk below, if that is free | size N M P | ...
 *     above    | size again, if chunk is free             | size . . P | P: chunk is in use
 *
 * Nothing in the target is trusted.  A size that leaves the segment, or a free chunk that the one
 * above contradicts, is damage: the walk goes on behind it where chunks lead on again, and ends if
 * there is no such place.
 */
#ifndef TOOL_GLIBC_WALK_H
#define TOOL_GLIBC_WALK_H

#include "glibc_peek.h"
#include "heap_model.h"

/* A free chunk met by a walk, to be found again when its bin's links are followed. */
struct glibc_note {
    uint64_t at, fd;
    size_t segment; /* index in the model */
    size_t index;   /* of the chunk in the segment */
    unsigned bin;   /* 0 = no bin has led to it yet */
};

struct glibc_notes {
    struct glibc_note *list;
    size_t count, room;
};

/* Where chunks of the size of a thread's cache begin that are in use: one may be a cache. */
struct glibc_places {
    uint64_t *list;
    size_t count, room;
};

enum glibc_walk_end {
    WALK_TOP,    /* at the top chunk, which ends the arena */
    WALK_FENCE,  /* at the fence where a former top ended */
    WALK_BROKEN, /* at something that is no chunk */
};

struct glibc_walk {
    struct peek *peek;
    uint64_t start, limit; /* the first chunk, and the first byte that cannot be one */
    uint64_t top;          /* the arena's top chunk */
    uint64_t cache_chunk;  /* size of the chunks to be put into places */
    size_t segment;        /* its index, for the notes */
    struct glibc_notes *notes;
    struct glibc_places *places;
    bool resumes; /* go on behind damage */
    /* Set by the walk. */
    uint64_t end;       /* where it ended */
    uint64_t broken_at; /* the first chunk that is none; 0 = all are sound */
    char complaint[160];
};

/* Walk and add the chunks to the segment. */
enum glibc_walk_end glibc_walk(struct glibc_walk *walk, struct heap_segment *segment);

/* Whether the words at an address could be the header of a chunk that ends before the limit. */
bool glibc_is_chunk(struct peek *peek, uint64_t at, uint64_t limit);

/* Both exit when memory is out. */
void glibc_note_add(struct glibc_notes *notes, const struct glibc_note *note);
void glibc_place_add(struct glibc_places *places, uint64_t at);

#endif
