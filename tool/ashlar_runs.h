/*
 * ashlar_runs.h - the heaps of runs: slots of one size wall to wall, spans, and empty places.
 *
 * All arenas share them, so in the model they are an arena of their own, "runs".  Their blocks have
 * no headers: a chunk there is the program's block itself.
 */
#ifndef TOOL_ASHLAR_RUNS_H
#define TOOL_ASHLAR_RUNS_H

#include "ashlar_reader.h"

/* Add the arena, if there are runs at all, behind the others. */
void ashlar_runs_read(struct ashlar_reader *reader);

#endif
