/*
 * runs_trim.h - the pages of runs that hold nothing.
 */
#ifndef ASHLAR_RUNS_TRIM_H
#define ASHLAR_RUNS_TRIM_H

#include "runs.h"

/*
 * Give back all whole pages within an arena's runs that no slot in use touches.  Returns the bytes
 * that were in memory.  The arena is locked.
 */
size_t runs_trim(const struct runs *r);

#endif
