/*
 * glibc_peek.c - a small cache of blocks, each in the one place that its address gives it.
 *
 *     place    | block 7 | block 1 | block 258 | ...      address / size of a block % places
 *
 * A miss costs one system call; a block that reaches beyond its area is cut at the area's ends.
 */
#include "glibc_peek.h"

#include "memory.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>

/* All blocks together. */
enum { PEEK_BYTES = 8 << 20, PEEK_PAGE = 4096 };

struct place {
    uint64_t block; /* its address, + 1 so that 0 is none */
    uint64_t first; /* what could be read of it: a block may reach beyond its mapping */
    size_t n;
};

struct peek {
    struct peek_window here;
    const struct target *target;
    size_t block;
    unsigned shift; /* block = 1 << shift: millions of words are divided by it */
    size_t places;  /* a power of two as well */
    struct place *place;
    unsigned char *bytes;
};

struct peek *peek_open(const struct target *target, size_t block)
{
    struct peek *peek = calloc(1, sizeof *peek);
    if (!peek)
        say_and_exit(EXIT_OURS, "out of memory");
    peek->target = target;
    peek->block = block;
    peek->shift = (unsigned)__builtin_ctzll(block);
    peek->places = PEEK_BYTES / block;
    peek->place = calloc(peek->places, sizeof *peek->place);
    peek->bytes = malloc(PEEK_BYTES);
    if (!peek->place || !peek->bytes)
        say_and_exit(EXIT_OURS, "out of memory");
    return peek;
}

void peek_close(struct peek *peek)
{
    free(peek->place);
    free(peek->bytes);
    free(peek);
}

void peek_forget(struct peek *peek)
{
    memset(peek->place, 0, peek->places * sizeof *peek->place);
    peek->here.size = 0;
}

/* The part of the block that lies in readable areas around the address without a gap. */
static bool clip(const struct target *target, uint64_t at, uint64_t *start, uint64_t *end)
{
    const struct area *area = areas_find(&target->areas, at);
    if (!area || !(area->access & ACCESS_READ))
        return false;
    if (*start < area->start)
        *start = area->start;
    if (*end > area->end)
        *end = area->end;
    return true;
}

/* Read the block that holds the address into its place.  If the whole cannot be had, because the
 * target gave some of it back meanwhile, the page alone. */
static bool fill(struct peek *peek, uint64_t at, struct place *place, unsigned char *bytes)
{
    uint64_t block = at & ~(uint64_t)(peek->block - 1);
    uint64_t start = block, end = block + peek->block;
    if (!clip(peek->target, at, &start, &end))
        return false;
    if (!memory_read(peek->target, start, bytes + (start - block), end - start)) {
        start = at & ~(uint64_t)(PEEK_PAGE - 1);
        end = start + PEEK_PAGE;
        if (!memory_read(peek->target, start, bytes + (start - block), end - start))
            return false;
    }
    *place = (struct place){block + 1, start, end - start};
    return true;
}

/* Where the word's bytes are in our memory, or NULL. */
static const unsigned char *find(struct peek *peek, uint64_t at, size_t n)
{
    uint64_t block = at & ~(uint64_t)(peek->block - 1);
    size_t index = at >> peek->shift & (peek->places - 1);
    struct place *place = &peek->place[index];
    unsigned char *bytes = peek->bytes + index * peek->block;
    bool here =
        place->block == block + 1 && at >= place->first && at + n <= place->first + place->n;
    if (!here) {
        place->block = peek->here.size = 0;
        if (!fill(peek, at, place, bytes) || at + n > place->first + place->n)
            return NULL;
    }
    peek->here = (struct peek_window){place->first, place->n, bytes + (place->first - block)};
    return bytes + (at - block);
}

bool peek_word_elsewhere(struct peek *peek, uint64_t at, uint64_t *word)
{
    const unsigned char *bytes = at % sizeof *word == 0 ? find(peek, at, sizeof *word) : NULL;
    if (!bytes)
        return false;
    memcpy(word, bytes, sizeof *word);
    return true;
}

bool peek_bytes(struct peek *peek, uint64_t at, void *into, size_t n)
{
    unsigned char *to = into;
    while (n > 0) {
        size_t part = peek->block - at % peek->block;
        if (part > n)
            part = n;
        const unsigned char *bytes = find(peek, at, part);
        if (!bytes)
            return false;
        memcpy(to, bytes, part);
        to += part;
        at += part;
        n -= part;
    }
    return true;
}
