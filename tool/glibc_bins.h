/*
 * glibc_bins.h - the lists of free chunks of one arena, followed link by link.
 *
 * The chunks of the bins proper were met by the walk already; the links only say which bin each is
 * in.  Fast bins lead to chunks that look as if they were in use.
 */
#ifndef TOOL_GLIBC_BINS_H
#define TOOL_GLIBC_BINS_H

#include "glibc_state.h"
#include "glibc_walk.h"

struct glibc_marks {
    struct heap_mark *list;
    size_t count, room;
};

/* Exits when memory is out. */
void glibc_mark_add(struct glibc_marks *marks, const struct heap_mark *mark);

/* Give every noted chunk its bin.  False if a link leads to no free chunk or to one twice, or a
 * free chunk is in no bin; complaint then says so. */
bool glibc_bins_follow(const struct glibc_state *state, const struct glibc_arena *arena,
                       struct glibc_notes *notes, char complaint[160]);

struct glibc_list {
    struct peek *peek;
    uint64_t first;        /* a chunk, 0 = empty */
    bool mangled;          /* links are mixed with the address where they stand */
    bool to_user;          /* links lead to the program's pointer and not to the chunk */
    uint64_t limit;        /* more chunks than that it cannot have */
    struct heap_mark mark; /* what to say of each */
};

/* Mark every chunk of the list.  False if it leads nowhere or in a circle; the marks until there
 * stay. */
bool glibc_list_follow(const struct glibc_list *list, struct glibc_marks *marks);

/* The fast bins of an arena.  False as above. */
bool glibc_fast_follow(struct peek *peek, const struct glibc_state *state,
                       const struct glibc_arena *arena, bool mangled, struct glibc_marks *marks);

#endif
