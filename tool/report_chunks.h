/*
 * report_chunks.h - the chunks of a heap as text that a page unpacks: what lies where.
 *
 * A segment is told chunk by chunk while the number of chunks that may be told lasts, the segments
 * with the fewest first; the others are told in cells of equal size.  All numbers are LEB128 (seven
 * bits in a byte, low ones first, the eighth set if more follow), the bytes are base64.
 *
 *     chunks   kind*2, size/8               one chunk
 *              kind*2+1, size/8, n          n + 2 alike, one behind the other
 *     pages    n, m, n, m ...               n pages in memory, m not, and so on
 *     cells    chunks that begin in it, then bytes/8: in memory, live, free, cached,
 *              own, top, unknown
 *
 * A kind is an index into a list of state, bin and flags.
 */
#ifndef TOOL_REPORT_CHUNKS_H
#define TOOL_REPORT_CHUNKS_H

#include "heap_model.h"

#include <jansson.h>

/* Tell at most `detail` chunks one by one.  The object is the caller's. */
json_t *report_chunks(const struct heap_model *model, size_t detail);

#endif
