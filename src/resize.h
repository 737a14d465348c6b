/*
 * resize.h - make a chunk smaller or larger where it stands.
 */
#ifndef ASHLAR_RESIZE_H
#define ASHLAR_RESIZE_H

#include "arena.h"

/*
 * Give c, in use, the size `size` without moving it: cut off and return what is too much, or join
 * what is free above it, the top included.  False, and nothing changed, if too little is free
 * there.  The arena is locked.
 */
bool arena_resize(struct arena *a, struct chunk *c, size_t size);

/* Cut c, which stays in use, to `size` and return the rest, if a chunk can be made of it. */
void arena_cut(struct arena *a, struct chunk *c, size_t size);

#endif
