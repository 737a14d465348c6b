/*
 * runs_threads.c - slots and threads: freed by others, more threads than arenas, fork.
 */
#include "runs.h"

#include <stdatomic.h>

enum { COUNT = 50000, THREADS = 8, ROUNDS = 12 };

static size_t size_of(size_t i)
{
    return 1 + i * 7 % 300;
}

static void take_all(void **blocks, size_t count, uint64_t seed)
{
    for (size_t i = 0; i < count; i++) {
        blocks[i] = malloc(size_of(i));
        pattern_fill(blocks[i], size_of(i), seed + i);
    }
}

static bool are_whole(void **blocks, size_t count, uint64_t seed)
{
    bool holds = true;
    for (size_t i = 0; i < count; i++)
        holds &= pattern_holds(blocks[i], size_of(i), size_of(i), seed + i);
    return holds;
}

static void free_all(void **blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(blocks[i]);
}

static void *main_blocks[COUNT];

static void *check_and_free(void *holds)
{
    *(bool *)holds = are_whole(main_blocks, COUNT, 1);
    free_all(main_blocks, COUNT);
    return NULL;
}

static bool run_thread(void *(*work)(void *))
{
    bool holds = false;
    pthread_t thread;
    return pthread_create(&thread, NULL, work, &holds) == 0 && pthread_join(thread, NULL) == 0 &&
           holds;
}

/* What others free comes back: the process stays as large as it is after the first rounds. */
static bool others_may_free(void)
{
    size_t early = 0;
    bool holds = true;
    for (int round = 0; round < ROUNDS; round++) {
        take_all(main_blocks, COUNT, 1);
        holds &= is_slot(main_blocks[COUNT - 1]) && run_thread(check_and_free);
        if (round == 1)
            early = resident();
    }
    note("resident %zu KiB, then %zu KiB", early / KIB, resident() / KIB);
    return holds && resident() < early + 2 * MIB;
}

static void *take_for_main(void *holds)
{
    take_all(main_blocks, COUNT, 1);
    *(bool *)holds = is_slot(main_blocks[COUNT - 1]);
    return NULL;
}

/* The thread that took them has ended meanwhile, and new ones took over its arena. */
static bool main_may_free(void)
{
    bool holds = true;
    for (int round = 0; round < ROUNDS; round++) {
        holds &= run_thread(take_for_main) && are_whole(main_blocks, COUNT, 1);
        free_all(main_blocks, COUNT);
    }
    return holds && heap_is_sound();
}

static bool free_in_child(void)
{
    bool holds = are_whole(main_blocks, COUNT, 1);
    for (size_t i = 0; i < COUNT; i += 2)
        free(main_blocks[i]);
    for (size_t i = 0; i < COUNT; i += 2) {
        main_blocks[i] = malloc(size_of(i));
        pattern_fill(main_blocks[i], size_of(i), 1 + i);
    }
    holds &= are_whole(main_blocks, COUNT, 1) && heap_is_sound();
    free_all(main_blocks, COUNT);
    malloc_trim(0);
    return holds && heap_is_sound() && run_thread(take_for_main);
}

static bool fork_with_runs(void)
{
    take_all(main_blocks, COUNT, 1);
    bool holds = holds_in_child(free_in_child, 20) && are_whole(main_blocks, COUNT, 1);
    free_all(main_blocks, COUNT);
    return holds && heap_is_sound();
}

/* Blocks that lie ready to be freed by whoever comes. */
static _Atomic(void *) exchange[1024];
static atomic_bool damaged, enough;

static void swap_one(uint64_t *state)
{
    uint64_t roll = random_next(state);
    size_t n = 16 + roll % 500;
    uint64_t *block = malloc(n);
    block[0] = n;
    block[1] = ~n;
    uint64_t *other = atomic_exchange(&exchange[roll >> 32 & 1023], block);
    if (other && (other[0] != ~other[1] || malloc_usable_size(other) < other[0]))
        atomic_store(&damaged, true);
    free(other);
}

