/*
 * map_view.h - what `ashlar map` shows: the regions, and the rows that the text folds them into.
 */
#ifndef TOOL_MAP_VIEW_H
#define TOOL_MAP_VIEW_H

#include "allocator.h"
#include "layout.h"
#include "region_kind.h"
#include "regions.h"
#include "target_words.h"

#include <jansson.h>

/* What the command line asked for. */
struct map_request {
    struct show show;
    bool every_area; /* -v */
    bool low_first;
    bool teach;
    struct target_words targets;
    const char *before; /* --diff: a snapshot of it; or NULL */
};

struct map_view {
    const struct map_request *request;
    const struct target *target;
    const struct regions *regions;
    struct layout layout;
    struct allocator allocator;
};

/* One region, or several neighbours of a kind that look alike. */
struct map_row {
    size_t first, count; /* which regions */
    uint64_t start, end;
    uint64_t committed;
    struct usage usage;
};

/* How many rows there are; *rows is the caller's to free.  In ascending order. */
size_t map_rows(const struct map_view *view, struct map_row **rows);

/* The kinds that are summed together, as the last lines show them. */
struct map_sum {
    const char *name, *word;
    uint64_t size, committed, resident;
    size_t regions;
};

enum { MAP_SUMS = 6 };

/* The sums over all regions: they add up to the totals. */
void map_sums(const struct regions *regions, struct map_sum sums[MAP_SUMS]);

void map_print_text(const struct map_view *view);
void map_print_plain(const struct map_view *view);
/* The document of --json, the caller's. */
json_t *map_json(const struct map_view *view);
void map_print_json(const struct map_view *view);

/* One sentence that explains the kind to somebody who sees it for the first time. */
const char *map_lesson(enum region_kind kind);

#endif
