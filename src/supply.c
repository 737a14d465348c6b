/*
 * supply.c - from the arena to the magazines and back.
 */
#include "supply.h"

#include "arenas.h"
#include "coarse.h"
#include "die.h"
#include "kept.h"
#include "mapped.h"
#include "post.h"
#include "purge.h"
#include "sampled.h"
#include "sys.h"
#include "tune.h"

/* Small blocks go in magazines, medium chunks on shelves, and in classic mode nothing is kept. */
static bool is_small(size_t size)
{
    return size <= CACHE_CHUNK_MAX && tune.tcache;
}

static bool is_medium(size_t size)
{
    return size > CACHE_CHUNK_MAX && size <= MEDIUM_CHUNK_MAX && tune.tcache;
}

static size_t offset_of_list(unsigned list)
{
    return list * sizeof(struct magazine);
}

/* The arena this thread takes from, locked; NULL as arenas_lock() says. */
static struct arena *lock_arena(struct cache *cache)
{
    if (!cache)
        return arenas_lock(&main_arena);
    if (unlikely(!cache->arena)) {
        cache->home = arenas_attach(cache->is_first);
        cache_set_arena(cache, cache->home);
    }
    struct arena *a = arenas_lock(cache->arena);
    if (unlikely(a && a != cache->arena))
        cache_set_arena(cache, a);
    assert(!a || (lock_held(&a->lock) && a == cache->arena));
    if (a)
        cache_see_top(cache);
    return a;
}

/* Of what others sent home those at the beginning that this list has room for; returns how many. */
static unsigned keep_some(struct cache *cache, unsigned list, void **users, unsigned n)
{
    size_t offset = offset_of_list(list);
    unsigned kept = 0;
    while (kept < n && cache_offset_of(cache, users[kept]) == offset &&
           cache_put(cache, offset, users[kept]))
        kept++;
    return kept;
}

/* What others sent home: some of it for what is wanted now, the rest for the arena. */
static void receive(struct cache *cache, struct arena *a, unsigned list)
{
    assert(lock_held(&a->lock) && (!cache || cache->arena == a));
    void *blocks[PACKET_BLOCKS];
    struct packet *next, *p = inbox_take(&a->inbox);
    for (; p; p = next) {
        next = p->next;
        unsigned count = packet_open(p, blocks);
        unsigned kept = list != 0 ? keep_some(cache, list, blocks, count) : 0;
        arena_put_all(a, blocks + kept, count - kept);
    }
}

/* Slots for this request and the next ones; NULL if there is no memory for a run. */
static void *fetch_slots(struct cache *cache, struct arena *a, unsigned list)
{
    assert(lock_held(&a->lock) && cache_list_has_runs(list));
    void **slots = cache_room(cache, list);
    unsigned batch = cache_next_batch(cache, list);
    unsigned count = runs_take(&a->runs, list - CACHE_CLASSES, slots, batch);
    if (count == 0)
        return NULL;
    kept_shuffle(cache, slots, count);
    cache_show(cache, list, count);
    cache->until_guard -= (ptrdiff_t)count - 1;
    return cache_take(cache, offset_of_list(list));
}

/* After a chunk of a cacheable size: some more of them for the next calls. */
static void fetch_more(struct cache *cache, struct arena *a, size_t size)
{
    assert(lock_held(&a->lock) && cache->arena == a && is_small(size)); /* K5 */
    unsigned list = cache_class(size), count = 0;
    if (cache_count(cache, list) == 0 && !cache_is_closed(cache, list)) {
        void *users[CACHE_MAGAZINE];
        count = arena_take_more(a, size, cache_next_batch(cache, list) - 1, users);
        if (count > 0)
            cache_fill(cache, list, users, count);
        cache->until_guard -= (ptrdiff_t)count;
    }
    demand_taken(&a->demand, size, count + 1);
}

/* A span, if such requests are served by spans, and there is memory for one. */
static void *take_span(struct cache *cache, size_t n, size_t *dirty)
{
    if (!cache || !tune.tcache || !demand_has_earned_span(n))
        return NULL;
    if (chunk_size_for(n) >= mapped_threshold())
        return NULL;
    void *span = span_take(&cache->spans, n, dirty);
    if (*dirty == 0)
        purge_for_growth(NULL, 2 * n);
    return span;
}

