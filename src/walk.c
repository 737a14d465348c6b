/*
 * walk.c - by sizes, from chunk to chunk.
 */
#include "walk.h"

/* Nothing of the region of c lies beyond, as far as that is known. */
static uintptr_t end_around(const struct arena *a, const struct chunk *c)
{
    if (a->top.source == TOP_FROM_HEAPS)
        return (uintptr_t)heap_end(heap_around(c));
    return a->top.scattered ? UINTPTR_MAX : (uintptr_t)top_end(&a->top);
}

static bool size_makes_sense(const struct arena *a, const struct chunk *c)
{
    size_t size = chunk_size(c);
    return size >= CHUNK_MIN && size % CHUNK_ALIGN == 0 && size <= a->top.system_max &&
           !chunk_is_mapped(c) && size < end_around(a, c) - (uintptr_t)c;
}

/*
 * One region.  *end becomes its fence, or NULL if it ends with the top.  Returns a senseless chunk
 * or NULL.
 */
static struct chunk *walk_region(struct arena *a, struct chunk *first, struct chunk **end,
                                 walk_visitor *visit, void *context)
{
    *end = NULL;
    for (struct chunk *c = first;; c = chunk_above(c)) {
        if (c == a->top.chunk) {
            visit(c, WALKED_TOP, context);
            return NULL;
        }
        if (chunk_is_fence(c)) {
            visit(c, WALKED_FENCE, context);
            *end = c;
            return NULL;
        }
        if (!size_makes_sense(a, c))
            return c;
        visit(c, chunk_in_use(c) ? WALKED_IN_USE : WALKED_FREE, context);
    }
}

static struct chunk *walk_break(struct arena *a, walk_visitor *visit, void *context)
{
    struct chunk *bad = NULL, *end, *first = a->top.first;
    while (first && !bad) {
        bad = walk_region(a, first, &end, visit, context);
        first = end ? fence_next_region(end) : NULL;
    }
    return bad;
}

static struct chunk *walk_heaps(struct arena *a, walk_visitor *visit, void *context)
{
    struct chunk *bad = NULL, *end;
    for (struct heap *h = heap_around(a->top.chunk); h && !bad; h = h->prev)
        bad = walk_region(a, h->first, &end, visit, context);
    return bad;
}

struct chunk *walk_arena(struct arena *a, walk_visitor *visit, void *context)
{
    assert(lock_held(&a->lock));
    if (!a->top.chunk)
        return NULL;
    return a->top.source == TOP_FROM_BREAK ? walk_break(a, visit, context)
                                           : walk_heaps(a, visit, context);
}
