/*
 * heap_bins.h - the names of places where free chunks wait, and how much waits in each.
 *
 * The names are glibc's, which libashlar shares.
 */
#ifndef TOOL_HEAP_BINS_H
#define TOOL_HEAP_BINS_H

#include "heap_model.h"

enum heap_shelf {
    SHELF_LARGE,
    SHELF_SMALL,
    SHELF_UNSORTED,
    SHELF_FAST,
    SHELF_CACHE,
    SHELF_RUNS,   /* slots of runs */
    SHELF_PLACES, /* memory that no run has now */
    SHELVES,
};

/* The number is one byte in the model. */
enum { HEAP_BINS = 256 };

/* Count and bytes of every bin. */
struct heap_bins {
    struct heap_sum of[SHELVES][HEAP_BINS];
    uint64_t smallest[SHELVES][HEAP_BINS], largest[SHELVES][HEAP_BINS]; /* sizes met there */
};

/* Add up the chunks of one arena, or of all if arena is SIZE_MAX. */
void heap_bins_count(const struct heap_model *model, size_t arena, struct heap_bins *bins);

/* The sum of a shelf, and the sizes met there. */
struct heap_sum heap_bins_shelf(const struct heap_bins *bins, enum heap_shelf shelf,
                                uint64_t *smallest, uint64_t *largest);

/* The shelf of a free chunk; SHELVES if it is on none. */
enum heap_shelf heap_shelf_of(const struct heap_chunk *chunk);

/* "large", "thread cache" ... and with the bin's number: "large[96]". */
const char *heap_shelf_name(enum heap_shelf shelf);
const char *heap_bin_name(enum heap_shelf shelf, unsigned bin, char text[32]);

#endif
