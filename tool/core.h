/*
 * core.h - a core file: the memory of a process when it ended, as far as it was written down.
 *
 * The kernel leaves out what stands in the program's files unchanged; core_read looks for it there.
 * A core file may be cut off, made by hand, or damaged: its numbers are bounded by the size of the
 * file before they are believed.
 */
#ifndef TOOL_CORE_H
#define TOOL_CORE_H

#include "areas.h"

#include <sys/types.h>

struct core_notes;

/* A stretch of memory and where in the file it is; what is behind `stored` bytes is not there. */
struct core_segment {
    uint64_t start, end;
    uint64_t offset;
    uint64_t stored;
};

struct core {
    int fd;
    uint64_t file_size;
    bool truncated; /* the file ends before its memory does */
    int bits;
    int machine;
    struct core_notes *notes;
    struct core_segment *segments; /* sorted by address */
    size_t count;
};

/* NULL if the file cannot be read (errno), or is no core file (errno is 0).  Its areas are added to
 * the empty list; what is resident of them is what the file holds. */
struct core *core_open(const char *path, struct areas *areas);

/* The path of the program, or "". */
const char *core_program(const struct core *core);

/* Copy n bytes of one area.  False if not all of them are in the core file or in the area's file. */
bool core_read(const struct core *core, const struct area *area, uint64_t at, void *into, size_t n);

/* Whether the byte at this address was written to the core file. */
bool core_holds(const struct core *core, uint64_t at);

/* How many bytes of [start, end) the file holds: as fast for a claimed terabyte as for a page. */
uint64_t core_held_bytes(const struct core *core, uint64_t start, uint64_t end);

/* NULL is allowed. */
void core_close(struct core *core);

#endif
