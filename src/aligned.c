/*
 * aligned.c - take too much, give back both ends.
 */
#include "aligned.h"

#include "resize.h"

size_t aligned_need(size_t size, size_t alignment)
{
    assert(is_power_of_two(alignment) && alignment > CHUNK_ALIGN && size % CHUNK_ALIGN == 0);
    size_t spare = alignment + CHUNK_MIN;
    return size > PTRDIFF_MAX - spare || alignment > PTRDIFF_MAX / 2 ? 0 : size + spare;
}

struct chunk *arena_align(struct arena *a, struct chunk *c, size_t size, size_t alignment)
{
    assert(lock_held(&a->lock) && is_power_of_two(alignment));
    assert(chunk_size(c) >= aligned_need(size, alignment) && arena_owns(a, c));
    if (!is_aligned(chunk_user(c), alignment)) {
        /* What is left below must be a chunk itself. */
        uintptr_t lowest = (uintptr_t)chunk_user(c) + CHUNK_MIN;
        struct chunk *aligned = chunk_of((void *)align_up(lowest, alignment));
        chunk_split(c, (size_t)((char *)aligned - (char *)c));
        arena_put_merged(a, c);
        assert(chunk_size(aligned) >= size);
        c = aligned;
    }
    arena_cut(a, c, size);
    assert(is_aligned(chunk_user(c), alignment) && chunk_in_use(c));
    return c;
}
