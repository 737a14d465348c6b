/*
 * e8_two_arenas.c - E8: 300 MB freed by one thread, 300 MB wanted by another.
 *
 * Run it alone to read what it saw.  ptmalloc2 keeps the first arena's free memory from the second
 * thread and peaks at 600 MB (R14).  How high the peak may be is D3 and not judged here: both
 * threads must get their memory whole.
 *
 * @test both
 */
#include "crowd.h"

enum { SIZE = 3000, COUNT = 100000 }; /* 300 MB in chunks that no mapping serves */

static struct block b[COUNT], kept;
static struct member crowd[2];

static void step_take_all(struct member *self)
{
    blocks_take(b, COUNT, SIZE);
    self->count = chunk_size_of(b[COUNT - 1].p);
}

/* The newest block stays: what lies below it is free, and kept by the arena. */
static void step_put_all_but_one(struct member *self)
{
    kept = b[COUNT - 1];
    blocks_put(b, COUNT - 1);
    self->count = 0;
}

/* In MB, as the articles count. */
static long show(const char *step)
{
    long rss = rss_kib() * 1024 / 1000000;
    note("%-44s RSS %4ld MB", step, rss);
    return rss;
}

int main(void)
{
    look_begin();
    long start = show("at the start");
    crowd_gather(crowd, 2);
    crowd_does(crowd, 2, step_take);
    bool apart = arena_of(crowd[0].block.p) != arena_of(crowd[1].block.p);
    ok(apart, "E8 R14 two threads, two arenas");
    crowd_does(crowd, 2, step_put);
    member_does(&crowd[0], step_take_all);
    long full = show("thread 1 has taken 300 MB");
    ok(full - start > 290, "E8 thread 1 gets 300 MB");
    member_does(&crowd[0], step_put_all_but_one);
    long freed = show("thread 1 has freed them, but for one block");
    size_t intact = 0;
    member_does(&crowd[1], step_take_all);
    long second = show("thread 2 has taken 300 MB");
    for (size_t i = 0; i < COUNT; i++)
        intact += block_intact(&b[i]);
    ok(intact == COUNT && block_intact(&kept), "E8 thread 2 gets 300 MB, all of it whole");
    ok(b[0].p != kept.p && second - start > 290, "E8 (they are resident)");
    note("R14 thread 1 had left %ld MB free; thread 2 added %ld MB all the same", freed - start,
         second - freed);
    blocks_put(b, COUNT);
    block_put(&kept);
    show("all is freed");
    crowd_goes(crowd, 2);
    phase_ends("E8");
    return done();
}
