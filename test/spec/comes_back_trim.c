/*
 * comes_back_trim.c - D8, M11: malloc_trim(0) returns all that can be returned, of every kind, in
 * every arena and every thread's cache, and says truly whether it did.
 *
 * Nothing goes back by itself here (decay=-1), so that each call's own effect is seen.
 *
 * @test timeout=60
 */
#include "chain.h"

enum {
    OWN_KIB = 2500, /* of a process that holds nothing, as M11 has it */
    STAYS = 250,
    THREADS = 20,
    EACH_KIB = 16,        /* what may stay for each sleeping thread: its pages of lists */
    ROUGH_EACH_KIB = 160, /* the same where its heap has holes: their edges, tables, a last top */
};

static char *survivors[THREADS + 1];

/* One kind of blocks each: in runs, in chunks, between both, large, with mappings of their own. */
static char *leave_garbage(uint64_t random)
{
    static const struct sizes kinds[] = {{64, 0}, {16, 1000}, {1100, 30000}, {50000, 60000}};
    char *kept = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char *chain = chain_thin(chain_take(4 * MIB, kinds[i], random + i), STAYS);
        for (char *block = chain; block; block = chain) { /* all survivors in one chain */
            chain = chain_next(block);
            memcpy(block, &kept, sizeof kept);
            kept = block;
        }
    }
    for (int i = 0; i < 4; i++)
        chain_put(chain_take(4 * MIB, (struct sizes){700000, 600000}, random));
    return kept;
}

/* Without the pages of files: the code of the first call of anything becomes resident. */
static long anonymous_kib(void)
{
    return number_in("/proc/self/smaps_rollup", "Anonymous:");
}

/* The call says 1 and leaves little; a second one finds nothing and changes nothing. */
static void trim_returns_all(long bound)
{
    long before = anonymous_kib();
    int said = malloc_trim(0);
    long after = anonymous_kib(), resident = rss_kib();
    int again = malloc_trim(0);
    long later = anonymous_kib();
    note("malloc_trim(0): %ld KiB became %ld, %ld with files' pages; at most %ld may stay", before,
         after, resident, bound);
    expect(said == 1, "it says 1");
    expect(resident <= bound, "%ld KiB of at most %ld stay", resident, bound);
    expect(again == 0, "a second call says 0");
    expect(later == after, "a second call makes %ld KiB of %ld", later, after);
}

static void main_arena(void)
{
    survivors[0] = leave_garbage(1);
    trim_returns_all(chain_pages_kib(survivors[0]) + OWN_KIB);
}

static pthread_barrier_t garbage_is_left;

static void *leaves_garbage_and_sleeps(void *arg)
{
    *(char **)arg = leave_garbage((uintptr_t)arg);
    pthread_barrier_wait(&garbage_is_left);
    scene_sleeps();
    return NULL;
}

static void *leaves_garbage_and_ends(void *arg)
{
    *(char **)arg = leave_garbage((uintptr_t)arg);
    return NULL;
}

static void other_arenas(void *(*work)(void *))
{
    pthread_t thread[THREADS];
    long bound = OWN_KIB + THREADS * ROUGH_EACH_KIB;
    pthread_barrier_init(&garbage_is_left, NULL, THREADS + 1);
    for (size_t i = 0; i < THREADS; i++)
        thread_start(&thread[i], work, &survivors[i]);
    if (work == leaves_garbage_and_sleeps) {
        pthread_barrier_wait(&garbage_is_left);
        await_sleepers(THREADS);
    } else
        for (size_t i = 0; i < THREADS; i++)
            pthread_join(thread[i], NULL);
    for (size_t i = 0; i < THREADS; i++)
        bound += chain_pages_kib(survivors[i]);
    trim_returns_all(bound);
}

static void sleeping_threads(void)
{
    other_arenas(leaves_garbage_and_sleeps);
}

static void ended_threads(void)
{
    other_arenas(leaves_garbage_and_ends);
}

/* Only what lies ready in a cache: a few blocks of every size, freed by their thread. */
static void *fills_its_cache_and_sleeps(void *arg)
{
    char *block[8];
    for (size_t n = 16; n < 16000; n += n / 8 + 8) {
        for (size_t i = 0; i < 8; i++)
            memset(block[i] = have(malloc(n), "malloc"), 1, n);
        for (size_t i = 0; i < 8; i++)
            free(block[i]);
    }
    *(char **)arg = NULL;
    pthread_barrier_wait(&garbage_is_left);
    scene_sleeps();
    return NULL;
}

static void sleeping_caches(void)
{
    pthread_t thread;
    pthread_barrier_init(&garbage_is_left, NULL, THREADS + 1);
    for (size_t i = 0; i < THREADS; i++)
        thread_start(&thread, fills_its_cache_and_sleeps, &survivors[i]);
    pthread_barrier_wait(&garbage_is_left);
    await_sleepers(THREADS);
    trim_returns_all(OWN_KIB + THREADS * EACH_KIB);
}

/* 1 if and only if the resident size fell, from nothing to much that is free. */
static void says_the_truth(void)
{
    static const size_t bytes[] = {0, 0, 64, 2000, 0, 100000, MIB, 0, 10 * MIB, 0, 0};
    malloc_trim(0);
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
        chain_put(chain_take(bytes[i], (struct sizes){bytes[i] < MIB ? 64 : 3000, 0}, 1));
        /* Addresses are memory too: a break may be lowered whose pages nobody had touched. */
        const char *end = sbrk(0);
        long before = anonymous_kib();
        int said = malloc_trim(0);
        long after = anonymous_kib();
        expect(said == (after < before || (const char *)sbrk(0) < end),
               "after %zu bytes: it says %d, %ld KiB became %ld", bytes[i], said, before, after);
    }
}

/* Wherever in its page the top begins, one call leaves it nothing that another would return. */
static void every_place_of_the_top(void)
{
    size_t twice = 0;
    for (size_t i = 0; i < page_size() / CHUNK_ALIGN; i++) {
        have(malloc(65 * CHUNK_ALIGN - WORD), "malloc"); /* 65 is no divisor of a page */
        char *large = memset(have(malloc(100000), "malloc"), 1, 100000);
        free(large);
        malloc_trim(0);
        twice += malloc_trim(0) != 0;
    }
    expect(twice == 0, "%zu times a second call found something", twice);
}

#define NEVER "ASHLAR_DECAY=-1"

static const struct scene scenes[] = {
    {"D8 M11 malloc_trim(0) empties the main arena", main_arena, .settings = {NEVER}},
    {"D8 malloc_trim(0) empties the arenas of sleeping threads", sleeping_threads,
     .settings = {NEVER}},
    {"D8 malloc_trim(0) empties the arenas of threads that have ended", ended_threads,
     .settings = {NEVER}},
    {"D8 malloc_trim(0) drains the caches of sleeping threads", sleeping_caches,
     .settings = {NEVER}},
    {"D8 malloc_trim(0) leaves nothing for a second one", every_place_of_the_top,
     .settings = {NEVER, "ASHLAR_TCACHE=0"}},
    {"D8 malloc_trim(0) says 1 if and only if memory went back", says_the_truth,
     .settings = {NEVER}},
};

int main(int argc, char **argv)
{
    scenes_watch(argc, argv, scenes, sizeof scenes / sizeof *scenes);
    return done();
}