/* One more chunk of this size is in use: such requests may have earned something else by that. */
static void note_taken(struct arena *a, size_t size)
{
    assert(lock_held(&a->lock));
    bool before = demand_has_earned_span(SPAN_MAX);
    demand_taken(&a->demand, size, 1);
    /* The top need no longer hold back what these requests took from it in turn. */
    if (!before && demand_has_earned_span(SPAN_MAX))
        arena_trim_held(a);
}

/* A chunk from an arena that is locked; released on return. */
static struct chunk *take_chunk_from(struct cache *cache, struct arena *a, size_t size,
                                     size_t *dirty)
{
    assert(lock_held(&a->lock));
    *dirty = SIZE_MAX;
    size_t before = a->top.system;
    struct chunk *c = arena_take_binned(a, coarse_size(size));
    if (!c && size >= mapped_threshold()) {
        lock_release(&a->lock);
        c = mapped_take(size);
        if (c || !lock_take(&a->lock)) {
            *dirty = 0;
            return c;
        }
    }
    if (!c)
        c = arena_take_fresh(a, coarse_size(size), dirty);
    if (c && cache && is_small(size)) {
        fetch_more(cache, a, size);
    } else if (c) {
        coarse_note(c, size);
        note_taken(a, size);
    }
    size_t grown = minus_or_zero(a->top.system, before);
    bool most = a->top.system == a->top.system_max;
    lock_release(&a->lock);
    if (unlikely(grown > 0))
        purge_for_growth(a, 2 * grown);
    if (unlikely(grown > 0 && most))
        places_give_way(grown);
    return c;
}

/* The arena has none: a mapping, whatever the size, or another arena. */
static struct chunk *take_elsewhere(struct arena *a, size_t size, size_t *dirty)
{
    *dirty = 0;
    struct chunk *c = mapped_take(size);
    if (c)
        return c;
    *dirty = SIZE_MAX;
    struct arena *other = arenas_lock_other(a);
    if (!other)
        return NULL;
    assert(other != a && lock_held(&other->lock));
    c = arena_take_binned(other, size);
    if (!c)
        c = arena_take_fresh(other, size, dirty);
    lock_release(&other->lock);
    return c;
}

/* From here on all bytes of a block may be other than zero. */
static struct chunk *take_chunk(struct cache *cache, struct arena *a, size_t size, size_t *dirty)
{
    struct chunk *c = a ? take_chunk_from(cache, a, size, dirty) : NULL;
    return c ? c : take_elsewhere(a ? a : &main_arena, size, dirty);
}

static void *user_or_null(struct chunk *c)
{
    return c ? chunk_user(c) : NULL;
}

/* The list that serves n bytes; 0 if that is none. */
static unsigned list_for(const struct cache *cache, size_t n)
{
    return n <= RUN_SLOT_MAX ? cache_list_for(cache, n) : 0;
}

/* Such requests have earned runs: from now on those of this thread go there. */
static unsigned change_to_runs(struct cache *cache, struct arena *a, size_t n)
{
    /* The list of chunks is empty, or we would not be here. */
    cache_use_runs(cache, n);
    /* The top need no longer hold back what these requests took from it in turn. */
    if (n > CACHE_REQUEST_MAX && a->swing.hold > 0)
        arena_trim_held(a);
    assert(cache_list_has_runs(list_for(cache, n)));
    return list_for(cache, n);
}

/* A slot from the arena's runs, if requests of n bytes are served by runs. */
static void *take_slot(struct cache *cache, struct arena *a, unsigned list, size_t n)
{
    assert(lock_held(&a->lock));
    if (!SECURE && chunk_size_for(n) >= mapped_threshold())
        return NULL;
    if (!cache_list_has_runs(list) && demand_has_earned(&a->demand, n))
        list = change_to_runs(cache, a, n);
    if (!cache_list_has_runs(list))
        return NULL;
    void *user = cache_take_any(cache, list);
    if (!user)
        user = fetch_slots(cache, a, list);
    if (!user) {
        cache_use_chunks(cache, n);
        demand_forget(&a->demand, n);
    }
    return user;
}

