/*
 * arenas.c - which arena a thread gets, how many there are, and what serves the next thread.
 *
 * Proves R1 R2 R3 R7 R13; sharing at the limit (R4 R5 R8) is in arenas_shared.c.
 *
 * @test both
 */
#include <sched.h>

#include "crowd.h"

static struct member crowd[CROWD_MAX];

static void *the_first_request_of_a_thread(void *arg)
{
    struct region heap, rest;
    struct block b = block_take(1);
    uintptr_t base = heap_base(b.p);
    (void)arg;
    ok(flags_of(b.p) & N_BIT, "R1 a thread's first malloc is not served by the main arena");
    ok(region_at(base, &heap) && region_readable_writable(&heap) && heap.start <= base,
       "R1 a range aligned to HEAP_MAX begins there, rw-p");
    show_region("used", &heap);
    ok(heap.end - base == 132 * KIB || page_size() != 4096, "R1 its first 132 KiB are rw-p");
    ok(region_at(heap.end, &rest) && rest.start == heap.end && region_reserved(&rest),
       "R1 the rest is ---p");
    show_region("reserved", &rest);
    ok(rest.end >= base + HEAP_MAX, "R1 up to HEAP_MAX");
    block_put(&b);
    return NULL;
}

static void *growing_on_demand(void *arg)
{
    enum { COUNT = WORD == 8 ? 500 : 200 }; /* not a whole heap */
    static struct block b[COUNT];
    struct region heap, rest;
    (void)arg;
    blocks_take(b, COUNT, 2000);
    uintptr_t base = heap_base(b[0].p);
    size_t outside = 0;
    for (size_t i = 0; i < COUNT; i++)
        outside += heap_base(b[i].p) != base;
    ok(outside == 0, "R1 a heap holds all that fits into its range");
    ok(region_at(base, &heap) && heap.end - base > COUNT * 2000 && heap.end - base < 2 * MIB,
       "R1 it is grown on demand");
    ok(region_at(heap.end, &rest) && region_reserved(&rest), "R1 what is not needed stays ---p");
    blocks_put(b, COUNT);
    return NULL;
}

static void a_threads_heap(void)
{
    on_thread(the_first_request_of_a_thread, NULL);
    on_thread(growing_on_demand, NULL);
}

/* As many threads at once as ask for an arena each; returns how many arenas they have with main. */
static size_t arenas_for(size_t threads)
{
    struct block mine = block_take(1000);
    crowd_gather(crowd, threads);
    for (size_t i = 0; i < threads; i++)
        member_does(&crowd[i], step_take);
    size_t arenas = arenas_of(crowd, threads);
    bool main_shared = false;
    for (size_t i = 0; i < threads; i++)
        main_shared |= arena_of(crowd[i].block.p) == 0;
    crowd_does(crowd, threads, step_put);
    crowd_goes(crowd, threads);
    block_put(&mine);
    return arenas + !main_shared;
}

static bool only_cpus(int count)
{
    cpu_set_t all, few;
    CPU_ZERO(&all);
    CPU_ZERO(&few);
    sched_getaffinity(0, sizeof all, &all);
    for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&few) < count; cpu++)
        if (CPU_ISSET(cpu, &all))
            CPU_SET(cpu, &few);
    return CPU_COUNT(&few) == count && sched_setaffinity(0, sizeof few, &few) == 0;
}

static void one_core(void)
{
    if (!only_cpus(1)) {
        skip("R2 the affinity cannot be set");
        return;
    }
    size_t arenas = arenas_for(20);
    ok(arenas == (WORD == 8 ? 9 : 3), "R2 20 threads on one core have 8+1 arenas (%zu)", arenas);
}

static void two_cores(void)
{
    if (!only_cpus(2)) {
        skip("R2 there are no two cores");
        return;
    }
    size_t arenas = arenas_for(40);
    ok(arenas <= (WORD == 8 ? 17 : 5) && arenas >= (WORD == 8 ? 16 : 4),
       "R2 40 threads on two cores have at most 16+1 arenas (%zu)", arenas);
}

static void set_by_mallopt(void)
{
    ok(mallopt(M_ARENA_MAX, 4) == 1, "R2 M_ARENA_MAX is accepted");
    size_t arenas = arenas_for(12);
    ok(arenas == 4, "R2 with M_ARENA_MAX = 4 there are 4, the main one included (%zu)", arenas);
}

static void more_than_by_default(void)
{
    only_cpus(1);
    mallopt(M_ARENA_MAX, 12);
    size_t arenas = arenas_for(20);
    ok(arenas == 12, "R2 M_ARENA_MAX overrides the number of cores (%zu)", arenas);
}

static void only_the_main_arena(void)
{
    mallopt(M_ARENA_MAX, 1);
    size_t arenas = arenas_for(8);
    ok(arenas == 1, "R2 with M_ARENA_MAX = 1 all threads share the main arena (%zu)", arenas);
}

