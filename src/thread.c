/*
 * thread.c - birth, supply and end of one thread.
 */
#include "thread.h"

#include "arenas.h"
#include "die.h"
#include "mapped.h"
#include "post.h"
#include "sys.h"
#include "tune.h"

#include <pthread.h>
#include <sched.h>

/* What `open` is when nothing may be taken or put without a closer look.  Nobody writes to it. */
static const struct cache closed = {.tag = CACHE_CLOSED};

_Thread_local struct thread thread = {.open = (struct cache *)(uintptr_t)&closed};

/* So many caches cost no mapping of their own. */
enum { STATIC_CACHES = 8, CACHES_MAPPED_AT_ONCE = 16 };

/* POSIX promises four rounds of destructors at a thread's end. */
enum { ROUNDS_TO_WAIT = 2 };

static struct {
    struct lock lock;
    struct cache *first; /* of all living threads */
    struct cache *unused;
    unsigned static_used;
    struct tally ended; /* of threads that have ended */
    pthread_key_t key;
    bool key_made;
} threads;

static struct cache static_caches[STATIC_CACHES];

static void thread_end(void *own);

void thread_begin(void)
{
    threads.key_made = pthread_key_create(&threads.key, thread_end) == 0;
}

/* Small chunks go in magazines, medium ones on shelves, and in classic mode nothing is kept. */
static bool is_small(size_t size)
{
    return size <= CACHE_CHUNK_MAX && tune.tcache;
}

static bool is_medium(size_t size)
{
    return size > CACHE_CHUNK_MAX && size <= MEDIUM_CHUNK_MAX && tune.tcache;
}

/* More unused caches, from one mapping. */
static void map_caches(void)
{
    assert(lock_held(&threads.lock) && !threads.unused);
    size_t size = align_up(CACHES_MAPPED_AT_ONCE * sizeof(struct cache), sys_page());
    struct cache *caches = sys_map(size);
    for (size_t i = 0; caches && i < size / sizeof *caches; i++) {
        caches[i].next = threads.unused;
        threads.unused = &caches[i];
    }
}

/* A cache that is all zero; the list is locked. */
static struct cache *new_cache(void)
{
    assert(lock_held(&threads.lock) && threads.static_used <= STATIC_CACHES);
    if (!threads.unused && threads.static_used < STATIC_CACHES)
        return &static_caches[threads.static_used++];
    if (!threads.unused)
        map_caches();
    struct cache *cache = threads.unused;
    if (!cache)
        return NULL;
    threads.unused = cache->next;
    *cache = (struct cache){.next = NULL};
    return cache;
}

static void list_add(struct cache *cache)
{
    assert(lock_held(&threads.lock) && !cache->prev && !(threads.first && threads.first->prev));
    cache->next = threads.first;
    if (threads.first)
        threads.first->prev = cache;
    threads.first = cache;
}

/* The cache leaves the list, its counts stay.  The list is locked. */
static void list_remove(struct cache *cache)
{
    assert(lock_held(&threads.lock));
    assert(cache == (cache->prev ? cache->prev->next : threads.first)); /* K9 */
    if (cache->prev)
        cache->prev->next = cache->next;
    else
        threads.first = cache->next;
    if (cache->next)
        cache->next->prev = cache->prev;
    cache->next = threads.unused;
    threads.unused = cache;
}

static void set_open(void)
{
    bool closed_to_all = tune_is_watched() || !tune.tcache;
    thread.open = closed_to_all ? (struct cache *)(uintptr_t)&closed : thread.own;
    assert(thread.open);
}

/* The calling thread's first call.  NULL if it has to do without a cache. */
static struct cache *begin_thread(void)
{
    assert(!thread.own);
    if (thread.ended || !lock_take(&threads.lock))
        return NULL;
    struct cache *cache = new_cache();
    if (cache) {
        cache_begin(cache);
        list_add(cache);
        thread.own = cache;
    }
    lock_release(&threads.lock);
    if (!cache)
        return NULL;
    set_open();
    /* May allocate, which works by now. */
    if (threads.key_made)
        pthread_setspecific(threads.key, cache);
    return cache;
}

static struct cache *own_cache(void)
{
    return likely(thread.own) ? thread.own : begin_thread();
}

/* The arena this thread takes from, locked; NULL as arenas_lock() says. */
static struct arena *lock_arena(struct cache *cache)
{
    if (!cache)
        return arenas_lock(&main_arena);
    if (unlikely(!cache->arena)) {
        cache->home = arenas_attach();
        cache_set_arena(cache, cache->home);
    }
    struct arena *a = arenas_lock(cache->arena);
    if (unlikely(a && a != cache->arena))
        cache_set_arena(cache, a);
    assert(!a || (lock_held(&a->lock) && a == cache->arena));
    return a;
}

