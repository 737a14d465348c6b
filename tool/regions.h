/*
 * regions.h - the address space as people speak of it: stack, libraries, thread heaps, break heap.
 *
 * The usage of all regions adds up to the usage of all areas, which is the kernel's.
 */
#ifndef TOOL_REGIONS_H
#define TOOL_REGIONS_H

#include "region.h"
#include "target.h"

/* Make regions of the target's areas, which should be measured.  What no claim covers is judged by
 * its name, its neighbours and its first words.  claims may be NULL. */
struct regions *regions_make(const struct target *target, const struct region_claims *claims);
void regions_free(struct regions *regions);

/* The region that the address lies in, or NULL. */
const struct region *regions_find(const struct regions *regions, uint64_t at);

#endif
