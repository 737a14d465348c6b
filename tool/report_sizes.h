/* report_sizes.h - which sizes are frequent, and which chunks are large. */
#ifndef TOOL_REPORT_SIZES_H
#define TOOL_REPORT_SIZES_H

#include "heap_model.h"

#include <jansson.h>

/* The sizes that have the most bytes, live and free, at most 200; "others" sums up the rest. */
json_t *report_sizes(const struct heap_model *model);

/* The largest chunks of any state, at most 100, in descending order. */
json_t *report_largest(const struct heap_model *model);

#endif
