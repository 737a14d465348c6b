/* heap_read.h - the model of a target's heap, whichever allocator it has. */
#ifndef TOOL_HEAP_READ_H
#define TOOL_HEAP_READ_H

#include "heap_model.h"
#include "target.h"

/* Why there is no model. */
enum heap_refusal {
    HEAP_FINE,
    HEAP_NO_KNOWN_MALLOC, /* none of the allocators that can be read, or one of unknown layout */
    HEAP_32_BIT,
    HEAP_DENIED,
    HEAP_OTHER_LAYOUT, /* libashlar of another version */
};

/* The model, the caller's to free, or NULL and the reason. */
struct heap_model *heap_read(struct target *target, enum heap_refusal *why);

/* Like heap_read, with the target frozen if that is asked for: it stands still when this returns,
 * and freeze_end() is the caller's.  A thread that was stopped in the middle of malloc is let go and
 * stopped again elsewhere. */
struct heap_model *heap_read_still(struct target *target, enum heap_refusal *why);

/* Like it, and exit with a sentence when there is none. */
struct heap_model *heap_read_or_say(struct target *target);

/* The name of the allocator whose library is in the address space and is not the one that was read:
 * "jemalloc"; NULL if none is known there. */
const char *heap_other_allocator(const struct target *target, const struct heap_model *model);

/* How exact the model is, in words: "exact (4 of 4 arenas walked, 0 torn, 2 read again)". */
const char *heap_exactness(const struct heap_model *model, char text[160]);

/* Whether every arena was walked to its end. */
bool heap_is_exact(const struct heap_model *model);

#endif
