/*
 * words.h - pieces of text that are cut out of longer text without copying it.
 */
#ifndef ASHLAR_WORDS_H
#define ASHLAR_WORDS_H

#include "base.h"

struct word {
    const char *text;
    size_t length;
};

struct word word_of(const char *text);

bool word_is(struct word w, const char *text);

/* Drop a prefix; false, and nothing dropped, if w does not begin so. */
bool word_skip(struct word *w, const char *prefix);

/* Take off *rest what stands before the first of the separators, and drop the separator. */
struct word word_cut(struct word *rest, const char *separators);

/* w in lower case, in a buffer of the caller; cut if it does not fit. */
struct word word_lower(struct word w, char *buffer, size_t size);

/*
 * A number of bytes: decimal, 0x hexadecimal or 0 octal as strtoul reads it, with an optional K, M
 * or G behind it (KiB, MiB, GiB), or -1 for the largest.  False if w is none or does not fit.
 */
bool word_number(struct word w, size_t *number);

/* How many letters must be changed, added or taken away to get from w to text. */
size_t word_distance(struct word w, const char *text);

#endif
