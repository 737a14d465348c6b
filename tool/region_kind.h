/* region_kind.h - what an area is by its name and its neighbours, when nobody claims it. */
#ifndef TOOL_REGION_KIND_H
#define TOOL_REGION_KIND_H

#include "layout.h"
#include "region.h"

/* The kind in a few words: "thread heap"; and as one word for machines: "thread-heap". */
const char *region_kind_name(enum region_kind kind);
const char *region_kind_word(enum region_kind kind);

/* What was seen below the area, in the order of addresses. */
struct region_context {
    const struct target *target;
    const struct layout *layout;
    const char *file;           /* the file that the last areas with a name belong to, or NULL */
    enum region_kind file_kind; /* what that file is */
};

/* The kind of the part of the area that begins at start.  `below` is the region that was made last,
 * or NULL.  Areas are asked for in ascending order. */
enum region_kind region_kind_of(struct region_context *context, const struct area *area,
                                uint64_t start, const struct region *below);

/* The last part of a path. */
const char *region_file_name(const char *path);

#endif
