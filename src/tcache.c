/*
 * tcache.c - what happens to magazines when one is full or empty.
 *
 * A list's storage is a NULL and room for one magazine, and then the same again.  Which of the two
 * is ready is told by where its top is: so one store exchanges them (see tcache.h on fork).
 */
#include "tcache.h"

#include "sys.h"

#include <string.h>

static_assert(CHUNK_MIN / CHUNK_ALIGN == CACHE_FIRST, "the first list is of the smallest chunk");
static_assert(CACHE_CHUNK_MAX / CHUNK_ALIGN == CACHE_CLASSES - 1, "the last class is the largest");
static_assert(WORD != 8 || CACHE_REQUEST_MAX == 1032, "requests up to 1032 bytes are cached");
static_assert(sizeof(struct magazine) * CACHE_LISTS <= UINT16_MAX, "an offset fits in 16 bits");

void *cache_nothing[CACHE_END + 1];

/* The first place of one of a list's two magazines. */
static inline void **bottom(const struct cache *cache, unsigned list, unsigned which)
{
    assert(cache->storage[list] && which < 2);
    return cache->storage[list] + which * (cache->capacity[list] + 1) + 1;
}

/* Which of the two is ready. */
static unsigned ready(const struct cache *cache, unsigned list)
{
    return cache->at[list].top >= bottom(cache, list, 1);
}

static unsigned ready_count(const struct cache *cache, unsigned list)
{
    void **top = __atomic_load_n(&cache->at[list].top, __ATOMIC_RELAXED);
    if (top == &cache_nothing[CACHE_END])
        return 0;
    unsigned which = top >= bottom(cache, list, 1);
    return (unsigned)(top - bottom(cache, list, which));
}

/* Make one of the two ready, with so many blocks in it. */
static void set_ready(struct cache *cache, unsigned list, unsigned which, unsigned count)
{
    void **first = bottom(cache, list, which);
    assert(count <= cache->capacity[list] && first[-1] == NULL);
    cache->at[list].limit = first + cache->capacity[list];
    __atomic_store_n(&cache->at[list].top, first + count, __ATOMIC_RELEASE);
}

static void ensure_storage(struct cache *cache, unsigned list)
{
    if (likely(cache->storage[list]))
        return;
    void **storage = cache->store + cache->stored;
    cache->stored += 2 * (cache->capacity[list] + 1u);
    assert(cache->stored <= CACHE_STORAGE);
    /* What lies ready in a thread that falls asleep is wanted by nobody; the first one's is little. */
    if (!cache->is_first)
        decay_note(cache->capacity[list] * cache_size(list));
    storage[0] = storage[cache->capacity[list] + 1] = NULL;
    __atomic_store_n(&cache->storage[list], storage, __ATOMIC_RELEASE);
    set_ready(cache, list, 0, 0);
}

/* The list of chunks that serve requests of a step. */
static void map_to_chunks(struct cache *cache, size_t step)
{
    cache->offset_for[step] = (uint16_t)chunk_size_for(step * WORD);
}

/* The rest is set when it is used first: clearing it would bring all of it into memory. */
struct cache *cache_begin(struct whole_cache *whole)
{
    struct cache *cache = &whole->cache;
    memset(cache, 0, offsetof(struct cache, spans.ready));
    cache->out = whole->out;
    cache->store = whole->store;
    depot_begin(&cache->depot, whole->packs);
    for (unsigned list = 0; list < CACHE_LISTS; list++)
        cache->at[list] = (struct magazine){&cache_nothing[CACHE_END], &cache_nothing[CACHE_END]};
    for (unsigned list = CACHE_FIRST; list < CACHE_LISTS; list++)
        cache->capacity[list] = (uint8_t)cache_capacity_for(list);
    for (size_t step = 0; step < CACHE_STEPS; step++)
        map_to_chunks(cache, step);
    for (unsigned list = CACHE_CLASSES; SECURE && list < CACHE_LISTS; list++)
        cache->slot_size[list] = (uint16_t)cache_size(list);
    cache_set_arena(cache, NULL);
    return cache;
}

/* What is set aside is a part of what the arena has in use, between these two. */
enum { ASIDE_SHARE = 8 };
#define ASIDE_LEAST (512 * KIB)
#define ASIDE_MOST (2 * MIB)

void cache_see_top(struct cache *cache)
{
    struct arena *a = cache->arena;
    assert(lock_held(&a->lock));
    cache->depot_most =
        min_size(max_size(a->runs.live_bytes / ASIDE_SHARE, ASIDE_LEAST), ASIDE_MOST);
    if (a->top.source == TOP_FROM_BREAK) {
        cache->base = (uintptr_t)a->top.first;
        cache->span = a->top.span;
    }
}

void cache_set_arena(struct cache *cache, struct arena *a)
{
    cache->arena = a;
    cache->base = cache->span = 0;
    cache->owner = a ? a->runs.owner : 0;
    /* An arena's first heap is never given up; later ones may be, while we are not looking. */
    if (a && a->top.source == TOP_FROM_HEAPS) {
        cache->base = (uintptr_t)heap_around(a);
        cache->span = HEAP_MAX;
    }
}

