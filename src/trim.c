/*
 * trim.c - what malloc_trim does to one arena.
 */
#include "trim.h"

#include "sys.h"

/* A free chunk keeps its header and links, and the copy of its size in the chunk above. */
static void release_chunk(struct chunk *c, void *total)
{
    assert(!chunk_in_use(c)); /* I5: nobody's data is let go of */
    uintptr_t start = (uintptr_t)c + sizeof *c, end = (uintptr_t)chunk_above(c);
    *(size_t *)total += sys_release_resident(start, end);
}

size_t trim_arena(struct arena *a, size_t pad)
{
    assert(lock_held(&a->lock));
    arena_put_received(a);
    size_t total = runs_trim(&a->runs);
    if (!a->top.chunk)
        return total;
    arena_merge_fast(a);
    total += arena_leave_free_heaps(a);
    bins_each(&a->bins, release_chunk, &total);
    a->swing.hold = 0;
    size_t trimmed = top_trim(&a->top, pad);
    /* A top with somebody else's memory above it keeps its addresses, not its pages; and
     * a page that begins right behind its header is not trimmed, but holds nothing. */
    if (top_size(&a->top) > pad)
        trimmed += sys_release_resident((uintptr_t)a->top.chunk + CHUNK_HEADER + pad,
                                        (uintptr_t)top_end(&a->top));
    assert(top_size(&a->top) >= CHUNK_MIN); /* I12 */
    return total + trimmed;
}