/* Chunks that others sent home go into the cache while it has room, the rest into the arena. */
static void receive(struct cache *cache, struct arena *a)
{
    assert(lock_held(&a->lock) && (!cache || cache->arena == a));
    struct link *next, *l = arena_receive(a);
    for (; l; l = next) {
        struct chunk *c = chunk_of(l);
        next = l->next;
        size_t sizeclass = cache && tune.tcache ? cache_class_of_put(cache, c) : CACHE_CLASSES;
        if (sizeclass < CACHE_CLASSES && cache->room[sizeclass] > 0)
            cache_put(cache, sizeclass, l);
        else
            arena_put(a, c);
    }
}

/* After a chunk of a cacheable size: some more of them for the next calls. */
static void fetch_more(struct cache *cache, struct arena *a, size_t size)
{
    assert(lock_held(&a->lock) && cache->arena == a && is_small(size)); /* K5 */
    unsigned sizeclass = cache_class(size);
    if (cache->ready[sizeclass])
        return;
    struct link *list = NULL;
    unsigned batch = cache_next_batch(cache, sizeclass);
    unsigned count = arena_take_more(a, size, batch - 1, &list);
    cache_fill(cache, sizeclass, list, count);
}

/* A chunk from an arena that is locked; released on return. */
static struct chunk *take_from(struct cache *cache, struct arena *a, size_t size, size_t *dirty)
{
    assert(lock_held(&a->lock));
    *dirty = SIZE_MAX;
    if (unlikely(arena_has_post(a)))
        receive(cache, a);
    struct chunk *c = arena_take_binned(a, size);
    if (!c && size >= mapped_threshold()) {
        lock_release(&a->lock);
        c = mapped_take(size);
        if (c || !lock_take(&a->lock)) {
            *dirty = 0;
            return c;
        }
    }
    if (!c)
        c = arena_take_fresh(a, size, dirty);
    if (c && cache && is_small(size))
        fetch_more(cache, a, size);
    lock_release(&a->lock);
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

/* What the thread has ready; NULL if that is nothing. */
static struct chunk *take_ready(struct cache *cache, size_t size)
{
    if (is_medium(size))
        return medium_take(&cache->medium, size);
    if (!is_small(size))
        return NULL;
    void *user = cache_take(cache, cache_class(size));
    if (!user)
        user = cache_take_spare(cache, cache_class(size));
    return user ? chunk_of(user) : NULL;
}

struct chunk *thread_take(size_t size, size_t *dirty)
{
    assert(size >= CHUNK_MIN && size % CHUNK_ALIGN == 0);
    struct cache *cache = own_cache();
    struct chunk *c = cache ? take_ready(cache, size) : NULL;
    *dirty = SIZE_MAX;
    if (c)
        return c;
    struct arena *a = lock_arena(cache);
    if (!a)
        return take_elsewhere(&main_arena, size, dirty);
    c = take_from(cache, a, size, dirty);
    return c ? c : take_elsewhere(a, size, dirty);
}

static void put_small(struct cache *cache, struct chunk *c)
{
    unsigned sizeclass = cache_class(chunk_size(c));
    assert(arena_owns(cache->arena, c)); /* K5 */
    if (unlikely(cache->ready[sizeclass] == chunk_user(c)))
        die_at("free(): double free detected in tcache 2", chunk_user(c));
    if (!cache_put(cache, sizeclass, chunk_user(c)))
        post_put_list(cache_put_over(cache, sizeclass, chunk_user(c)));
}

/* A chunk that lay on a shelf. */
static void put_home(struct link *l)
{
    post_put_one(arenas_owner(chunk_of(l)), chunk_of(l));
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
        put_home(l);
}

void thread_put(struct chunk *c)
{
    assert(!chunk_is_mapped(c));
    size_t size = chunk_size(c);
    struct link *l = chunk_user(c);
    if (unlikely(!is_aligned(c, CHUNK_ALIGN) || (uintptr_t)c > -size))
        die("free(): invalid pointer", l, c->head, 0);
    if (unlikely(size < CHUNK_MIN || size % CHUNK_ALIGN != 0))
        die("free(): invalid size", l, size, CHUNK_MIN);
    struct arena *a = arenas_owner(c);
    struct cache *cache = own_cache();
    bool mine = cache && a == cache->arena;
    if (mine && is_small(size))
        put_small(cache, c);
    else if (cache && is_small(size))
        post_add(cache, a, c);
    else if (mine && is_medium(size))
        put_medium(cache, c);
    else
        post_put_one(a, c);
}

/* Empty a cache that nobody uses, or the caller's own. */
static void give_all_back(struct cache *cache)
{
    for (unsigned sizeclass = CACHE_FIRST; sizeclass < CACHE_CLASSES; sizeclass++)
        post_put_list(cache_empty(cache, sizeclass));
    struct link *l;
    while ((l = medium_take_any(&cache->medium)))
        put_home(l);
    post_flush(cache);
}

void thread_flush(void)
{
    if (thread.own)
        give_all_back(thread.own);
}

static void add_tally(struct tally *sum, const struct tally *t)
{
    sum->mallocs += t->mallocs;
    sum->callocs += t->callocs;
    sum->reallocs += t->reallocs;
    sum->frees += t->frees;
    sum->errors += t->errors;
    sum->live_bytes += t->live_bytes;
    sum->live_blocks += t->live_blocks;
}

/* An empty cache leaves the list; what its thread has counted stays.  The list is locked. */
static void retire(struct cache *cache)
{
    assert(lock_held(&threads.lock) && cache != thread.own);
    add_tally(&threads.ended, &cache->tally);
    list_remove(cache);
}

/* The destructor of the thread's key: it ends, though calls may still come. */
static void thread_end(void *own)
{
    struct cache *cache = own;
    assert(cache && cache == thread.own && !thread.ended);
    /* Other destructors go first, since they free: come again in the next rounds, of four or more. */
    if (thread.rounds < ROUNDS_TO_WAIT && pthread_setspecific(threads.key, own) == 0) {
        thread.rounds++;
        return;
    }
    thread.open = (struct cache *)(uintptr_t)&closed;
    thread.own = NULL;
    thread.ended = true;
    give_all_back(cache);
    if (cache->home)
        arenas_detach(cache->home);
    if (!lock_take(&threads.lock))
        return;
    retire(cache);
    lock_release(&threads.lock);
}

void thread_watch(void)
{
    set_open();
}

struct tally *thread_tally(void)
{
    struct cache *cache = own_cache();
    return cache ? &cache->tally : NULL;
}

struct tally thread_tally_all(void)
{
    struct tally sum = threads.ended;
    if (!lock_take(&threads.lock))
        return sum;
    sum = threads.ended;
    for (struct cache *cache = threads.first; cache; cache = cache->next)
        add_tally(&sum, &cache->tally);
    lock_release(&threads.lock);
    return sum;
}

static void count_cached(struct cached_count *sum, const struct cache *cache)
{
    sum->medium_chunks += cache->medium.chunks;
    sum->medium_bytes += cache->medium.bytes;
    for (unsigned sizeclass = CACHE_FIRST; sizeclass < CACHE_CLASSES; sizeclass++)
        sum->small[sizeclass] += cache_count(cache, sizeclass);
}

void thread_count_cached(const struct arena *a, struct cached_count *sum)
{
    *sum = (struct cached_count){.medium_chunks = 0};
    if (!lock_take(&threads.lock))
        return;
    for (struct cache *cache = threads.first; cache; cache = cache->next)
        if (cache->arena == a)
            count_cached(sum, cache);
    lock_release(&threads.lock);
}

static unsigned hold_all(unsigned milliseconds)
{
    unsigned missed = !lock_hold(&threads.lock, milliseconds);
    return missed + arenas_hold(milliseconds);
}

void thread_hold(void)
{
    /* Milliseconds for each lock.  A holder may lose its processor for longer than a time slice. */
    enum { WAIT = 50, WAIT_INTERRUPTED = 2, ROUNDS_AT_MOST = 5 };
    bool interrupted = lock_is_interrupted(&threads.lock) || arenas_are_interrupted();
    unsigned wait = interrupted ? WAIT_INTERRUPTED : WAIT;
    lock_ask_way();
    for (unsigned round = 1; hold_all(wait) > 0; round++) {
        if (interrupted && round == ROUNDS_AT_MOST)
            break;
        /* Whoever waits for what we hold goes first. */
        thread_let_go();
        sched_yield();
    }
    lock_end_way();
}

void thread_let_go(void)
{
    arenas_let_go();
    lock_let_go(&threads.lock);
}

void thread_inherit(void)
{
    struct cache *own = thread.own;
    lock_forget_way();
    lock_abandon(&threads.lock);
    arenas_abandon();
    thread_let_go();
    arenas_keep_only(own ? own->home : NULL);
    if (!lock_take(&threads.lock))
        return;
    for (struct cache *next, *cache = threads.first; cache; cache = next) {
        next = cache->next;
        if (cache == own)
            continue;
        give_all_back(cache);
        retire(cache);
    }
    lock_release(&threads.lock);
}
