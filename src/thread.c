/*
 * thread.c - birth and end of one thread.
 */
#include "thread.h"

#include "arenas.h"
#include "kept.h"
#include "post.h"
#include "sys.h"
#include "tune.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

/*
 * What `open` is when nothing may be taken or put without a closer look.  Nobody writes to it, and
 * nobody reads more of it than the quick ways do: so it is no more than the front of a cache, which
 * the loader has to bring into memory in every process.
 */
#define FRONT offsetof(struct cache, capacity)

struct front {
    struct magazine first;
    char between[offsetof(struct cache, owner) - sizeof(struct magazine)];
    run_mark owner;
    char rest[FRONT - offsetof(struct cache, owner) - sizeof(run_mark)];
};
static_assert(offsetof(struct front, owner) == offsetof(struct cache, owner), "it looks like one");

#define CLOSED                                                                                     \
    {                                                                                              \
        .first = {&cache_nothing[CACHE_END], &cache_nothing[CACHE_END]},                           \
        .owner = (run_mark)UINT16_MAX * RUN_MARK_OFFSETS, /* nobody's */                           \
    }
static const struct front closed = CLOSED;
/* The same for as long as somebody visits: its address tells the two apart. */
static const struct front shut = CLOSED;

_Thread_local struct thread thread = {.open = (struct cache *)(uintptr_t)&closed};

/* So many caches cost no mapping of their own. */
enum { STATIC_CACHES = 8, CACHES_MAPPED_AT_ONCE = 4 };

/* POSIX promises four rounds of destructors at a thread's end. */
enum { ROUNDS_TO_WAIT = 2 };

static struct {
    struct lock lock;
    struct cache *first; /* of all living threads */
    struct cache *unused;
    unsigned living; /* how many are on the first list */
    unsigned static_used;
    struct tally ended; /* of threads that have ended */
    pthread_key_t key;
    bool key_made;
    _Atomic unsigned refused; /* how often thread_lock_list() has not got the lock */
} threads;

struct cache *const *const thread_root = &threads.first;
struct cache *const *const thread_unused_root = &threads.unused;

/* The GNU C library's loader tells where the first thread's stack begins. */
extern void *__libc_stack_end WEAK;

extern const char __start_ashlar_quick[] WEAK __attribute__((visibility("hidden")));
extern const char __stop_ashlar_quick[] WEAK __attribute__((visibility("hidden")));

static struct whole_cache static_caches[STATIC_CACHES] BEHIND_ALL;

static void thread_end(void *own);

void thread_begin(void)
{
    threads.key_made = pthread_key_create(&threads.key, thread_end) == 0;
}

/* More unused caches, from one mapping. */
static void map_caches(void)
{
    assert(lock_held(&threads.lock) && !threads.unused);
    size_t size = align_up(CACHES_MAPPED_AT_ONCE * sizeof(struct whole_cache), sys_page());
    struct whole_cache *whole = sys_map(size);
    for (size_t i = 0; whole && i < size / sizeof *whole; i++) {
        whole[i].cache.next = threads.unused;
        threads.unused = &whole[i].cache;
    }
}

/* A cache that is empty; the list is locked. */
static struct cache *new_cache(void)
{
    assert(lock_held(&threads.lock) && threads.static_used <= STATIC_CACHES);
    if (!threads.unused && threads.static_used < STATIC_CACHES)
        return cache_begin(&static_caches[threads.static_used++]);
    if (!threads.unused)
        map_caches();
    struct cache *cache = threads.unused;
    if (!cache)
        return NULL;
    threads.unused = cache->next;
    return cache_begin((struct whole_cache *)cache);
}

static void list_add(struct cache *cache)
{
    assert(lock_held(&threads.lock) && !cache->prev && !(threads.first && threads.first->prev));
    cache->next = threads.first;
    if (threads.first)
        threads.first->prev = cache;
    __atomic_store_n(&threads.first, cache, __ATOMIC_RELAXED);
    spans_shared_by(++threads.living);
}

