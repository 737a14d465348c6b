/*
 * claims.h - who owns a piece of the address space when its name does not tell.
 *
 * A heap model's claims come first.  Where it is silent, the first words of an anonymous area are
 * looked at: a thread heap begins with a heap_info, a mapped chunk with its size, a thread's stack
 * ends in the thread's descriptor, which points at itself.
 */
#ifndef TOOL_CLAIMS_H
#define TOOL_CLAIMS_H

#include "layout.h"
#include "region.h"

/* All claims, sorted and without overlaps: the given ones, and the guesses for areas that none of
 * them touches.  Exits when memory is out. */
void claims_gather(const struct target *target, const struct layout *layout,
                   const struct region_claims *given, struct region_claims *all);

#endif
