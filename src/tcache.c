/*
 * tcache.c - what happens to magazines when one is full or empty.
 *
 * The order of stores matters here (see tcache.h on fork): a list is taken away before it is laid
 * elsewhere.
 */
#include "tcache.h"

static_assert(CHUNK_MIN / CHUNK_ALIGN == CACHE_FIRST, "the first class is the smallest chunk");
static_assert(CACHE_CHUNK_MAX / CHUNK_ALIGN == CACHE_CLASSES - 1, "the last class is the largest");

static_assert(WORD != 8 || CACHE_REQUEST_MAX == 1032, "requests up to 1032 bytes are cached");

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
    for (unsigned sizeclass = CACHE_FIRST; sizeclass < CACHE_CLASSES; sizeclass++) {
        assert(!cache->ready[sizeclass] && !cache->spare[sizeclass]);
        cache->room[sizeclass] = (int)cache_capacity(sizeclass);
    }
    cache_set_arena(cache, NULL);
}

void cache_set_arena(struct cache *cache, struct arena *a)
{
    cache->arena = a;
    cache->tag = cache_tag_for(a);
    assert((cache->tag == CACHE_CLOSED) == !a); /* K8 */
}

void *cache_take_spare(struct cache *cache, unsigned sizeclass)
{
    assert(!cache->ready[sizeclass]);
    if (!cache->spare[sizeclass])
        return NULL;
    assert(cache->spare_count[sizeclass] == cache_capacity(sizeclass)); /* K7: full, or empty */
    cache->room[sizeclass] = (int)cache_capacity(sizeclass) - cache->spare_count[sizeclass];
    cache->spare_count[sizeclass] = 0;
    set(&cache->ready[sizeclass], take_away(&cache->spare[sizeclass]));
    return cache_take(cache, sizeclass);
}

unsigned cache_next_batch(struct cache *cache, unsigned sizeclass)
{
    unsigned now = cache->batch[sizeclass] ? cache->batch[sizeclass] : 1;
    unsigned capacity = cache_capacity(sizeclass);
    assert(now <= capacity && capacity <= CACHE_MAGAZINE);
    cache->batch[sizeclass] = (uint8_t)(2 * now < capacity ? 2 * now : capacity);
    return now;
}

/* How many chunks a list has; asked by asserts only. */
static unsigned length_of(const struct link *list)
{
    unsigned length = 0;
    for (; list; list = list->next)
        length++;
    return length;
}

void cache_fill(struct cache *cache, unsigned sizeclass, struct link *list, unsigned count)
{
    assert(!cache->ready[sizeclass] && count <= cache_capacity(sizeclass));
    assert(length_of(list) == count); /* K7 */
    cache->room[sizeclass] = (int)(cache_capacity(sizeclass) - count);
    set(&cache->ready[sizeclass], list);
}

struct link *cache_put_over(struct cache *cache, unsigned sizeclass, void *user)
{
    struct link *over = take_away(&cache->spare[sizeclass]);
    struct link *full = take_away(&cache->ready[sizeclass]);
    cache->spare_count[sizeclass] = (uint8_t)cache_capacity(sizeclass);
    set(&cache->spare[sizeclass], full);
    cache->room[sizeclass] = (int)cache_capacity(sizeclass);
    cache_put(cache, sizeclass, user);
    return over;
}

struct link *cache_empty(struct cache *cache, unsigned sizeclass)
{
    struct link *spare = take_away(&cache->spare[sizeclass]);
    struct link *ready = take_away(&cache->ready[sizeclass]);
    cache->spare_count[sizeclass] = 0;
    cache->room[sizeclass] = (int)cache_capacity(sizeclass);
    if (!ready)
        return spare;
    struct link *last = ready;
    while (last->next)
        last = last->next;
    last->next = spare;
    return ready;
}

size_t cache_count(const struct cache *cache, unsigned sizeclass)
{
    int room = __atomic_load_n(&cache->room[sizeclass], __ATOMIC_RELAXED);
    int ready = (int)cache_capacity(sizeclass) - (room < 0 ? 0 : room);
    return (size_t)(ready < 0 ? 0 : ready) +
           __atomic_load_n(&cache->spare_count[sizeclass], __ATOMIC_RELAXED);
}
