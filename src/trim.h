/*
 * trim.h - give whole free pages back, wherever in an arena they lie.
 */
#ifndef ASHLAR_TRIM_H
#define ASHLAR_TRIM_H

#include "arena.h"

/*
 * Return to the kernel all whole pages inside free chunks, heaps that are wholly free, and the top
 * but for `pad` bytes.  Returns the bytes that were in memory and are no longer, or addresses given
 * back.  The arena is locked.
 */
size_t trim_arena(struct arena *a, size_t pad);

#endif