/* The thread has nothing ready: the arena gives. */
static void *take_from_arena(struct cache *cache, unsigned list, size_t n, size_t *dirty)
{
    struct arena *a = lock_arena(cache);
    void *user = NULL;
    if (a && unlikely(inbox_has_post(&a->inbox))) {
        receive(cache, a, list);
        user = list != 0 ? cache_take_any(cache, list) : NULL;
    }
    if (a && !user)
        user = take_slot(cache, a, list, n);
    if (!user)
        return user_or_null(take_chunk(cache, a, chunk_size_for(n), dirty));
    size_t fresh = a->runs.fresh;
    a->runs.fresh = 0;
    lock_release(&a->lock);
    if (unlikely(fresh > 0))
        purge_for_growth(NULL, 2 * fresh);
    return user;
}

/* Whatever one loop takes and frees all the time is worth the quick way. */
static void earn_by_use(struct cache *cache, size_t n)
{
    struct arena *a = lock_arena(cache);
    if (!a)
        return;
    demand_earn(&a->demand, n);
    change_to_runs(cache, a, n);
    lock_release(&a->lock);
}

static void *take_from_shelf(struct cache *cache, size_t n)
{
    size_t size = chunk_size_for(n);
    struct chunk *c = medium_take(&cache->medium, size);
    if (c && unlikely(medium_was_busy(&cache->medium, size)))
        earn_by_use(cache, n);
    return user_or_null(c);
}

void *supply_take(size_t n, size_t *dirty)
{
    struct cache *cache = thread_cache();
    size_t size = chunk_size_for(n);
    if (size == 0)
        return NULL;
    struct chunk *apart = unlikely(thread.apart) ? mapped_take_apart(size) : NULL;
    if (apart) {
        *dirty = 0;
        return chunk_user(apart);
    }
    void *guarded = cache ? sampled_take(cache, n, CHUNK_ALIGN) : NULL;
    if (unlikely(guarded)) {
        *dirty = 0;
        return guarded;
    }
    if (!cache || !tune.tcache || n > RUN_SLOT_MAX) {
        void *span = take_span(cache, n, dirty);
        return span ? span : user_or_null(supply_take_chunk(size, dirty));
    }
    *dirty = SIZE_MAX;
    unsigned list = list_for(cache, n);
    void *user = list != 0         ? cache_take_any(cache, list)
                 : is_medium(size) ? take_from_shelf(cache, n)
                                   : NULL;
    return user ? user : take_from_arena(cache, list, n, dirty);
}

struct chunk *supply_take_chunk(size_t size, size_t *dirty)
{
    assert(size >= CHUNK_MIN && size % CHUNK_ALIGN == 0);
    struct cache *cache = thread_cache();
    *dirty = SIZE_MAX;
    void *user = cache && is_small(size) ? cache_take_any(cache, cache_class(size)) : NULL;
    if (user)
        return chunk_of(user);
    struct chunk *c = cache && is_medium(size) ? medium_take(&cache->medium, size) : NULL;
    if (c)
        return c;
    struct arena *a = lock_arena(cache);
    if (a && unlikely(inbox_has_post(&a->inbox)))
        receive(cache, a, 0);
    return take_chunk(cache, a, size, dirty);
}

void *supply_take_aligned_slot(size_t alignment, size_t n)
{
    assert(is_power_of_two(alignment));
    struct cache *cache = thread_cache();
    if (!cache || !tune.tcache || alignment > RUN_SLOT_MAX || n > RUN_SLOT_MAX)
        return NULL;
    size_t dirty, whole = max_size(align_up(n, alignment), alignment);
    unsigned list = list_for(cache, whole);
    if (!cache_list_has_runs(list) || cache_size(list) % alignment != 0)
        return NULL;
    void *user = supply_take(whole, &dirty);
    if (!user || is_aligned(user, alignment))
        return user;
    /* There was no memory for a run, but for a chunk, or for a mapping. */
    if (chunk_is_mapped(chunk_of(user)))
        mapped_put(chunk_of(user));
    else
        supply_put_chunk(chunk_of(user));
    return NULL;
}

/* A full magazine is set aside, and for it the oldest go home if need be. */
static void set_aside(struct cache *cache, unsigned list, void **over, unsigned count)
{
    void *oldest[CACHE_MAGAZINE];
    bool may_stay = count > 0 && cache_list_has_runs(list);
    while (may_stay && !cache_set_aside(cache, list, over, count)) {
        unsigned n = cache_take_oldest(cache, oldest);
        post_put_all(oldest, n);
        may_stay = n > 0;
    }
    if (!may_stay)
        post_put_all(over, count);
}

