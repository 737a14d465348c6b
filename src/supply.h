/*
 * supply.h - where a thread's blocks come from and go to when its magazines cannot help.
 *
 * Blocks are known by their user memory: slots of runs have nothing else.
 */
#ifndef ASHLAR_SUPPLY_H
#define ASHLAR_SUPPLY_H

#include "thread.h"

/*
 * A block for a request of n bytes: a slot, a chunk or a mapping.  NULL if there is no memory.
 * *dirty is how many of its leading bytes may be other than zero, at most SIZE_MAX.
 */
void *supply_take(size_t n, size_t *dirty);

/* A chunk of at least `size` and never a slot; NULL and *dirty as above. */
struct chunk *supply_take_chunk(size_t size, size_t *dirty);

/* The secure build's: a slot of at least so many bytes, or NULL. */
void *supply_take_slot(size_t size);

/* Return a slot that was looked at already. */
void supply_put_checked(void *slot);

/* A slot at a multiple of alignment, if there are runs of such slots; else NULL. */
void *supply_take_aligned_slot(size_t alignment, size_t n);

/* Return a chunk that is not mapped.  Dies if it cannot be one. */
void supply_put_chunk(struct chunk *c);

/* Return a slot of a run. */
/* Return a chunk that has a mapping of its own. */
void supply_put_mapped(struct chunk *c);

void supply_put_slot(void *slot);

#endif