/* The cache leaves the list, its counts stay.  The list is locked. */
static void list_remove(struct cache *cache)
{
    assert(lock_held(&threads.lock));
    assert(cache == (cache->prev ? cache->prev->next : threads.first)); /* K9 */
    if (cache->prev)
        cache->prev->next = cache->next;
    else
        __atomic_store_n(&threads.first, cache->next, __ATOMIC_RELAXED);
    if (cache->next)
        cache->next->prev = cache->prev;
    cache->next = threads.unused;
    threads.unused = cache;
    spans_shared_by(--threads.living);
}

/* Where the quick way of a cache's thread leads. */
static struct cache *open_for(struct cache *cache)
{
    bool closed_to_all = tune_is_watched() || !tune.tcache;
    return closed_to_all ? (struct cache *)(uintptr_t)&closed : cache;
}

static void set_open(void)
{
    struct cache *open = open_for(thread.own);
    assert(open);
    __atomic_store_n(&thread.open, open, __ATOMIC_RELAXED);
}

/* Who the calling thread is, for those who look after it.  Asked before others have to wait for it. */
struct who {
    int tid;
    uint32_t chance;
    bool is_first;
};

static struct who who_am_i(void)
{
    struct who me = {.tid = sys_thread()};
    me.is_first = sys_is_first_thread(me.tid);
    /* What an attacker must not know is worth asking the kernel for. */
    if (!SECURE || !sys_random(&me.chance, sizeof me.chance))
        me.chance = (uint32_t)me.tid * 2654435761U ^ (uint32_t)((uintptr_t)&me >> 4);
    return me;
}

static void introduce(struct cache *cache, struct who me)
{
    cache->tid = me.tid;
    cache->chance = me.chance;
    cache->until_guard = tune.guard_rate ? (ptrdiff_t)(cache->chance % tune.guard_rate) : 0;
    /* The stack of any other thread has its TLS at its upper end. */
    cache->is_first = me.is_first;
    cache->stack_end = !cache->is_first    ? (uintptr_t)&thread
                       : &__libc_stack_end ? (uintptr_t)__libc_stack_end
                                           : sys_first_stack_end();
}

/* The calling thread's first call.  NULL if it has to do without a cache. */
static struct cache *begin_thread(void)
{
    assert(!thread.own);
    struct who me = who_am_i();
    if (thread.ended || !lock_take(&threads.lock))
        return NULL;
    struct cache *cache = new_cache();
    if (cache) {
        introduce(cache, me);
        list_add(cache);
        thread.own = cache;
    }
    lock_release(&threads.lock);
    if (!cache)
        return NULL;
    set_open();
    /* May allocate, which works by now. */
    if (threads.key_made && pthread_setspecific(threads.key, cache) == 0)
        __atomic_store_n(&cache->thread, &thread, __ATOMIC_RELEASE);
    return cache;
}

struct cache *thread_cache(void)
{
    return likely(thread.own) ? thread.own : begin_thread();
}

/* Empty a cache that nobody uses, or the caller's own. */
static void give_all_back(struct cache *cache)
{
    void *blocks[2 * CACHE_MAGAZINE];
    for (unsigned list = CACHE_FIRST; list < CACHE_LISTS; list++)
        post_put_all(blocks, cache_empty(cache, list, blocks));
    for (unsigned n = 1; n <= cache->depot.begun; n++)
        post_put_all(blocks, depot_rescue(&cache->depot, n, blocks));
    depot_begin(&cache->depot, cache->depot.blocks);
    void *user;
    while ((user = medium_take_any(&cache->medium)))
        post_put_all(&user, 1);
    while ((user = kept_take_any(cache)))
        post_put_all(&user, 1);
    spans_flush(&cache->spans);
    post_flush(cache);
}

void thread_flush(void)
{
    bool before = thread_enter();
    if (thread.own)
        give_all_back(thread.own);
    thread_leave(before);
}

void thread_do_without(void)
{
    thread.ended = true;
}

bool thread_is_none(void)
{
    return !__atomic_load_n(&threads.first, __ATOMIC_RELAXED);
}

struct cache *thread_lock_list(void)
{
    /* Only a handler that has interrupted whoever has it cannot: it comes to its end first. */
    if (lock_take(&threads.lock))
        return threads.first;
    atomic_fetch_add(&threads.refused, 1);
    return NULL;
}

