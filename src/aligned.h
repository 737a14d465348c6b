/*
 * aligned.h - a chunk whose user memory is aligned beyond what every chunk is.
 */
#ifndef ASHLAR_ALIGNED_H
#define ASHLAR_ALIGNED_H

#include "arena.h"

/* What must be taken so that an aligned chunk of `size` can be cut out of it; 0 if too much. */
size_t aligned_need(size_t size, size_t alignment);

/*
 * Cut a chunk of `size`, its user memory aligned to a power of two, out of c, in use and as large
 * as aligned_need() says.  What lies before and behind goes back.  The arena is locked.
 */
struct chunk *arena_align(struct arena *a, struct chunk *c, size_t size, size_t alignment);

#endif
