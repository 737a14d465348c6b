/*
 * mappings.h - which mappings are ours, told apart from what stands in them.
 *
 * A mapped chunk's head lies beside its user's data: whoever overwrites it could have a neighbour's
 * pages unmapped.  So each mapping is noted here as well.  No lock: a mapping is noted, and struck, by
 * the thread whose it is at that moment, and of two that strike the same one only one does.
 *
 * The first MAPPINGS_KNOWN at a time are known; of what is beyond only the number is.
 */
#ifndef ASHLAR_MAPPINGS_H
#define ASHLAR_MAPPINGS_H

#include "base.h"

enum { MAPPINGS_KNOWN = 1024 };

/* From now on, or no more: strike it before it can be anybody else's. */
void mappings_note(const void *start, size_t length);

/* Whether this is a mapping that was noted; struck, false the second time. */
bool mappings_have(const void *start, size_t length);
bool mappings_strike(const void *start, size_t length);

#endif