/* The requests that chunks of this size serve: by lists of runs, or of chunks. */
static void map_small(struct cache *cache, size_t chunk_size, bool runs)
{
    size_t last = (chunk_size - WORD) / WORD;
    size_t first = chunk_size == CHUNK_MIN ? 0 : last + 1 - CHUNK_ALIGN / WORD;
    for (size_t step = first; step <= last; step++) {
        assert(chunk_size_for(step * WORD) == chunk_size);
        unsigned mark = run_mark_for(run_class_for(max_size(step * WORD, 1)));
        cache->offset_for[step] = (uint16_t)(runs ? mark : chunk_size);
    }
}

/* The same for larger ones: those of one class, which are not 0 and come one after the other. */
static void map_larger(struct cache *cache, unsigned sizeclass, bool runs)
{
    size_t step = run_slot_size(sizeclass) / CACHE_STEP_MORE;
    for (; step > 0 && run_class_for(step * CACHE_STEP_MORE) == sizeclass; step--)
        cache->offset_for_more[step] = (uint16_t)(runs ? run_mark_for(sizeclass) : 0);
}

static void close_list(struct cache *cache, unsigned list)
{
    assert(cache_count(cache, list) == 0);
    __atomic_store_n(&cache->at[list].top, &cache_nothing[CACHE_END], __ATOMIC_RELEASE);
    cache->at[list].limit = &cache_nothing[CACHE_END];
    cache->capacity[list] = 0;
}

void cache_use_runs(struct cache *cache, size_t n)
{
    assert(n <= RUN_SLOT_MAX);
    if (n > CACHE_REQUEST_MAX) {
        map_larger(cache, run_class_for(n), true);
        return;
    }
    map_small(cache, chunk_size_for(n), true);
    close_list(cache, cache_class(chunk_size_for(n)));
}

void cache_use_chunks(struct cache *cache, size_t n)
{
    if (n > CACHE_REQUEST_MAX) {
        map_larger(cache, run_class_for(n), false);
        return;
    }
    unsigned list = cache_class(chunk_size_for(n));
    map_small(cache, chunk_size_for(n), false);
    cache->capacity[list] = (uint8_t)cache_capacity_for(list);
    if (cache->storage[list])
        set_ready(cache, list, 0, 0);
}

void *cache_take_spare(struct cache *cache, unsigned list)
{
    unsigned count = cache->spare_count[list];
    if (count == 0)
        return NULL;
    assert(count == cache->capacity[list] &&
           ready_count(cache, list) == 0); /* K7: full, or empty */
    cache->spare_count[list] = 0;
    set_ready(cache, list, !ready(cache, list), count);
    return cache_take(cache, list * sizeof(struct magazine));
}

void *cache_take_pack(struct cache *cache, unsigned list)
{
    assert(ready_count(cache, list) == 0);
    if (cache->depot.newest[list] == 0)
        return NULL;
    unsigned which = ready(cache, list);
    unsigned count = depot_take(&cache->depot, list, bottom(cache, list, which), cache_size(list));
    set_ready(cache, list, which, count);
    return cache_take(cache, list * sizeof(struct magazine));
}

bool cache_set_aside(struct cache *cache, unsigned list, void **blocks, unsigned count)
{
    size_t size = cache_size(list);
    return cache->depot.bytes + count * size <= cache->depot_most &&
           depot_put(&cache->depot, list, blocks, count, size);
}

static bool set_spare_aside(struct cache *cache, unsigned list)
{
    unsigned count = cache->spare_count[list];
    if (count == 0)
        return true;
    size_t bytes = cache->depot.bytes + count * cache_size(list);
    if (!cache_list_has_runs(list) || bytes > cache->depot_most || depot_is_full(&cache->depot))
        return false;
    void **blocks = bottom(cache, list, !ready(cache, list));
    __atomic_store_n(&cache->spare_count[list], 0, __ATOMIC_RELEASE);
    return depot_put(&cache->depot, list, blocks, count, cache_size(list));
}

bool cache_put_beyond(struct cache *cache, unsigned list, void *user)
{
    /* A list that is closed, or not begun yet, is neither empty nor full. */
    bool begun = cache->storage[list] && !cache_is_closed(cache, list);
    if (!begun || ready_count(cache, list) < cache->capacity[list] ||
        cache->at[list].top[-1] == user || !set_spare_aside(cache, list))
        return false;
    set_ready(cache, list, !ready(cache, list), 0);
    __atomic_store_n(&cache->spare_count[list], (uint8_t)cache->capacity[list], __ATOMIC_RELEASE);
    return cache_put(cache, list * sizeof(struct magazine), user);
}

unsigned cache_take_oldest(struct cache *cache, void **blocks)
{
    unsigned list = depot_oldest(&cache->depot);
    return list == 0 ? 0 : depot_take_oldest(&cache->depot, blocks, cache_size(list));
}

/* A size that has earned runs is worth some slots at once, of which none is touched. */
static unsigned first_batch(unsigned list, unsigned capacity)
{
    enum { SLOTS = 8 };
    unsigned share = capacity / 4;
    return !cache_list_has_runs(list) || share == 0 ? 1 : share < SLOTS ? share : SLOTS;
}

