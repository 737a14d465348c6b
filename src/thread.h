/*
 * thread.h - one thread: its cache and its arena, from its first call to its end and after.
 *
 *   before the first call      `open` is a closed cache: every request takes the slow way
 *   after it                   `own` is the thread's cache; `open` too, unless every call is to be
 *                              watched, or in classic mode: then `open` stays closed
 *   after its end              destructors of other libraries may still come: they are served
 *                              straight from the arenas, with no cache
 *
 * Lock order: the list of threads, then arenas.h's.
 */
#ifndef ASHLAR_THREAD_H
#define ASHLAR_THREAD_H

#include "tcache.h"

struct thread {
    struct cache *open; /* what malloc and free look at; never NULL */
    struct cache *own;  /* NULL before the first call and after the end */
    bool ended;
    bool apart;     /* what it takes now must not stand among the program's blocks */
    bool inside;    /* on the slow way: nobody else may empty the cache */
    uint8_t rounds; /* of key destructors that have passed */
};

/* Static TLS is scarce where the library is opened late. */
static_assert(sizeof(struct thread) <= 3 * WORD, "two words and a flag");

extern __attribute__((visibility("hidden"))) _Thread_local struct thread thread;

/* Where the quick ways of malloc, calloc and free are, and nothing else: see idle.h. */
#define QUICK_WAY __attribute__((section("ashlar_quick")))

/* For descriptor.h: where the first cache is named, of living threads and of those unused. */
extern __attribute__((visibility("hidden"))) struct cache *const *const thread_root;
extern __attribute__((visibility("hidden"))) struct cache *const *const thread_unused_root;

/* Called once, before everything else here. */
void thread_begin(void);

/* The calling thread, the library's own, never has a cache. */
void thread_do_without(void);

/* Until nobody else empties the calling thread's cache. */
void thread_wait_for_visitor(void);

/* The calling thread's cache; NULL if it has to do without one. */
struct cache *thread_cache(void);

/*
 * Every slow way through a door is between these two; the first returns what the second is given.
 * If somebody empties this thread's cache just now, the thread waits for that.
 */
static inline bool thread_enter(void)
{
    bool before = thread.inside;
    __atomic_store_n(&thread.inside, true, __ATOMIC_RELAXED);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (unlikely(thread.own && thread.own->visited))
        thread_wait_for_visitor();
    return before;
}

static inline void thread_leave(bool before)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&thread.inside, before, __ATOMIC_RELAXED);
}

/* Return all that lies in the calling thread's cache and outboxes. */
void thread_flush(void);

/* From now on every call takes the slow way, in all threads (in others, from about now on). */
void thread_watch(void);

/* The calling thread's counts; NULL if it has none. */
struct tally *thread_tally(void);

/* The counts of all threads that there are and were. */
struct tally thread_tally_all(void);

/* What lies ready in caches: small blocks by list, and what lies on shelves. */
struct cached_count {
    size_t small[CACHE_LISTS];
    size_t medium_chunks, medium_bytes;
};

/* Count for the threads that take from an arena; exact while they do not use their caches. */
void thread_count_cached(const struct arena *a, struct cached_count *sum);

/* Bytes of the spans that lie ready in all caches, and how many these are; no more exact. */
size_t thread_count_spans(size_t *count);

/* Call visit(cache, context) for every cache there is, those without a thread too; no lock but theirs. */
void thread_each_cache(void (*visit)(const struct cache *, void *), void *context);

/* No thread has a cache. */
bool thread_is_none(void);

/*
 * For idle.h.  All caches, their list locked; NULL if there are none, but unlock all the same.  The
 * rest here wants it locked.
 */
struct cache *thread_lock_list(void);
void thread_unlock_list(void);

/* Let go of the memory of caches whose threads have ended a while ago. */
void thread_trim_unused(bool *waiting);

/* Whether it is the calling thread's. */
bool thread_owns(const struct cache *cache);

/* Close the quick way of a cache's thread, and open it again. */
void thread_close(struct cache *cache);
void thread_reopen(struct cache *cache);

/* Whether its thread is on a slow way, after a barrier. */
bool thread_is_inside(const struct cache *cache);

/* Whether code at this address is on the quick way. */
bool thread_is_on_quick_way(uintptr_t address);

/* Take out all there is, and let go of the memory it lay in. */
void thread_empty(struct cache *cache);

/*
 * For fork: hold all locks, let them go, and in the child take over what dead threads had.
 *
 * Nobody waits for ever.  Two threads whose signal handlers both fork, each having interrupted an
 * operation, would wait for each other: then the locks that cannot be had are abandoned in the
 * child, with the arenas they belong to.
 */
void thread_hold(void);
void thread_let_go(void);
void thread_inherit(void);

#endif