void thread_unlock_list(void)
{
    if (atomic_load(&threads.refused) > 0)
        atomic_fetch_sub(&threads.refused, 1);
    else
        lock_release(&threads.lock);
}

void thread_trim_unused(bool *waiting)
{
    if (!lock_take(&threads.lock))
        return;
    for (struct cache *cache = threads.unused; cache; cache = cache->next) {
        if (cache->seen_at == 0)
            continue;
        if (!decay_is_ripe(cache->seen_at)) {
            *waiting = true;
            continue;
        }
        cache_drop_storage(cache);
        cache->seen_at = 0;
    }
    lock_release(&threads.lock);
}

bool thread_owns(const struct cache *cache)
{
    return cache == thread.own;
}

/*
 * Not for the list's lock: the visitor may have gone on to another cache, and wait for a lock that
 * this thread holds, if this is a signal's handler.
 */
void thread_wait_for_visitor(void)
{
    _Atomic uint32_t nobody = 0;
    int saved = errno; /* free() must leave it alone, and waiting does not */
    while (atomic_load(&thread.own->visited))
        sys_sleep_on(&nobody, 0, 1);
    errno = saved;
}

void thread_close(struct cache *cache)
{
    assert(lock_held(&threads.lock) && !thread_owns(cache));
    atomic_store(&cache->visited, true);
    cache->open_before = __atomic_exchange_n(&cache->thread->open, (struct cache *)(uintptr_t)&shut,
                                             __ATOMIC_SEQ_CST);
}

void thread_reopen(struct cache *cache)
{
    assert(lock_held(&threads.lock));
    /* What the thread itself has done to it meanwhile stays. */
    struct cache *expected = (struct cache *)(uintptr_t)&shut;
    __atomic_compare_exchange_n(&cache->thread->open, &expected, cache->open_before, false,
                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    atomic_store(&cache->visited, false);
}

bool thread_is_inside(const struct cache *cache)
{
    return __atomic_load_n(&cache->thread->inside, __ATOMIC_SEQ_CST);
}

bool thread_is_on_quick_way(uintptr_t address)
{
    return address >= (uintptr_t)__start_ashlar_quick && address < (uintptr_t)__stop_ashlar_quick;
}

void thread_empty(struct cache *cache)
{
    give_all_back(cache);
    cache_drop_storage(cache);
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
    cache->seen_at = decay_now();
}

/* The destructor of the thread's key: it ends, though calls may still come. */
static void thread_end(void *own)
{
    struct cache *cache = own;
    assert(cache && cache == thread.own && !thread.ended);
    /*
     * Other destructors go first, since they free: come again in the next rounds, of four or more.
     */
    if (thread.rounds < ROUNDS_TO_WAIT && pthread_setspecific(threads.key, own) == 0) {
        thread.rounds++;
        return;
    }
    /* For good: nobody else is to empty the cache from now on. */
    thread_enter();
    __atomic_store_n(&thread.open, (struct cache *)(uintptr_t)&closed, __ATOMIC_RELAXED);
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
    bool before = thread_enter();
    if (thread.own)
        set_open();
    thread_leave(before);
}

struct tally *thread_tally(void)
{
    struct cache *cache = thread_cache();
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
    for (unsigned list = CACHE_FIRST; list < CACHE_LISTS; list++)
        sum->small[list] += cache_count(cache, list);
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

size_t thread_count_spans(size_t *count)
{
    size_t bytes = 0;
    *count = 0;
    if (!lock_take(&threads.lock))
        return 0;
    for (struct cache *cache = threads.first; cache; cache = cache->next) {
        *count += cache->spans.count;
        bytes += cache->spans.bytes;
    }
    lock_release(&threads.lock);
    return bytes;
}

void thread_each_cache(void (*visit)(const struct cache *, void *), void *context)
{
    if (!lock_take(&threads.lock))
        return;
    for (const struct cache *cache = threads.first; cache; cache = cache->next)
        visit(cache, context);
    for (const struct cache *cache = threads.unused; cache; cache = cache->next)
        visit(cache, context);
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
    if (own) {
        introduce(own, who_am_i());
        own->visited = false;
        set_open();
    }
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
