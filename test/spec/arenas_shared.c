/*
 * arenas_shared.c - arenas that several threads use, and chunks that another thread frees.
 *
 * Proves R4 R8; R5 has a program of its own (e7_shared_arena.c).
 *
 * @test both
 */
#include "crowd.h"

static struct member crowd[CROWD_MAX];

enum { MANY = 100, ROUNDS = 50, STORM = 3000 };

static struct block many[CROWD_MAX][MANY];

static void step_take_many(struct member *self)
{
    blocks_take(self->more, MANY, 2000);
}

static void step_put_many(struct member *self)
{
    blocks_put(self->more, MANY);
}

static bool all_of_one_arena(const struct block *b, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (arena_of(b[i].p) != arena_of(b[0].p))
            return false;
    return true;
}

static void at_the_limit(void)
{
    struct block mine = block_take(1000);
    mallopt(M_ARENA_MAX, 2);
    crowd_gather(crowd, 4);
    for (size_t i = 0; i < 4; i++) {
        crowd[i].more = many[i];
        member_does(&crowd[i], step_take);
    }
    uintptr_t own = arena_of(crowd[0].block.p);
    ok(own != 0, "R4 the first thread has the one arena that the limit leaves");
    size_t shared = 0;
    for (size_t i = 1; i < 4; i++)
        shared += arena_of(crowd[i].block.p) == own || arena_of(crowd[i].block.p) == 0;
    ok(shared == 3, "R4 at the limit the others share an arena whose lock is free");
    for (size_t i = 0; i < 4; i++) {
        member_does(&crowd[i], step_take_many);
        ok(all_of_one_arena(many[i], MANY) && arena_of(many[i][0].p) == arena_of(crowd[i].block.p),
           "R4 later requests of thread %zu try the arena it used last", i + 1);
    }
    crowd_does(crowd, 4, step_put_many);
    crowd_does(crowd, 4, step_put);
    crowd_goes(crowd, 4);
    block_put(&mine);
}

/* Many sizes, all through a lock that all others want, too. */
static void step_storm(struct member *self)
{
    static const size_t sizes[] = {24, 200, 1000, 1500, 3000, 9000, 30000};
    size_t at = (size_t)(self - crowd);
    memset(self->more, 0, MANY * sizeof *self->more);
    for (size_t i = 0; i < STORM; i++) {
        struct block *b = &self->more[(i * 7 + at) % MANY];
        if (b->p)
            block_put(b);
        *b = block_take(sizes[(i + at) % 7]);
        self->count++;
    }
    blocks_put(self->more, MANY);
}

static void storm_with(int limit, size_t threads)
{
    size_t arrived = 0;
    mallopt(M_ARENA_MAX, limit);
    crowd_gather(crowd, threads);
    for (size_t i = 0; i < threads; i++)
        crowd[i].more = many[i];
    crowd_does(crowd, threads, step_storm);
    for (size_t i = 0; i < threads; i++)
        arrived += crowd[i].count == STORM;
    ok(arrived == threads, "R4 %zu threads on %d arena(s) wait for one another and all go on",
       threads, limit);
    crowd_goes(crowd, threads);
}

static void all_wait_for_one(void)
{
    storm_with(1, 8);
}

static void all_wait_for_two(void)
{
    storm_with(2, 8);
}

static size_t heap_used(const void *p)
{
    struct region r;
    return region_at(heap_base(p), &r) ? r.end - heap_base(p) : 0;
}

/* The member's blocks are freed by main; the member finds them again. */
static void freed_by_main(void)
{
    struct block mine = block_take(2000);
    crowd_gather(crowd, 1);
    crowd[0].more = many[0];
    member_does(&crowd[0], step_take_many);
    uintptr_t arena = arena_of(many[0][0].p);
    size_t used = heap_used(many[0][0].p), strayed = 0, caught = 0;
    for (int round = 0; round < ROUNDS; round++) {
        blocks_put(many[0], MANY);
        struct block own = block_take(2000);
        caught += (flags_of(own.p) & N_BIT) != 0;
        block_put(&own);
        member_does(&crowd[0], step_take_many);
        for (size_t i = 0; i < MANY; i++)
            strayed += arena_of(many[0][i].p) != arena;
    }
    ok(arena != 0 && strayed == 0 && caught == 0,
       "R8 a chunk goes back to the arena it came from, whichever thread frees it");
    ok(heap_used(many[0][0].p) == used, "R8 and is used again there: the heap has not grown");
    blocks_put(many[0], MANY);
    crowd_goes(crowd, 1);
    block_put(&mine);
}

static void step_take_small(struct member *self)
{
    enum { SMALL = 64 };
    blocks_take(self->more, MANY, SMALL);
}

/* Small blocks may pass through a cache, but they do not become main's for good. */
static void small_blocks_freed_by_main(void)
{
    struct block mine = block_take(2000);
    crowd_gather(crowd, 1);
    crowd[0].more = many[0];
    member_does(&crowd[0], step_take_small);
    uintptr_t base = heap_base(many[0][0].p);
    size_t used = heap_used(many[0][0].p);
    for (int round = 0; round < 20 * ROUNDS; round++) {
        blocks_put(many[0], MANY);
        member_does(&crowd[0], step_take_small);
    }
    ok(heap_base(many[0][0].p) == base && heap_used(many[0][0].p) <= 4 * used,
       "R8 100,000 small chunks freed by another thread do not make the heap grow");
    blocks_put(many[0], MANY);
    crowd_goes(crowd, 1);
    block_put(&mine);
}

static void *frees_mains_blocks(void *arg)
{
    struct block own = block_take(2000);
    blocks_put(arg, MANY);
    struct block again = block_take(2000);
    ok((flags_of(own.p) & N_BIT) && arena_of(again.p) == arena_of(own.p),
       "R8 a thread that frees main's chunks keeps to its own arena");
    block_put(&again);
    block_put(&own);
    return NULL;
}

static void mains_blocks_freed_by_a_thread(void)
{
    struct block guard;
    blocks_take(many[0], MANY, 2000);
    guard = block_take(2000);
    char *first = many[0][0].p;
    on_thread(frees_mains_blocks, many[0]);
    struct block all = block_take(50000);
    ok(all.p == first, "R8 main's chunks went back to the main arena and were merged there");
    block_put(&all);
    block_put(&guard);
}

/* A finished thread's chunks can be freed by anybody. */
static void freed_after_the_thread(void)
{
    crowd_gather(crowd, 1);
    crowd[0].more = many[0];
    member_does(&crowd[0], step_take_many);
    char *first = many[0][0].p;
    crowd_goes(crowd, 1);
    blocks_put(many[0], MANY);
    crowd_gather(crowd, 1);
    crowd[0].more = many[0];
    member_does(&crowd[0], step_take_many);
    ok(heap_base(many[0][0].p) == heap_base(first),
       "R8 chunks freed after their thread's end serve the arena's next thread");
    crowd_does(crowd, 1, step_put_many);
    crowd_goes(crowd, 1);
}

int main(void)
{
    look_begin();
    in_fresh_process("at the limit", at_the_limit);
    in_fresh_process("one for all", all_wait_for_one);
    in_fresh_process("two for all", all_wait_for_two);
    in_fresh_process("freed by main", freed_by_main);
    in_fresh_process("small ones", small_blocks_freed_by_main);
    in_fresh_process("freed by a thread", mains_blocks_freed_by_a_thread);
    in_fresh_process("freed later", freed_after_the_thread);
    return done();
}
