/* ashlar_trim.h - what libashlar would give back, by its own rules. */
#ifndef TOOL_ASHLAR_TRIM_H
#define TOOL_ASHLAR_TRIM_H

#include "ashlar_reader.h"

/* Fill in the sums' trimmable bytes, which are free now, and those that malloc_trim would return
 * beyond them because it empties all caches.  heap_sums_make was called before. */
void ashlar_trim_predict(struct ashlar_reader *reader);

#endif