unsigned cache_next_batch(struct cache *cache, unsigned list)
{
    unsigned capacity = cache->capacity[list], now = cache->batch[list];
    if (SECURE)
        return capacity; /* as many as there are to draw from */
    if (now == 0)
        now = first_batch(list, capacity);
    assert(now <= capacity && capacity <= CACHE_MAGAZINE);
    cache->batch[list] = (uint8_t)(2 * now < capacity ? 2 * now : capacity);
    return now;
}

void **cache_room(struct cache *cache, unsigned list)
{
    ensure_storage(cache, list);
    assert(ready_count(cache, list) == 0);
    return cache->at[list].top;
}

void cache_show(struct cache *cache, unsigned list, unsigned count)
{
    assert(ready_count(cache, list) == 0 && count <= cache->capacity[list]);
    __atomic_store_n(&cache->at[list].top, cache->at[list].top + count, __ATOMIC_RELEASE);
}

void cache_fill(struct cache *cache, unsigned list, void **blocks, unsigned count)
{
    void **first = cache_room(cache, list);
    for (unsigned i = 0; i < count; i++)
        first[i] = blocks[count - 1 - i];
    cache_show(cache, list, count);
}

/* Copy the spare magazine's blocks; it is empty then. */
static unsigned take_out_spare(struct cache *cache, unsigned list, void **blocks)
{
    unsigned count = cache->spare_count[list];
    if (count > 0)
        memcpy(blocks, bottom(cache, list, !ready(cache, list)), count * sizeof *blocks);
    __atomic_store_n(&cache->spare_count[list], 0, __ATOMIC_RELEASE);
    return count;
}

unsigned cache_put_over(struct cache *cache, unsigned list, void *user, void **over)
{
    unsigned count = 0;
    if (cache->storage[list]) {
        assert(ready_count(cache, list) == cache->capacity[list]);
        count = take_out_spare(cache, list, over);
        set_ready(cache, list, !ready(cache, list), 0);
        __atomic_store_n(&cache->spare_count[list], (uint8_t)cache->capacity[list],
                         __ATOMIC_RELEASE);
    }
    ensure_storage(cache, list);
    cache_put(cache, list * sizeof(struct magazine), user);
    return count;
}

bool cache_has_newest(const struct cache *cache, unsigned list, const void *user)
{
    unsigned count = ready_count(cache, list);
    bool found = false;
    for (unsigned i = 1; i <= CACHE_END && i <= count; i++)
        found = found || cache->at[list].top[-(ptrdiff_t)i] == user;
    return found;
}

unsigned cache_empty(struct cache *cache, unsigned list, void **blocks)
{
    if (cache->at[list].top == &cache_nothing[CACHE_END])
        return 0;
    unsigned which = ready(cache, list), count = ready_count(cache, list);
    memcpy(blocks, bottom(cache, list, which), count * sizeof *blocks);
    set_ready(cache, list, which, 0);
    return count + take_out_spare(cache, list, blocks + count);
}

static size_t count_magazines(const struct cache *cache, unsigned list)
{
    unsigned count = ready_count(cache, list), capacity = cache->capacity[list];
    return (count < capacity ? count : capacity) +
           __atomic_load_n(&cache->spare_count[list], __ATOMIC_RELAXED);
}

size_t cache_count(const struct cache *cache, unsigned list)
{
    size_t count = count_magazines(cache, list);
    return cache_list_has_runs(list) ? count + depot_count(&cache->depot, list) : count;
}

size_t cache_trace(const struct cache *cache)
{
    size_t trace = 0, blocks = cache->spans.count + cache->medium.chunks + cache->depot.bytes;
    for (unsigned list = CACHE_FIRST; list < CACHE_LISTS; list++) {
        blocks += count_magazines(cache, list);
        trace = trace * 31 + (size_t)__atomic_load_n(&cache->at[list].top, __ATOMIC_RELAXED) / WORD;
    }
    for (unsigned i = 0; i < OUTBOXES; i++)
        blocks += cache->out[i].count;
    trace += cache->spans.count + cache->medium.chunks + cache->depot.bytes;
    return blocks == 0 ? 0 : trace | 1;
}

void cache_drop_storage(struct cache *cache)
{
    for (unsigned list = 0; list < CACHE_LISTS; list++) {
        assert(cache_count(cache, list) == 0);
        cache->at[list] = (struct magazine){&cache_nothing[CACHE_END], &cache_nothing[CACHE_END]};
        cache->storage[list] = NULL;
    }
    /* One may lie in a page that goes and in one that stays. */
    for (unsigned i = 0; i < OUTBOXES; i++) {
        assert(cache->out[i].count == 0);
        cache->out[i].arena = NULL;
        cache->abroad[i] = 0;
        cache->out[i].goal = 0;
    }
    assert(cache->depot.bytes == 0);
    sys_release_whole((uintptr_t)cache->store, (uintptr_t)((struct whole_cache *)cache + 1));
    cache->stored = 0;
}
