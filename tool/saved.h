/*
 * saved.h - what a target was when a snapshot was made of it, so that it can stand in for the
 * process: areas, regions, the model of its heap.  Nothing of what its memory contained.
 *
 *     tape   | version | target | areas | layout | allocator | regions | heap |
 *
 * Parts that a verb may ask for more than once are read from the tape each time.
 */
#ifndef TOOL_SAVED_H
#define TOOL_SAVED_H

#include "allocator.h"
#include "heap_model.h"
#include "layout.h"
#include "regions.h"
#include "tape.h"

/* Changes whenever the tape does, and with the enumerations that stand on it. */
enum { SAVED_VERSION = 1 };

struct saved {
    struct layout layout;
    struct allocator allocator;
    struct tape regions, heap; /* each begins where its part does; one memory, which regions has */
    bool was_core;             /* the snapshot was made of a core file */
};

/* What is kept. */
struct saved_survey {
    const struct target *target;
    struct allocator allocator;
    const struct heap_model *model; /* or NULL, and why: */
    unsigned refusal;               /* of enum heap_refusal */
    const struct regions *regions;
};

/* A new tape with all of it; its bytes are the caller's to free. */
struct tape saved_tape(const struct saved_survey *survey);

/* Fill in the target from a file.  NULL if all went well, else what is wrong, in words; a file that
 * is no snapshot at all ends the program with a sentence. */
const char *saved_open(const char *path, struct target *target);
void saved_close(struct saved *saved);

/* Anew each time, the caller's to free.  NULL if there is no heap, and the reason that was kept. */
struct heap_model *saved_model(const struct saved *saved, unsigned *refusal);
struct regions *saved_regions(const struct saved *saved);

/* In a file of its own: pass a model over the tape, in either direction. */
void saved_pass_model(struct tape *tape, struct heap_model *model);

#endif
