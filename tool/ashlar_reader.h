/*
 * ashlar_reader.h - what the parts of the reader of libashlar's heaps hand to one another.
 *
 * Chunks and bins have ptmalloc2's layout, so the parts that walk and follow those are glibc's
 * reader's own.  What is ours alone: heaps of runs, caches with arrays, inboxes.
 */
#ifndef TOOL_ASHLAR_READER_H
#define TOOL_ASHLAR_READER_H

#include "ashlar_note.h"
#include "glibc_reader.h"

/* Numbers of bins beyond those of chunks, in the model. */
enum {
    ASHLAR_BIN_RUNS = 128,   /* and so on: free slots by class */
    ASHLAR_BIN_PLACES = 254, /* memory of runs that has no run now */
    ASHLAR_BIN_SPANS = 253,  /* ready blocks of a thread, larger than any slot */
    ASHLAR_BIN_POST = 252,   /* freed by another thread, on the way home */
    ASHLAR_CLASSES = 124,
};

/* How often something that moves is looked at before it is given up. */
enum { ASHLAR_TRIES = 6, ASHLAR_REREADS_MAX = 60 };

struct ashlar_trouble {
    uint64_t at; /* 0 = none */
    char complaint[160];
};

struct ashlar_reader {
    struct target *target;
    struct descriptor where;
    struct glibc_arena_layout layout;
    struct glibc_reader chunks;
    double patience;                    /* the time until which what moves is read again */
    uint32_t slot_size[ASHLAR_CLASSES]; /* of the classes that were met */
};

/* An address in the target; roots are such. */
static inline uint64_t ashlar_address(const void *root)
{
    return (uint64_t)(uintptr_t)root;
}

#endif
