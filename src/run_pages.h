/*
 * run_pages.h - the pages of a run that hold nothing.
 */
#ifndef ASHLAR_RUN_PAGES_H
#define ASHLAR_RUN_PAGES_H

#include "places.h"

/* Give back all whole pages that no slot in use touches.  The arena is locked. */
void run_pages_release(const struct run *run);

/* The same, and say how many bytes of them were in memory. */
size_t run_pages_release_counted(const struct run *run);

#endif
