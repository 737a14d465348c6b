/*
 * sampled.h - which blocks of a thread stand between guard pages: one in about tune.guard_rate.
 *
 * Counted are blocks that come from an arena.  Those that only go to and fro between a program and
 * its magazines are not, so that the hit path knows nothing of this.
 */
#ifndef ASHLAR_SAMPLED_H
#define ASHLAR_SAMPLED_H

#include "guard.h"
#include "tcache.h"

/*
 * One more block comes to the thread: between guard pages at a multiple of alignment, a power of two,
 * if it is time for one and there is a place for it; else NULL.
 */
void *sampled_take(struct cache *cache, size_t n, size_t alignment);

/* Return such a block; false if another thread was quicker.  `cache` may be NULL. */
bool sampled_put(const struct cache *cache, void *user);

#endif
