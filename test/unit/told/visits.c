/*
 * visits.c - what the thread sanitizer cannot see: a visit to another thread's cache (idle.h) is
 * ordered by membarrier and by a stack that was read.  So it is told, cache by cache, and by nobody
 * else: a thread's calls are over before a visit begins, and begin after it ends (K18).
 *
 * Linked into the storm with --wrap for the four functions below; it calls told_malloc for malloc.
 */
#include "thread.h"

#include <pthread.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

void *renamed_malloc(size_t n);
void *renamed_calloc(size_t count, size_t n);
void *renamed_realloc(void *user, size_t n);
void *renamed_memalign(size_t alignment, size_t n);
void *renamed_aligned_alloc(size_t alignment, size_t n);
int renamed_posix_memalign(void **out, size_t alignment, size_t n);
void renamed_free(void *user);

static void begin(void)
{
    if (thread.own)
        __tsan_acquire(thread.own);
}

static void end(void)
{
    if (thread.own)
        __tsan_release(thread.own);
}

static void *ended(void *user)
{
    end();
    return user;
}

void *told_malloc(size_t n)
{
    begin();
    return ended(renamed_malloc(n));
}

void *told_calloc(size_t count, size_t n)
{
    begin();
    return ended(renamed_calloc(count, n));
}

void *told_realloc(void *user, size_t n)
{
    begin();
    return ended(renamed_realloc(user, n));
}

void *told_memalign(size_t alignment, size_t n)
{
    begin();
    return ended(renamed_memalign(alignment, n));
}

void *told_aligned_alloc(size_t alignment, size_t n)
{
    begin();
    return ended(renamed_aligned_alloc(alignment, n));
}

int told_posix_memalign(void **out, size_t alignment, size_t n)
{
    begin();
    int result = renamed_posix_memalign(out, alignment, n);
    end();
    return result;
}

void told_free(void *user)
{
    begin();
    renamed_free(user);
    end();
}

void __real_thread_flush(void);
void __real_thread_empty(struct cache *cache);
void __real_thread_reopen(struct cache *cache);
int __real_pthread_key_create(pthread_key_t *key, void (*destructor)(void *));

void __wrap_thread_flush(void)
{
    begin();
    __real_thread_flush();
    end();
}

/* After the barrier. */
void __wrap_thread_empty(struct cache *cache)
{
    __tsan_acquire(cache);
    __real_thread_empty(cache);
}

void __wrap_thread_reopen(struct cache *cache)
{
    __tsan_release(cache);
    __real_thread_reopen(cache);
}

/* The end of a thread is a call, too. */
static void (*thread_end)(void *);

static void end_told(void *own)
{
    begin();
    thread_end(own);
    end();
}

int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    thread_end = destructor;
    return __real_pthread_key_create(key, end_told);
}
