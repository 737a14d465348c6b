/*
 * timeline.h - a value over time in a fixed number of pieces, and a picture of it in one line.
 */
#ifndef ASHLAR_TIMELINE_H
#define ASHLAR_TIMELINE_H

#include "print.h"

enum { SAMPLES = 64, PICTURE_COLUMNS = 12 };

struct timeline {
    uint64_t piece; /* how many milliseconds one piece lasts; 0 before the first value */
    size_t highest[SAMPLES];
    unsigned used;
};

/* Note a value at a time, in milliseconds since the beginning; times do not go back. */
void timeline_add(struct timeline *t, uint64_t at, size_t value);

/* Whether the piece that time belongs to has no value yet. */
bool timeline_is_due(const struct timeline *t, uint64_t at);

/* Draw it in PICTURE_COLUMNS columns or fewer, in eighths of a block or in digits. */
void timeline_print(const struct timeline *t, struct line *l, bool utf8);

#endif
