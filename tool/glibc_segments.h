/*
 * glibc_segments.h - where an arena's memory lies.
 *
 * The main arena: the break heap from sbrk_base on; where someone else moved the break, or
 * something was in its way, further stretches behind a fence.  A thread's arena: heaps of at most
 * 64 MiB, each beginning with a heap_info that names the arena and the heap before it.
 */
#ifndef TOOL_GLIBC_SEGMENTS_H
#define TOOL_GLIBC_SEGMENTS_H

#include "glibc_reader.h"

struct glibc_trouble {
    uint64_t at; /* 0 = none */
    char complaint[160];
};

/* Walk all segments of an arena, given its state and index.  False with the trouble if something
 * contradicts; what was walked until there is in the model. */
bool glibc_segments_main(struct glibc_reader *reader, size_t index, const struct glibc_arena *arena,
                         struct glibc_trouble *trouble);
bool glibc_segments_thread(struct glibc_reader *reader, size_t index,
                           const struct glibc_arena *arena, struct glibc_trouble *trouble);

#endif
