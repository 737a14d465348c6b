/*
 * heap.c - reserve, commit, give back.
 */
#include "heap.h"

#include "sys.h"

struct heap *heap_begin(size_t size, struct heap *prev)
{
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
    *h = (struct heap){.prev = prev, .size = size, .committed = size};
    return h;
}

bool heap_grow(struct heap *h, size_t bytes)
{
    assert(bytes % sys_page() == 0);
    if (bytes > HEAP_MAX - h->size)
        return false;
    size_t size = h->size + bytes;
    if (size > h->committed) {
        if (!sys_commit((char *)h + h->committed, size - h->committed))
            return false;
        h->committed = size;
    }
    h->size = size;
    return true;
}

bool heap_shrink(struct heap *h, size_t bytes)
{
    assert(bytes % sys_page() == 0 && bytes < h->size);
    h->size -= bytes;
    return sys_release(heap_end(h), bytes);
}

bool heap_end_of_life(struct heap *h)
{
    return sys_unreserve(h, HEAP_MAX, h->size);
}
