/*
 * glibc_arenas.h - all arenas of a process, each walked until it is consistent.
 *
 * An arena is consistent when its chunks lead from the first one to the top, every free one is in a
 * bin, every bin leads to free ones only, and the bytes add up to what the arena says it has.  The
 * target goes on running; an arena that is not consistent is read again.
 */
#ifndef TOOL_GLIBC_ARENAS_H
#define TOOL_GLIBC_ARENAS_H

#include "glibc_reader.h"

/* Follow the ring and walk every arena into the model. */
void glibc_arenas_read(struct glibc_reader *reader);

#endif
