/*
 * secure.h - libashlar-secure.so: the same heap for programs that are attacked.
 *
 * Requests are served by slots, spans and mappings alone, never by chunks: nothing that the
 * allocator believes stands beside the user's data but lids (lid.h), which nobody can forge.  In
 * return for some bytes and some time a block
 *
 *   - is found overflown, underflown, freed twice or never given out when it is freed,
 *   - is wiped when it is freed and looked at when it is used again,
 *   - is used again only after others, in an order that chance decides.
 *
 * All of this stands in `if (SECURE)`: the default build compiles it and drops it.
 */
#ifndef ASHLAR_SECURE_H
#define ASHLAR_SECURE_H

#include "kept.h"
#include "lid.h"
#include "supply.h"

/* Called once, before the first block. */
void secure_begin(void);

/* A block of n bytes at a multiple of alignment, a power of two; *dirty as in supply.h. */
void *secure_take(size_t n, size_t alignment, size_t *dirty);

/* Return a block.  Dies if it is none, or if somebody wrote beyond it. */
void secure_put(void *user);

/* The bytes that were asked for.  Dies with the phrase if it is no block, or as above. */
size_t secure_usable(const void *user, const char *phrase);

/* A block at another size without its contents being copied; NULL if they must be. */
void *secure_resize(void *user, size_t n);

/* There is no room for a slot that was kept and has to go. */
void secure_put_over(void *slot);

/* Look at all wiped slots that the calling thread has. */
void secure_look(void);

/* The quick way of door.h. */
static inline void *secure_take_ready(struct cache *cache, size_t n)
{
    if (unlikely(n > RUN_SLOT_MAX - LID_SIZE))
        return NULL;
    size_t room = lid_room(n);
    size_t offset = likely(room <= CACHE_REQUEST_MAX) ? cache_offset_for(cache, room)
                                                      : cache_offset_for_more(cache, room);
    void *slot = cache_take(cache, offset);
    if (unlikely(!slot))
        return NULL;
    size_t size = cache->slot_size[cache_list_of(offset)];
    if (unlikely(!lid_is_wiped(slot, size)))
        lid_die_written(slot, size);
    lid_close(slot, size, n);
    return slot;
}

/*
 * Whether nobody wrote below a slot: there the slot before it ends, with a lid or wiped.  Its user
 * may be another thread, but a lid is one word, and written at once.
 */
static inline bool secure_is_whole_below(const void *slot, size_t size)
{
    assert(size >= LID_SLOT_MIN);
    if ((uintptr_t)slot % RUN_SIZE < size)
        return true;
    const char *below = (const char *)slot - size;
    uint64_t word = lid_word((const char *)slot - LID_SIZE);
    return word == 0 || (word ^ lid_of(below)) <= size - LID_SIZE;
}

/* A wiped slot of the cache's own arena waits, and another one's time has come. */
static inline void secure_keep(struct cache *cache, void *slot, size_t size, size_t offset)
{
    assert(size >= LID_SLOT_MIN && size <= RUN_SLOT_MAX);
    struct kept_slot in = {slot, (uint32_t)offset};
    struct kept_slot out = kept_exchange(cache, size, in);
    if (out.slot && unlikely(!cache_put(cache, out.offset, out.slot)))
        secure_put_over(out.slot);
}

/* The quick way back; false if the slow one is to be taken, with everything as it was. */
static inline bool secure_put_ready(struct cache *cache, void *user)
{
    if (unlikely(region_at(user) != REGION_RUNS))
        return false;
    size_t offset = run_mark_of(user) ^ cache->owner;
    if (unlikely(offset >= RUN_MARK_OFFSETS || offset < RUN_MARK_FIRST))
        return false;
    size_t size = cache->slot_size[cache_list_of(offset)];
    if (unlikely((uintptr_t)user % RUN_SIZE > RUN_SIZE - size || lid_open(user, size) == SIZE_MAX ||
                 !secure_is_whole_below(user, size)))
        return false;
    lid_wipe(user, size);
    secure_keep(cache, user, size, offset);
    return true;
}

#endif