static void *trade(void *seed)
{
    uint64_t state = (uint64_t)(uintptr_t)seed;
    for (int i = 0; i < 100000; i++)
        swap_one(&state);
    return NULL;
}

static void *trade_until_told(void *seed)
{
    while (!atomic_load(&enough))
        trade(seed);
    return NULL;
}

static void empty_exchange(void)
{
    for (size_t i = 0; i < 1024; i++)
        free(atomic_exchange(&exchange[i], NULL));
}

static bool start(pthread_t *threads, void *(*work)(void *))
{
    for (size_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, (void *)(i + 1)) != 0)
            return false;
    return true;
}

static void join(pthread_t *threads)
{
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static bool threads_share_arenas(void)
{
    pthread_t threads[THREADS];
    if (!start(threads, trade))
        return false;
    join(threads);
    bool sound = heap_is_sound();
    empty_exchange();
    return sound && heap_is_sound() && !damaged;
}

static bool trade_in_child(void)
{
    for (size_t i = 0; i < 1024; i++) {
        uint64_t *block = atomic_exchange(&exchange[i], NULL);
        if (block && block[0] != ~block[1])
            return false;
        free(block);
    }
    trade((void *)99);
    return heap_is_sound() && !damaged;
}

static bool fork_while_others_trade(void)
{
    pthread_t threads[THREADS];
    bool holds = start(threads, trade_until_told);
    for (int i = 0; i < 10 && holds; i++) {
        holds = holds_in_child(trade_in_child, 10);
        usleep(10000);
    }
    atomic_store(&enough, true);
    join(threads);
    empty_exchange();
    return holds && heap_is_sound();
}

/* Many arenas at once: each has runs of its own. */
enum { CROWD = 270, CROWD_BLOCKS = 2000 };

static pthread_barrier_t all_have;
static atomic_uint with_slots, wrong;

static void *use_as_one_of_many(void *unused)
{
    void **blocks = malloc(CROWD_BLOCKS * sizeof *blocks), *aligned = NULL;
    take_all(blocks, CROWD_BLOCKS, 5);
    for (size_t i = 0; i < 20; i++) {
        earn(64);
        bool right = posix_memalign(&aligned, 64, 64) == 0 && is_aligned(aligned, 64);
        atomic_fetch_add(&wrong, !right);
        atomic_fetch_add(&with_slots, i == 0 && is_slot(aligned));
        free(aligned);
    }
    pthread_barrier_wait(&all_have);
    atomic_fetch_add(&wrong, !are_whole(blocks, CROWD_BLOCKS, 5));
    free_all(blocks, CROWD_BLOCKS);
    free(blocks);
    return unused;
}

static bool a_crowd_is_served(void)
{
    static pthread_t threads[CROWD];
    size_t born = 0;
    mallopt(M_ARENA_MAX, CROWD + 10);
    pthread_barrier_init(&all_have, NULL, CROWD);
    while (born < CROWD && pthread_create(&threads[born], NULL, use_as_one_of_many, NULL) == 0)
        born++;
    if (born < CROWD)
        return false;
    for (size_t i = 0; i < CROWD; i++)
        pthread_join(threads[i], NULL);
    note("%u of %d threads had slots; %u things were wrong", with_slots, (int)CROWD, wrong);
    return with_slots == CROWD && wrong == 0;
}

int main(void)
{
    if (!on_ashlar()) {
        tap_print("1..0 # SKIP runs are ashlar's\n");
        return 0;
    }
    mallopt(M_ARENA_MAX, 3);
    ok(others_may_free(), "slots_freed_by_another_thread_come_back (R8)");
    ok(main_may_free(), "slots_of_a_thread_that_has_ended_go_home (R8 R13)");
    ok(fork_with_runs(), "a_child_has_its_own_copy_of_runs");
    ok(threads_share_arenas(), "more_threads_than_arenas_share_runs (R4)");
    ok(fork_while_others_trade(), "a_child_inherits_runs_that_others_were_using");
    ok(a_crowd_is_served(), "each_of_many_arenas_has_runs (R3)");
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
