/*
 * tape.h - numbers and texts one behind the other in memory, written and read by the same functions:
 * what is written cannot be read differently.
 *
 *     area->start = tape_pass(tape, area->start);     writing: it goes to the tape
 *                                                     reading: it comes from there
 *
 * A number takes a byte for each seven bits.  What is read may come from anybody: after the first
 * thing that cannot be, tape->failed is true and all that follows is 0.
 */
#ifndef TOOL_TAPE_H
#define TOOL_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tape {
    bool writes;
    bool failed;
    unsigned char *bytes; /* the caller's to free */
    size_t at;            /* how many were written or read */
    size_t size;          /* reading: how many there are; writing: how many there is room for */
};

/* Write the value and return it, or read one. */
uint64_t tape_pass(struct tape *tape, uint64_t value);

/* The same for one that must be less than the limit; fails and returns 0 otherwise. */
uint64_t tape_below(struct tape *tape, uint64_t value, uint64_t limit);

/* A text that ends in a zero byte, in room for `size` bytes; one that is longer fails. */
void tape_text(struct tape *tape, char *text, size_t size);

/* Bytes as they are. */
void tape_bytes(struct tape *tape, void *bytes, size_t count);

/* How many elements a list has, each of which takes at least `least` bytes on the tape: a number
 * that cannot be true fails, before memory is taken for it. */
size_t tape_count(struct tape *tape, size_t count, size_t least);

/* The same, and room for them when reading: zeroed, the caller's to free.  Writing returns list.
 * Exits when memory is out. */
void *tape_list(struct tape *tape, void *list, size_t *count, size_t each, size_t least);

#endif
