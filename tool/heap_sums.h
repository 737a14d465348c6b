/*
 * heap_sums.h - a model added up, and compared with the pages that are in memory.
 *
 * A page of a free chunk can be given back only if the whole of it lies in the chunk, behind the
 * words that malloc keeps in free chunks.  The resident bytes of all states add up to the resident
 * bytes of the arena.
 */
#ifndef TOOL_HEAP_SUMS_H
#define TOOL_HEAP_SUMS_H

#include "heap_model.h"
#include "target.h"

/* Read which pages are in memory and fill in the sums of all arenas. */
void heap_sums_make(const struct target *target, struct heap_model *model);

/* How many of the segment's bytes from start to end are in memory. */
uint64_t heap_resident(const struct heap_model *model, const struct heap_segment *segment,
                       uint64_t start, uint64_t end);

/* The arenas' sums and the mapped chunks' together. */
struct heap_sums heap_sums_total(const struct heap_model *model);

#endif
