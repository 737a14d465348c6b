/* nearest.h - "did you mean": the likeliest of a few words. */
#ifndef TOOL_NEAREST_H
#define TOOL_NEAREST_H

#include <stddef.h>

/* How many letters must be changed, added, left out or swapped with their neighbour to make one
 * word of the other.  Words longer than 31 letters are as far apart as anything: SIZE_MAX. */
size_t nearest_distance(const char *one, const char *other);

/* The distance up to which a word counts as mistyped: a third of it, and at least one letter. */
size_t nearest_limit(const char *word);

#endif
