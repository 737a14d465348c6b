/*
 * glibc_peek.h - single words of a target, read in blocks and remembered.
 *
 * A walk asks for millions of words that lie near one another; each system call fetches a block of
 * them.  What is remembered is a moment of the past: peek_forget before reading anew.
 */
#ifndef TOOL_GLIBC_PEEK_H
#define TOOL_GLIBC_PEEK_H

#include "target.h"

#include <string.h>

/* The stretch that was asked of last, where most words that are asked of next are. */
struct peek_window {
    uint64_t start, size;       /* size 0 = none */
    const unsigned char *bytes; /* of start */
};

/* It begins with its window. */
struct peek;

/* Blocks of so many bytes, a power of two: large for a walk, small for links that jump.  Exits
 * when memory is out. */
struct peek *peek_open(const struct target *target, size_t block);
void peek_close(struct peek *peek);
void peek_forget(struct peek *peek);

/* The word at an address that is a multiple of eight.  False if it cannot be read. */
bool peek_word_elsewhere(struct peek *peek, uint64_t at, uint64_t *word);

/* The same.  Here, because a walk asks for three words of each of millions of chunks. */
static inline bool peek_word(struct peek *peek, uint64_t at, uint64_t *word)
{
    const struct peek_window *here = (const struct peek_window *)peek;
    uint64_t offset = at - here->start;
    if (at % sizeof *word != 0 || here->size < sizeof *word || offset > here->size - sizeof *word)
        return peek_word_elsewhere(peek, at, word);
    memcpy(word, here->bytes + offset, sizeof *word);
    return true;
}

/* n bytes, n at most one block.  False if some of them cannot be read. */
bool peek_bytes(struct peek *peek, uint64_t at, void *into, size_t n);

#endif
