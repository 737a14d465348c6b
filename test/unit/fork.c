/*
 * The child of a threaded process inherits what the dead threads had: what lay in their caches goes
 * home, their arenas serve new threads, no lock stays taken.  R13 and issue 2 item 5.
 */
#include "unit.h"

#include "arenas.h"
#include "check.h"
#include "runs_check.h"
#include "thread.h"
#include "threads.h"
#include "walk.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 3, BLOCKS = 300 };

static atomic_uint ready;
static atomic_bool enough;

/* From now on requests of n bytes get slots of runs: some of those lie ready as well. */
static void earn_runs(size_t n)
{
    static _Thread_local void *blocks[2000];
    for (unsigned i = 0; i < 2000; i++)
        blocks[i] = malloc(n);
    for (unsigned i = 0; i < 2000; i++)
        free(blocks[i]);
}

/* Fill a cache of its own, and an outbox with blocks of the main arena, and stay alive. */
static void *hoard(void *of_main)
{
    void *own[BLOCKS], **foreign = of_main;
    earn_runs(64);
    for (unsigned i = 0; i < BLOCKS; i++)
        own[i] = malloc(16 + i % 40 * 16);
    for (unsigned i = 0; i < BLOCKS; i++)
        free(own[i]);
    for (unsigned i = 0; i < BLOCKS; i++)
        free(foreign[i]);
    atomic_fetch_add(&ready, 1);
    while (!atomic_load(&enough))
        usleep(1000);
    return NULL;
}

static size_t chunks_cached(void)
{
    size_t chunks = 0;
    for (struct arena *a = arenas_first(); a; a = arenas_next(a)) {
        struct cached_count count;
        thread_count_cached(a, &count);
        chunks += count.medium_chunks;
        for (size_t i = 0; i < CACHE_LISTS; i++)
            chunks += count.small[i];
    }
    return chunks;
}

static void count_one(struct chunk *c, enum walked_state state, void *count)
{
    (void)c;
    *(size_t *)count += state == WALKED_IN_USE;
}

/* Chunks that are neither free nor in a fast bin, and slots: of users, and ready in caches. */
static size_t chunks_in_use(void)
{
    size_t count = 0;
    for (struct arena *a = arenas_first(); a; a = arenas_next(a)) {
        lock_take(&a->lock);
        arena_put_received(a);
        walk_arena(a, count_one, &count);
        count -= a->fast.count;
        count += runs_count_used(&a->runs);
        lock_release(&a->lock);
    }
    return count;
}

static unsigned count_arenas(void)
{
    unsigned count = 0;
    for (struct arena *a = arenas_first(); a; a = arenas_next(a))
        count++;
    return count;
}

static void *use_memory(void *arena)
{
    char *user = malloc(5000);
    *(struct arena **)arena = arenas_owner(chunk_of(user));
    free(user);
    return NULL;
}

/* One thread after another, all alive in the parent: each finds an arena that is there already. */
static bool new_threads_take_over(unsigned arenas)
{
    struct arena *arena = NULL;
    pthread_t taker;
    if (begin_thread(&taker, use_memory, &arena) != 0)
        return false;
    pthread_join(taker, NULL);
    return arena && arena != &main_arena && count_arenas() == arenas;
}

static unsigned threads_counted(void)
{
    unsigned sum = 0;
    for (struct arena *a = arenas_first(); a; a = arenas_next(a))
        sum += a->threads;
    return sum;
}

static size_t bits_of_child(void)
{
    unsigned arenas = count_arenas();
    size_t bits = check_all() == 0;
    bits |= (size_t)(threads_counted() == 1) << 1;
    thread_flush();
    /* All blocks were freed; the C library has a few for its threads. */
    bits |= (size_t)(chunks_cached() == 0 && chunks_in_use() < 10 * THREADS) << 2;
    bits |= (size_t)new_threads_take_over(arenas) << 3;
    bits |= (size_t)(check_all() == 0) << 4;
    return bits;
}

static void live_as_child(void *unused)
{
    (void)unused;
    _exit((int)bits_of_child());
}

int main(void)
{
    static void *foreign[THREADS][BLOCKS];
    pthread_t threads[THREADS];
    alarm(50);
    earn_runs(50);
    for (unsigned i = 0; i < THREADS * BLOCKS; i++)
        foreign[i / BLOCKS][i % BLOCKS] = malloc(i % 3 ? 50 : 100 + i % 500);
    for (unsigned i = 0; i < THREADS; i++)
        begin_thread(&threads[i], hoard, foreign[i]);
    for (unsigned waited = 0; atomic_load(&ready) < THREADS && waited < 20000; waited++)
        usleep(1000);
    size_t cached = chunks_cached();
    ok(region_of(foreign[0][1]) == REGION_RUNS, "some_of_them_slots");
    ok(ready == THREADS && cached > 0 && count_arenas() == THREADS + 1,
       "threads_with_full_caches (R3: %zu chunks, %u arenas)", cached, count_arenas());
    struct told t = told_by(live_as_child, NULL);
    int bits = WIFEXITED(t.status) ? WEXITSTATUS(t.status) : 0;
    ok(bits & 1, "the_child_has_a_whole_heap (status 0x%x)", (unsigned)t.status);
    ok(bits & 2, "only_its_own_thread_counts");
    ok(bits & 4, "what_dead_threads_had_ready_goes_home");
    ok(bits & 8, "their_arenas_serve_its_new_threads (R13)");
    ok(bits & 16, "and_all_laws_hold_then");
    ok(chunks_cached() >= cached && check_all() == 0, "the_parent_keeps_its_own");
    atomic_store(&enough, true);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ok(threads_counted() == 1, "ended_threads_are_counted_no_more");
    return done();
}
