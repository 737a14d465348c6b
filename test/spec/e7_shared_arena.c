/*
 * e7_shared_arena.c - E7, the worked case R5: a limit of 3 arenas, main and three threads.
 *
 * Run it alone to read what it saw.  The third thread shares an arena, and all four make progress.
 *
 * @test both
 */
#include "crowd.h"

enum { THREADS = 3, MANY = 200, ROUNDS = 100 };

static struct member crowd[THREADS];

/* Rounds of taking and giving back, with content checked. */
static void step_work(struct member *self)
{
    struct block b[MANY];
    for (self->count = 0; self->count < ROUNDS; self->count++) {
        for (size_t i = 0; i < MANY; i++)
            b[i] = block_take(100 + 37 * (i % 60));
        blocks_put(b, MANY);
    }
}

int main(void)
{
    struct member self = {.count = 1000};
    look_begin();
    ok(mallopt(M_ARENA_MAX, 3) == 1, "E7 the limit is 3 arenas");
    step_take(&self);
    note("main        %zx: the main arena", (size_t)self.block.p);
    crowd_gather(crowd, THREADS);
    for (size_t i = 0; i < THREADS; i++) {
        member_does(&crowd[i], step_take);
        note("thread %zu    %zx: arena %zx", i + 1, (size_t)crowd[i].block.p,
             (size_t)arena_of(crowd[i].block.p));
    }
    uintptr_t first = arena_of(crowd[0].block.p), second = arena_of(crowd[1].block.p);
    uintptr_t third = arena_of(crowd[2].block.p);
    ok(arena_of(self.block.p) == 0, "E7 R5 main has the main arena");
    ok(first != 0 && second != 0 && first != second, "E7 R5 threads 1 and 2 have one each");
    ok(third == 0 || third == first || third == second, "E7 R5 thread 3 shares one of them");
    for (size_t i = 0; i < THREADS; i++)
        member_begins(&crowd[i], step_work);
    struct member mine = {.count = 0};
    step_work(&mine);
    size_t arrived = mine.count == ROUNDS;
    for (size_t i = 0; i < THREADS; i++) {
        member_ends(&crowd[i]);
        arrived += crowd[i].count == ROUNDS;
    }
    note("%zu of 4 threads made %d rounds of %d blocks", arrived, ROUNDS, MANY);
    ok(arrived == 4, "E7 R5 all four make progress");
    step_put(&self);
    crowd_goes(crowd, THREADS);
    phase_ends("E7");
    return done();
}
