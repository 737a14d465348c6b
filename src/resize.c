/*
 * resize.c - in place, or not at all.
 */
#include "resize.h"

#include "die.h"

void arena_cut(struct arena *a, struct chunk *c, size_t size)
{
    assert(lock_held(&a->lock) && chunk_size(c) >= size && size >= CHUNK_MIN);
    if (chunk_size(c) - size >= CHUNK_MIN)
        arena_put_merged(a, chunk_split(c, size));
}

/* c takes over the lower part of the top. */
static bool extend_into_top(struct arena *a, struct chunk *c, size_t size)
{
    assert(lock_held(&a->lock) && size > chunk_size(c));
    size_t more = size - chunk_size(c);
    if (top_size(&a->top) < more + CHUNK_MIN)
        return false;
    top_yield(&a->top, more);
    chunk_set_size(c, size);
    assert(chunk_above(c) == a->top.chunk && chunk_in_use(c)); /* I10 */
    return true;
}

/* c joins the free chunk above it and keeps what it needs. */
static bool extend_into_free(struct arena *a, struct chunk *c, size_t size)
{
    struct chunk *above = chunk_above(c);
    assert(lock_held(&a->lock) && size > chunk_size(c) && above != a->top.chunk);
    if (chunk_is_fence(above) || chunk_in_use(above) || chunk_size(c) + chunk_size(above) < size)
        return false;
    bins_unlink(&a->bins, above);
    chunk_set_size(c, chunk_size(c) + chunk_size(above));
    chunk_set_in_use(c);
    assert(chunk_in_use(chunk_above(c)) || chunk_is_fence(chunk_above(c))); /* I4 */
    arena_cut(a, c, size);
    return true;
}

static void check_above(const struct arena *a, struct chunk *c)
{
    const struct chunk *above = chunk_above(c);
    if (unlikely(chunk_size(c) > a->top.system_max || above->head < CHUNK_FENCE ||
                 chunk_size(above) > a->top.system_max))
        die("realloc(): invalid next size", chunk_user(c), chunk_size(c), a->top.system_max);
}

bool arena_resize(struct arena *a, struct chunk *c, size_t size)
{
    assert(lock_held(&a->lock) && arena_owns(a, c));
    assert(size >= CHUNK_MIN && size % CHUNK_ALIGN == 0);
    check_above(a, c);
    if (chunk_size(c) >= size) {
        /* A large piece may make the top worth trimming, as freeing it would. */
        if (chunk_size(c) - size >= CHUNK_MIN)
            arena_put(a, chunk_split(c, size));
        return true;
    }
    if (chunk_above(c) == a->top.chunk)
        return extend_into_top(a, c, size);
    return extend_into_free(a, c, size);
}
