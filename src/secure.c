/*
 * secure.c - the slow ways of the secure build.
 */
#include "secure.h"

#include "die.h"
#include "large.h"
#include "sampled.h"
#include "spans.h"
#include "sys.h"

#include <errno.h>

void secure_begin(void)
{
    lid_begin();
}

/* From a run; what is aligned more than any block needs a slot whose size is a multiple of that. */
static void *take_slot(size_t n, size_t alignment)
{
    size_t room = lid_room(n);
    if (alignment > CHUNK_ALIGN)
        room = align_up(room, alignment);
    void *slot = room <= RUN_SLOT_MAX ? supply_take_slot(max_size(room, LID_SLOT_MIN)) : NULL;
    if (!slot)
        return NULL;
    size_t size = run_around(slot)->size;
    assert(is_aligned(slot, alignment) && lid_room(n) <= size);
    if (unlikely(!lid_is_wiped(slot, size)))
        lid_die_written(slot, size);
    lid_close(slot, size, n);
    return slot;
}

static void *take_span(size_t n, size_t *dirty)
{
    struct cache *cache = thread_cache();
    void *span = cache ? span_take(&cache->spans, lid_room(n), dirty) : NULL;
    if (span)
        lid_close(span, span_usable(span, "malloc(): invalid span"), n);
    return span;
}

static void *take_large(size_t n, size_t alignment, size_t *dirty)
{
    void *block = large_take(lid_room(n), alignment);
    *dirty = 0;
    if (block)
        lid_close(block, large_size(block), n);
    return block;
}

void *secure_take(size_t n, size_t alignment, size_t *dirty)
{
    *dirty = 0;
    assert(is_power_of_two(alignment));
    if (n > PTRDIFF_MAX / 4 || alignment > PTRDIFF_MAX / 4)
        return NULL;
    if (unlikely(thread.apart))
        return take_large(n, alignment, dirty);
    struct cache *cache = thread_cache();
    void *user = cache ? sampled_take(cache, n, alignment) : NULL;
    if (!user && alignment <= RUN_SLOT_MAX && n < RUN_SLOT_MAX)
        user = take_slot(n, alignment);
    *dirty = user && !guard_has(user) && !lid_wipes_all_of(n) ? SIZE_MAX : 0;
    if (!user && alignment <= PLACE_UNIT && lid_room(n) <= SPAN_MAX)
        user = take_span(n, dirty);
    return user ? user : take_large(n, alignment, dirty);
}

/* The bytes of a block, lid included. */
static size_t size_of(const void *user, const char *phrase)
{
    if (region_at(user) != REGION_RUNS) {
        size_t size = large_size(user);
        return size > 0 ? size : SIZE_MAX;
    }
    return span_at(user) ? span_usable(user, phrase) : run_usable(user, phrase);
}

size_t secure_usable(const void *user, const char *phrase)
{
    size_t size = size_of(user, phrase);
    if (unlikely(size == SIZE_MAX))
        die_at(phrase, user);
    size_t n = lid_open(user, size);
    if (unlikely(n == SIZE_MAX))
        lid_die(user, size);
    return n;
}

void secure_put_over(void *slot)
{
    int saved = errno;
    bool before = thread_enter();
    supply_put_checked(slot);
    thread_leave(before);
    errno = saved;
}

static void put_slot(void *slot)
{
    struct cache *cache = thread_cache();
    size_t size = run_around(slot)->size;
    assert(!span_at(slot) && is_aligned(slot, LID_SLOT_MIN));
    size_t offset = cache ? run_mark_of(slot) ^ cache->owner : SIZE_MAX;
    if (unlikely(!secure_is_whole_below(slot, size)))
        die_at("free(): buffer underflow detected before block", slot);
    lid_wipe(slot, size);
    if (offset < RUN_MARK_OFFSETS)
        secure_keep(cache, slot, size, offset);
    else
        supply_put_checked(slot);
}

void secure_put(void *user)
{
    if (region_at(user) != REGION_RUNS) {
        if (large_size(user) > 0)
            secure_usable(user, "free(): invalid pointer");
        large_put(user);
        return;
    }
    secure_usable(user, "free(): invalid pointer");
    struct cache *cache = thread_cache();
    if (span_at(user))
        span_put(cache ? &cache->spans : NULL, user);
    else
        put_slot(user);
}

/* What is no longer the user's, or newly his, stands between the two sizes. */
static void *close_again(void *user, size_t size, size_t n)
{
    lid_close(user, size, n);
    return user;
}

void *secure_resize(void *user, size_t n)
{
    const char *phrase = "realloc(): invalid pointer";
    if (n > PTRDIFF_MAX / 4)
        return NULL;
    secure_usable(user, phrase);
    size_t room = lid_room(n);
    if (region_at(user) != REGION_RUNS) {
        void *moved = room > SPAN_MAX ? large_resize(user, room) : NULL;
        return moved ? close_again(moved, large_size(moved), n) : NULL;
    }
    if (span_at(user))
        return room > RUN_SLOT_MAX && span_resize(user, room)
                   ? close_again(user, span_usable(user, phrase), n)
                   : NULL;
    size_t size = run_usable(user, phrase);
    return room <= size && 2 * room >= size ? close_again(user, size, n) : NULL;
}

static void look_at(const void *slot)
{
    size_t size = run_around(slot)->size;
    if (unlikely(!lid_is_wiped(slot, size)))
        lid_die_written(slot, size);
}

void secure_look(void)
{
    struct cache *cache = thread.own;
    for (unsigned i = 0; cache && i < 2 * KEPT_SLOTS; i++) {
        const void *slot = cache->kept[i / KEPT_SLOTS].ring[i % KEPT_SLOTS].slot;
        if (slot)
            look_at(slot);
    }
    for (unsigned list = CACHE_CLASSES; cache && list < CACHE_LISTS; list++)
        for (void **at = cache->at[list].top; at[-1]; at--)
            look_at(at[-1]);
}
