/*
 * door.h - what all doors have in common once the quick way failed: errno, settings on the first
 * call, the watch, and the choice between arenas and mappings.
 *
 * Sizes are what the user asked for.  A failure returns NULL and sets errno to ENOMEM.
 */
#ifndef ASHLAR_DOOR_H
#define ASHLAR_DOOR_H

#include "post.h"
#include "secure.h"
#include "supply.h"
#include "watch.h"

void *door_take(size_t n);

/* All n bytes zero; memory fresh from the kernel is not cleared again. */
void *door_take_zeroed(size_t n);

/* At a multiple of alignment, a power of two. */
void *door_take_aligned(size_t alignment, size_t n);

/* The same block with room for n bytes, or another with its contents; n is not 0. */
void *door_resize(void *user, size_t n);

/* Return a block; errno is left as it was. */
void door_put(void *user);

/* Bytes the user of a block may fill. */
size_t door_usable(void *user);

/* The quick way: a block from the calling thread's cache, or NULL. */
static inline void *door_take_ready(size_t n)
{
    struct cache *cache = __atomic_load_n(&thread.open, __ATOMIC_RELAXED);
    if (SECURE)
        return secure_take_ready(cache, n);
    if (likely(n <= CACHE_REQUEST_MAX))
        return cache_take(cache, cache_offset_for(cache, n));
    return n <= RUN_SLOT_MAX ? cache_take(cache, cache_offset_for_more(cache, n)) : NULL;
}

/* The quick way back; false if it is closed. */
static inline bool door_put_ready(void *user)
{
    struct cache *cache = __atomic_load_n(&thread.open, __ATOMIC_RELAXED);
    if (SECURE)
        return secure_put_ready(cache, user);
    if (region_of(user) != REGION_RUNS)
        return cache_has_around(cache, user) &&
               cache_put_freed(cache, cache_offset_of_chunk(user), user);
    run_mark mark = run_mark_of(user);
    size_t offset = mark ^ cache->owner;
    if (unlikely(offset >= RUN_MARK_OFFSETS))
        return post_add_quickly(cache, mark, user);
    return cache_put_freed(cache, offset, user);
}

#endif
