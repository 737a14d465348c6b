/* map_diff.h - `ashlar map --diff SNAPSHOT': the regions that are new, gone or of another size. */
#ifndef TOOL_MAP_DIFF_H
#define TOOL_MAP_DIFF_H

#include "map_view.h"

/* Compare with the snapshot in the file, and print in the format that was asked for.  When it is
 * none, or one of another process, say so and exit. */
void map_print_diff(const struct map_view *view, const char *file);

#endif
