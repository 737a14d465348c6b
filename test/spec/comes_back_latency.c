/*
 * comes_back_latency.c - D9, D10: nobody waits for a busy arena longer than for one bounded
 * operation, and no call does more than a bounded part of the work.
 *
 * One thread returns 256 MiB of a single arena at a time, by malloc_trim(0); meanwhile another
 * allocates from that arena and frees into it.  Of several rounds the best one's longest wait
 * counts: what a busy machine adds is not the allocator's.
 *
 * @test timeout=60
 */
#include "chain.h"

enum { ROUNDS = 7, ROUND_MIB = 256, LONGEST_MS = 10, WAYS = 3 };

static atomic_bool over;
static atomic_int moment; /* grows when a trim begins and when it ends: odd while one is at work */
static _Atomic double longest[WAYS]; /* seconds, of one round */
static atomic_long operations;
static char *remote; /* blocks of main's, for the other one to free */

static void pair_of_the_arena(size_t i)
{
    free(malloc(1100 + i % 400 * 64)); /* no two in turn of one size */
}

static void pair_of_the_cache(size_t i)
{
    (void)i;
    free(malloc(64));
}

static void remote_free(size_t i)
{
    char *block = remote;
    (void)i;
    if (!block)
        return;
    remote = chain_next(block);
    free(block);
}

/* An operation counts when a trim was at work for any part of it. */
static void *works(void *arg)
{
    static void (*const ways[WAYS])(size_t) = {pair_of_the_arena, pair_of_the_cache, remote_free};
    for (size_t i = 0; !atomic_load(&over); i++) {
        int then = atomic_load(&moment);
        double begin = seconds_now();
        ways[i % WAYS](i / WAYS);
        double took = seconds_now() - begin;
        if (then % 2 == 0 && atomic_load(&moment) == then)
            continue;
        atomic_fetch_add(&operations, 1);
        if (took > atomic_load(&longest[i % WAYS]))
            atomic_store(&longest[i % WAYS], took);
    }
    return arg;
}

/* One round: the longest wait of each way into best[], the time of the trim as result. */
static double one_round(double *best)
{
    remote = chain_take(16 * MIB, (struct sizes){200, 0}, 1);
    /* The pages between are free, in chunks of many pages. */
    char *rest = chain_thin(chain_take(ROUND_MIB * MIB, (struct sizes){30000, 0}, 1), 64);
    for (int i = 0; i < WAYS; i++)
        atomic_store(&longest[i], 0);
    atomic_fetch_add(&moment, 1);
    double begin = seconds_now();
    malloc_trim(0);
    double took = seconds_now() - begin;
    atomic_fetch_add(&moment, 1);
    for (int i = 0; i < WAYS; i++)
        best[i] = atomic_load(&longest[i]) < best[i] ? atomic_load(&longest[i]) : best[i];
    chain_put(rest);
    return took;
}

static void trimmed_beside_work(void)
{
    static const char *const names[] = {"a pair of the arena's", "a pair of the cache's",
                                        "a remote free"};
    double best[] = {9, 9, 9}, took = 0;
    pthread_t worker;
    thread_start(&worker, works, NULL);
    for (int round = 0; round < ROUNDS; round++)
        took += one_round(best) / ROUNDS;
    atomic_store(&over, true);
    pthread_join(worker, NULL);
    note("a trim takes %.1f ms, beside which %ld operations were done", took * 1e3,
         atomic_load(&operations) / ROUNDS);
    expect(atomic_load(&operations) > 100 * ROUNDS, "the other thread goes on meanwhile");
    for (int i = 0; i < WAYS; i++) {
        note("%s waits %.3f ms", names[i], best[i] * 1e3);
        expect(best[i] * 1e3 <= LONGEST_MS, "%s waits %.1f ms", names[i], best[i] * 1e3);
    }
}

/* The longest of the calls that a thread makes while the decay time of so much comes and goes. */
static double longest_call(void)
{
    double most = 0;
    for (size_t i = 0; i < 300; i++) {
        double begin = seconds_now();
        pair_of_the_arena(i);
        double took = seconds_now() - begin;
        most = took > most ? took : most;
        rest_ms(1);
    }
    return most;
}

/* Without a helper the calls themselves do the work; many small holes make much of it. */
static void work_in_calls(size_t size, size_t stays)
{
    double best = 9;
    for (int round = 0; round < ROUNDS / 2 + 1; round++) {
        char *rest = chain_thin(chain_take(ROUND_MIB * MIB, (struct sizes){size, 0}, 1), stays);
        double most = longest_call();
        best = most < best ? most : best;
        chain_put(rest);
    }
    note("holes of %zu blocks of %zu bytes: the longest call takes %.3f ms", stays - 1, size,
         best * 1e3);
    expect(best * 1e3 <= LONGEST_MS, "the longest call takes %.1f ms", best * 1e3);
}

static void work_on_large_holes(void)
{
    work_in_calls(30000, 64);
}

static void work_on_small_holes(void)
{
    work_in_calls(3000, 5);
}

static void work_on_runs(void)
{
    work_in_calls(200, 400);
}

#define ALONE "ASHLAR_BACKGROUND=0"
#define SOON "ASHLAR_DECAY=100"

static const struct scene scenes[] = {
    {"D9 a trim of 256 MiB lets others into the arena within 10 ms", .play = trimmed_beside_work,
     .settings = {"ASHLAR_ARENA_MAX=1", "ASHLAR_DECAY=-1"}},
    {"D9 D10 returning large holes takes no call longer than 10 ms", .play = work_on_large_holes,
     .settings = {ALONE, SOON}},
    {"D9 D10 returning small holes takes no call longer than 10 ms", .play = work_on_small_holes,
     .settings = {ALONE, SOON}},
    {"D9 D10 returning empty slots takes no call longer than 10 ms", .play = work_on_runs,
     .settings = {ALONE, SOON}},
};

int main(int argc, char **argv)
{
    scenes_watch(argc, argv, scenes, sizeof scenes / sizeof *scenes);
    return done();
}
