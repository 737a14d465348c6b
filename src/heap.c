/*
 * heap.c - reserve, commit, give back.
 */
#include "heap.h"

#include "region.h"
#include "sys.h"

struct heap *heap_begin(size_t size, struct heap *prev)
{
    assert(size >= sizeof(struct heap) && (!prev || is_aligned(prev, HEAP_MAX)));
    size = align_up(size, sys_page());
    if (size > HEAP_MAX)
        return NULL;
    struct heap *h = sys_reserve(HEAP_MAX);
    if (!h)
        return NULL;
    if (!sys_commit(h, size)) {
        sys_unreserve(h, HEAP_MAX, 0);
        return NULL;
    }
    assert(heap_around(h) == h && heap_around((char *)h + size - 1) == h); /* I9 */
    *h = (struct heap){.prev = prev, .size = size, .committed = size};
    region_set(h, REGION_CHUNKS);
    return h;
}

bool heap_grow(struct heap *h, size_t bytes)
{
    assert(bytes % sys_page() == 0);
    assert(h->size <= h->committed && h->committed <= HEAP_MAX); /* I17 */
    if (bytes > HEAP_MAX - h->size)
        return false;
    size_t size = h->size + bytes;
    if (size > h->committed) {
        if (!sys_commit((char *)h + h->committed, size - h->committed))
            return false;
        h->committed = size;
    }
    h->size = size;
    assert(h->size <= h->committed && h->committed <= HEAP_MAX); /* I17 */
    return true;
}

void heap_release_kept(struct heap *h)
{
    assert(h->kept <= h->committed);
    if (h->kept > h->size && !sys_release(heap_end(h), h->kept - h->size))
        return;
    h->kept = 0;
}

bool heap_shrink(struct heap *h, size_t bytes)
{
    assert(bytes % sys_page() == 0 && bytes < h->size);
    h->size -= bytes;
    assert(h->size >= sizeof *h && heap_around(heap_end(h)) == h); /* its head and more is left */
    h->kept = max_size(h->kept, h->size + bytes);
    heap_release_kept(h);
    return h->kept == 0;
}

bool heap_end_of_life(struct heap *h)
{
    assert(is_aligned(h, HEAP_MAX) && h->size <= h->committed);
    region_set(h, REGION_OTHER);
    if (sys_unreserve(h, HEAP_MAX, h->size))
        return true;
    region_set(h, REGION_CHUNKS);
    return false;
}