/* MALLOC_ARENA_MAX is read at the start, so the program starts again with it. */
static void set_by_environment(void)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        setenv("MALLOC_ARENA_MAX", "3", 1);
        execl("/proc/self/exe", "arenas", "count", (char *)NULL);
        _exit(99);
    }
    waitpid(child, &status, 0);
    ok(WIFEXITED(status) && WEXITSTATUS(status) == 3, "R2 MALLOC_ARENA_MAX=3 overrides it (%d)",
       WEXITSTATUS(status));
}

static void an_arena_for_each_thread(void)
{
    enum { COUNT = WORD == 8 ? 6 : 2 }; /* with main no more than the limit of one processor */
    struct block mine = block_take(1000);
    ok(!(flags_of(mine.p) & N_BIT) && in_break_heap(mine.p), "R3 main uses the main arena");
    crowd_gather(crowd, COUNT);
    crowd_does(crowd, COUNT, step_take);
    ok(arenas_of(crowd, COUNT) == COUNT, "R3 each further thread gets an arena of its own");
    size_t not_main = 0;
    for (size_t i = 0; i < COUNT; i++)
        not_main += (flags_of(crowd[i].block.p) & N_BIT) != 0;
    ok(not_main == COUNT, "R3 none of them is the main arena");
    crowd_does(crowd, COUNT, step_put);
    crowd_goes(crowd, COUNT);
    block_put(&mine);
}

static void *without_the_break(void *arg)
{
    enum { COUNT = 2000 };
    static struct block b[COUNT];
    uintptr_t end = break_now();
    (void)arg;
    blocks_take(b, COUNT, 2000);
    size_t in_break = 0;
    for (size_t i = 0; i < COUNT; i++)
        in_break += (uintptr_t)b[i].p < end;
    ok(break_now() == end && in_break == 0, "R7 4 MB taken by a thread leave the break alone");
    struct block large = block_take(MIB);
    ok(flags_of(large.p) & M_BIT, "R7 a thread's large request is a mapping");
    block_put(&large);
    blocks_put(b, COUNT);
    ok(break_now() == end, "R7 and so do the frees");
    return NULL;
}

static void only_main_moves_the_break(void)
{
    struct block large, small = block_take(100);
    on_thread(without_the_break, NULL);
    large = block_take(2 * MIB); /* the freed MiB has raised the threshold (P5) */
    ok(flags_of(large.p) & M_BIT, "R7 a large request of main is a mapping, too");
    block_put(&large);
    block_put(&small);
}

static void *leaves_a_block(void *arg)
{
    *(struct block *)arg = block_take(3000);
    return NULL;
}

static void the_next_thread_inherits(void)
{
    enum { COUNT = 5 };
    struct block left[COUNT];
    size_t same = 0;
    for (size_t i = 0; i < COUNT; i++)
        on_thread(leaves_a_block, &left[i]);
    for (size_t i = 1; i < COUNT; i++)
        same += arena_of(left[i].p) == arena_of(left[0].p) &&
                heap_base(left[i].p) == heap_base(left[0].p);
    ok(arena_of(left[0].p) != 0 && same == COUNT - 1,
       "R13 the arena of a finished thread serves the next new thread");
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < i; j++)
            if (left[i].p == left[j].p)
                ok(false, "R13 what the finished thread left is still allocated");
    blocks_put(left, COUNT);
}

/* Three finish, three begin: the free list holds more than one. */
static void three_inherit(void)
{
    uintptr_t before[3];
    crowd_gather(crowd, 3);
    crowd_does(crowd, 3, step_take);
    for (size_t i = 0; i < 3; i++)
        before[i] = arena_of(crowd[i].block.p);
    crowd_does(crowd, 3, step_put);
    crowd_goes(crowd, 3);
    crowd_gather(crowd, 3);
    crowd_does(crowd, 3, step_take);
    size_t inherited = 0;
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++)
            inherited += arena_of(crowd[i].block.p) == before[j];
    ok(inherited == 3 && arenas_of(crowd, 3) == 3, "R13 three arenas serve three new threads");
    crowd_does(crowd, 3, step_put);
    crowd_goes(crowd, 3);
}

int main(int argc, char **argv)
{
    look_begin();
    if (argc > 1 && strcmp(argv[1], "count") == 0)
        return (int)arenas_for(8);
    in_fresh_process("a thread's heap", a_threads_heap);
    in_fresh_process("one core", one_core);
    in_fresh_process("two cores", two_cores);
    in_fresh_process("M_ARENA_MAX 4", set_by_mallopt);
    in_fresh_process("M_ARENA_MAX 12", more_than_by_default);
    in_fresh_process("M_ARENA_MAX 1", only_the_main_arena);
    in_fresh_process("MALLOC_ARENA_MAX", set_by_environment);
    in_fresh_process("one each", an_arena_for_each_thread);
    in_fresh_process("the break", only_main_moves_the_break);
    in_fresh_process("inheritance", the_next_thread_inherits);
    in_fresh_process("three of them", three_inherit);
    return done();
}
