/*
 * bitmap.h - rows of set bits, found without a look at every word.
 *
 * Beside each word of 64 bits a byte says how long a row that begins in it can be at most, where one
 * that goes on into the next word counts whole.  The byte is exact when a row has become longer, and
 * too high until the next search when bits have been cleared: so clearing costs nothing.
 */
#ifndef ASHLAR_BITMAP_H
#define ASHLAR_BITMAP_H

#include "base.h"

enum { BITMAP_ROW_MAX = 32 }; /* longer rows count as so long */

struct bitmap {
    uint64_t *words;
    uint8_t *longest; /* BITMAP_BYTES(count), those beyond the last word 0 */
    size_t count;     /* of words */
};

/* The bytes beside so many words: eight are looked at at once. */
#define BITMAP_BYTES(words) (((words) + 7) / 8 * 8)

/* Bit i of the result: so many bits of this word are set from bit i on. */
uint64_t bitmap_rows(uint64_t word, unsigned length);

/* The bits of one word that are among bits [first, end) of all; it has some of them. */
uint64_t bitmap_within(size_t word, size_t first, size_t end);

/* Where the lowest row of so many begins, at most BITMAP_ROW_MAX; 64 * count if there is none. */
size_t bitmap_lowest_row(struct bitmap b, unsigned length);

/* The bits [first, end) have been set, at most BITMAP_ROW_MAX of them. */
void bitmap_note_row(struct bitmap b, size_t first, size_t end);

#endif
