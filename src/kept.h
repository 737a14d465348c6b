/*
 * kept.h - freed slots of one thread that wait before they may be used again (the secure build).
 *
 * What was freed stays here at least as long as KEPT_SLOTS / 2 further frees, and leaves in an order
 * that chance decides.  A slot in here is wiped and in use for its arena, like one in a magazine.
 */
#ifndef ASHLAR_KEPT_H
#define ASHLAR_KEPT_H

#include "tcache.h"

/* Slots of more bytes than this wait in a shorter ring: what waits is bounded in bytes. */
enum { KEPT_SMALL = 1024, KEPT_LARGE_SLOTS = 16 };

static_assert((KEPT_SLOTS & (KEPT_SLOTS - 1)) == 0 &&
                  (KEPT_LARGE_SLOTS & (KEPT_LARGE_SLOTS - 1)) == 0,
              "places in a ring are found without a division");
static_assert(!SECURE || (KEPT_SLOTS * KEPT_SMALL + KEPT_LARGE_SLOTS * RUN_SLOT_MAX <= 384 * KIB),
              "what is said of a thread's bytes in doc/security.md");

static inline uint32_t kept_chance(struct cache *cache)
{
    cache->chance = cache->chance * 1664525 + 1013904223;
    return cache->chance >> 16;
}

/*
 * Keep a slot and take out one that was kept long enough; its `slot` is NULL while there is none.
 * At every moment each slot is here at most once: see tcache.h on fork.
 */
static inline struct kept_slot kept_exchange(struct cache *cache, size_t size, struct kept_slot in)
{
    struct kept *k = &cache->kept[size > KEPT_SMALL];
    assert(in.slot && in.offset >= RUN_MARK_FIRST);
    /* The handler of a signal that has interrupted us leaves the ring alone. */
    if (unlikely(k->busy))
        return in;
    k->busy = true;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    unsigned last = (size > KEPT_SMALL ? (unsigned)KEPT_LARGE_SLOTS : (unsigned)KEPT_SLOTS) - 1;
    unsigned at = k->next++ & last;
    unsigned old = (at + (kept_chance(cache) & last / 2)) & last;
    struct kept_slot out = k->ring[old], moved = k->ring[at];
    __atomic_store_n(&k->ring[at].slot, NULL, __ATOMIC_RELEASE);
    k->ring[old].offset = moved.offset;
    __atomic_store_n(&k->ring[old].slot, moved.slot, __ATOMIC_RELEASE);
    k->ring[at].offset = in.offset;
    __atomic_store_n(&k->ring[at].slot, in.slot, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    k->busy = false;
    return out;
}

/* Nobody can tell from one slot where the next one is. */
static inline void kept_shuffle(struct cache *cache, void **slots, unsigned count)
{
    for (unsigned i = count; SECURE && i > 1; i--) {
        unsigned other = kept_chance(cache) % i;
        void *slot = slots[other];
        slots[other] = slots[i - 1];
        slots[i - 1] = slot;
    }
}

/* Take out any; NULL when there is none. */
static inline void *kept_take_any(struct cache *cache)
{
    for (unsigned i = 0; SECURE && i < 2 * KEPT_SLOTS; i++) {
        struct kept_slot *k = &cache->kept[i / KEPT_SLOTS].ring[i % KEPT_SLOTS];
        void *slot = k->slot;
        k->slot = NULL;
        if (slot)
            return slot;
    }
    return NULL;
}

#endif
