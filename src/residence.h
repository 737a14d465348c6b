/*
 * residence.h - which bytes of our regions are in memory, as the kernel says.
 *
 * Whoever asks goes upwards through a region, in steps of a few bytes or many pages: the kernel is
 * asked for many pages at once, and its answer serves for what comes next.
 */
#ifndef ASHLAR_RESIDENCE_H
#define ASHLAR_RESIDENCE_H

#include "base.h"

enum { RESIDENCE_PAGES = 1024 }; /* that one answer tells of */

/* The last answer; all zero: none yet.  It grows old: begin anew with every lock that is taken. */
struct residence {
    uintptr_t from, to;
    unsigned char in_memory[RESIDENCE_PAGES];
};

/* How many bytes of [start, end) lie in pages that are in memory.  What is not mapped is not. */
size_t residence_of(struct residence *r, uintptr_t start, uintptr_t end);

#endif