/* A thread without a cache takes from the main arena. */
static void *take_lone_slot(size_t size)
{
    struct arena *a = arenas_lock(&main_arena);
    void *slot = NULL;
    if (!a)
        return NULL;
    runs_take(&a->runs, run_class_for(size), &slot, 1);
    lock_release(&a->lock);
    return slot;
}

void *supply_take_slot(size_t size)
{
    struct cache *cache = thread_cache();
    if (!cache)
        return take_lone_slot(size);
    unsigned list = list_for(cache, size);
    void *user = list != 0 ? cache_take_any(cache, list) : NULL;
    if (user)
        return user;
    struct arena *a = lock_arena(cache);
    if (!a)
        return NULL;
    user = take_slot(cache, a, list, size);
    lock_release(&a->lock);
    return user;
}

static void put_small(struct cache *cache, unsigned list, void *user)
{
    if (unlikely(cache_has_newest(cache, list, user)))
        die_at("free(): double free detected in tcache 2", user);
    void *over[CACHE_MAGAZINE];
    if (cache_is_closed(cache, list))
        post_put_all(&user, 1);
    else if (!cache_put(cache, offset_of_list(list), user))
        set_aside(cache, list, over, cache_put_over(cache, list, user, over));
}

/* A chunk that its shelf does not keep; a shelf that was closed by it is emptied as well. */
static void put_medium(struct cache *cache, struct chunk *c)
{
    size_t size = chunk_size(c);
    if (medium_put(&cache->medium, c))
        return;
    post_put_one(cache->arena, c);
    struct link *l;
    while (unlikely((l = medium_take_closed(&cache->medium, size))))
        post_put_one(arenas_owner(chunk_of(l)), chunk_of(l));
}

/*
 * A chunk of a size that spans serve by now: nobody will ask for it soon, and what stands around it
 * may keep it where it is.  Its whole pages go back to the kernel.
 */
static void put_left_over(struct arena *a, struct chunk *c)
{
    sys_release_whole((uintptr_t)c + sizeof *c, (uintptr_t)chunk_above(c));
    post_put_one(a, c);
}

void supply_put_chunk(struct chunk *c)
{
    assert(!chunk_is_mapped(c));
    size_t size = chunk_size(c);
    void *user = chunk_user(c);
    if (unlikely(!arenas_have(c) || (uintptr_t)c > -size))
        die("free(): invalid pointer", user, c->head, 0);
    if (unlikely(size < CHUNK_MIN || size % CHUNK_ALIGN != 0))
        die("free(): invalid size", user, size, CHUNK_MIN);
    struct arena *a = arenas_owner(c);
    struct cache *cache = thread_cache();
    bool mine = cache && a == cache->arena;
    if (mine && is_small(size))
        put_small(cache, cache_class(size), user);
    else if (cache && is_small(size))
        post_add(cache, a, user);
    else if (demand_has_earned_span(size))
        put_left_over(a, c);
    else if (mine && is_medium(size))
        put_medium(cache, c);
    else
        post_put_one(a, c);
}

void supply_put_mapped(struct chunk *c)
{
    struct cache *cache = thread_cache();
    size_t size = chunk_size(c);
    mapped_put(c);
    if (cache && tune.tcache)
        medium_note_freed(&cache->medium, size);
}

void supply_put_checked(void *slot)
{
    struct cache *cache = thread_cache();
    run_mark mark = run_mark_of(slot);
    struct arena *a = arenas_owner_of(slot);
    if (!cache)
        post_put_all(&slot, 1);
    else if (a == cache->arena)
        put_small(cache, cache_list_of(mark % RUN_MARK_OFFSETS), slot);
    else if (!SECURE || !post_add_quickly(cache, mark, slot))
        post_add(cache, a, slot);
}

void supply_put_slot(void *slot)
{
    if (span_at(slot)) {
        struct cache *cache = thread_cache();
        span_put(cache ? &cache->spans : NULL, slot);
        return;
    }
    run_usable(slot, "free(): invalid pointer");
    supply_put_checked(slot);
}
