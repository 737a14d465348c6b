/*
 * held.h - how much memory is held from the kernel, and how much may be.
 *
 * Counted are the break, what heaps and places have in use, and mappings: what a program has and
 * what is free in between, whether in memory or not.  Above the hard limit nothing more is asked
 * for; above the soft one nothing that is free waits for its decay time.
 */
#ifndef ASHLAR_HELD_H
#define ASHLAR_HELD_H

#include "base.h"

/* Whether so many bytes more may be asked for. */
bool held_allows(size_t more);

/* So many bytes were got, or given back. */
void held_add(size_t bytes);
void held_sub(size_t bytes);

/* Bytes held now. */
size_t held_now(void);

/* Whether the soft limit is passed. */
bool held_is_tight(void);

#endif
