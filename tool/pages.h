/* pages.h - which pages of a target are in memory, asked of /proc/PID/pagemap. */
#ifndef TOOL_PAGES_H
#define TOOL_PAGES_H

#include "target.h"

enum page {
    PAGE_ABSENT = 0,  /* nothing behind the address: zero if it is anonymous, else in the file */
    PAGE_PRESENT = 1, /* in memory */
    PAGE_SWAPPED = 2, /* on the swap device */
};

/* The state of `count` pages from the one that holds `at` on, a byte each.  False if it cannot be
 * known: then all are said to be present.  Of a core file, what was written to it is present. */
bool pages_read(const struct target *target, uint64_t at, size_t count, uint8_t *pages);

/* How many bytes of [start, end) are in memory; start and end are rounded out to pages. */
uint64_t pages_resident(const struct target *target, uint64_t start, uint64_t end);

#endif
