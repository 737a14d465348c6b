/*
 * tcache.c - what happens to magazines when one is full or empty.
 *
 * The order of stores matters here (see tcache.h on fork): a list is taken away before it is laid
 * elsewhere.
 */
#include "tcache.h"

static_assert(CHUNK_MIN / CHUNK_ALIGN == CACHE_FIRST, "the first class is the smallest chunk");
static_assert(CACHE_CHUNK_MAX / CHUNK_ALIGN == CACHE_CLASSES - 1, "the last class is the largest");

static void set(struct link **list, struct link *value)
{
    __atomic_store_n(list, value, __ATOMIC_RELEASE);
}

static struct link *take_away(struct link **list)
{
    struct link *taken = *list;
    set(list, NULL);
    return taken;
}

void cache_begin(struct cache *cache)
{
    for (unsigned class = CACHE_FIRST; class < CACHE_CLASSES; class++)
        cache->room[class] = (int)cache_capacity(class);
    cache_set_arena(cache, NULL);
}

void cache_set_arena(struct cache *cache, struct arena *a)
{
    cache->arena = a;
    cache->tag = cache_tag_for(a);
}

void *cache_take_spare(struct cache *cache, unsigned class)
{
    assert(!cache->ready[class]);
    if (!cache->spare[class])
        return NULL;
    cache->room[class] = (int)cache_capacity(class) - cache->spare_count[class];
    cache->spare_count[class] = 0;
    set(&cache->ready[class], take_away(&cache->spare[class]));
    return cache_take(cache, class);
}

unsigned cache_next_batch(struct cache *cache, unsigned class)
{
    unsigned now = cache->batch[class] ? cache->batch[class] : 1;
    unsigned capacity = cache_capacity(class);
    cache->batch[class] = (uint8_t)(2 * now < capacity ? 2 * now : capacity);
    return now;
}

void cache_fill(struct cache *cache, unsigned class, struct link *list, unsigned count)
{
    assert(!cache->ready[class] && count <= cache_capacity(class));
    cache->room[class] = (int)(cache_capacity(class) - count);
    set(&cache->ready[class], list);
}

struct link *cache_put_over(struct cache *cache, unsigned class, void *user)
{
    struct link *over = take_away(&cache->spare[class]);
    struct link *full = take_away(&cache->ready[class]);
    cache->spare_count[class] = (uint8_t)cache_capacity(class);
    set(&cache->spare[class], full);
    cache->room[class] = (int)cache_capacity(class);
    cache_put(cache, class, user);
    return over;
}

struct link *cache_empty(struct cache *cache, unsigned class)
{
    struct link *spare = take_away(&cache->spare[class]);
    struct link *ready = take_away(&cache->ready[class]);
    cache->spare_count[class] = 0;
    cache->room[class] = (int)cache_capacity(class);
    if (!ready)
        return spare;
    struct link *last = ready;
    while (last->next)
        last = last->next;
    last->next = spare;
    return ready;
}

size_t cache_count(const struct cache *cache, unsigned class)
{
    int room = __atomic_load_n(&cache->room[class], __ATOMIC_RELAXED);
    int ready = (int)cache_capacity(class) - (room < 0 ? 0 : room);
    return (size_t)(ready < 0 ? 0 : ready) +
           __atomic_load_n(&cache->spare_count[class], __ATOMIC_RELAXED);
}
