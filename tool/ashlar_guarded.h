/*
 * ashlar_guarded.h - blocks between pages that nobody may touch: those that ASHLAR_GUARD_RATE picks,
 * and the secure build's large ones.
 *
 * The former have a region of their own with records of all its places; in the model it is an arena,
 * "guard", without headers.  The latter stand in a table; in the model they are mapped chunks.
 */
#ifndef TOOL_ASHLAR_GUARDED_H
#define TOOL_ASHLAR_GUARDED_H

#include "ashlar_reader.h"

/* Add the arena, if there are guarded blocks at all, behind the others. */
void ashlar_guarded_read(struct ashlar_reader *reader);

/* Add the large blocks to those with a mapping of their own, sorted by address. */
void ashlar_large_read(struct ashlar_reader *reader);

#endif
