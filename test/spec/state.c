/*
 * state.c - C2: what a malloc_state keeps, as far as the interface shows it: mallinfo2 and the
 * XML of malloc_info name fast bins, bins, top, links between the arenas, bytes from the system.
 *
 * @test both
 */
#include <stdio.h>

#include "crowd.h"

static struct member crowd[CROWD_MAX];
static char xml[1 << 20];

/* malloc_info() into a buffer of ours; stdio may allocate, which is part of the picture. */
static void read_info(void)
{
    FILE *to = fmemopen(xml, sizeof xml, "w");
    must(to, "fmemopen");
    ok(malloc_info(0, to) == 0, "C2 malloc_info(0) succeeds");
    fclose(to);
}

static size_t occurrences(const char *text, const char *of)
{
    size_t count = 0;
    for (const char *at = strstr(text, of); at; at = strstr(at + 1, of))
        count++;
    return count;
}

/* The number in the size="..." that follows what, after from. */
static size_t size_after(const char *from, const char *what)
{
    const char *at = from ? strstr(from, what) : NULL;
    at = at ? strstr(at, "size=\"") : NULL;
    return at ? strtoul(at + 6, NULL, 10) : 0;
}

static void bytes_from_the_system(void)
{
    enum { COUNT = 500 };
    static struct block b[COUNT];
    blocks_take(b, COUNT, 2000);
    ok(mallinfo2().arena == heap_size(), "C2 bytes from the system: all of the break heap");
    blocks_put(b, COUNT);
    ok(mallinfo2().arena == heap_size(), "C2 also after it was trimmed");
    read_info();
    size_t now = size_after(xml, "<system type=\"current\""),
           most = size_after(xml, "<system type=\"max\"");
    note("system: %zu bytes now, %zu at most", now, most);
    ok(now >= heap_size() && most > now && most >= COUNT * 2000,
       "C2 and their maximum, which trimming does not lower");
}

static void what_is_free(void)
{
    struct block small = block_take(2000), guard = block_take(2000);
    struct mallinfo2 before = mallinfo2();
    ok(before.keepcost == chunk_size_of(user_above(guard.p)), "C2 the top: keepcost is its size");
    block_put(&small);
    struct mallinfo2 after = mallinfo2();
    ok(after.fordblks == before.fordblks + chunk_size_for(2000) &&
           after.ordblks == before.ordblks + 1 &&
           after.uordblks == before.uordblks - chunk_size_for(2000),
       "C2 the bins: a free chunk is counted");
    struct block again = block_take(2000);
    ok(mallinfo2().fordblks == before.fordblks, "C2 until it is taken");
    block_put(&again);
    block_put(&guard);
}

static void mapped_chunks(void)
{
    struct mallinfo2 before = mallinfo2();
    struct block large = block_take(MIB);
    struct mallinfo2 with = mallinfo2();
    ok(with.hblks == before.hblks + 1 &&
           with.hblkhd == before.hblkhd + align_up(MIB + 2 * WORD, page_size()),
       "C2 mapped chunks are counted apart");
    block_put(&large);
    ok(mallinfo2().hblks == before.hblks && mallinfo2().hblkhd == before.hblkhd,
       "C2 and no more when they are gone");
}

static void arenas_are_linked(void)
{
    enum { COUNT = 4 };
    struct block mine = block_take(100);
    crowd_gather(crowd, COUNT);
    crowd_does(crowd, COUNT, step_take);
    read_info();
    size_t heaps = occurrences(xml, "<heap nr=");
    ok(heaps == COUNT + 1, "C2 the links to the next arena reach all %zu of them", heaps);
    crowd_does(crowd, COUNT, step_put);
    crowd_goes(crowd, COUNT);
    read_info();
    ok(occurrences(xml, "<heap nr=") == heaps, "C2 also those that are free for the next thread");
    block_put(&mine);
}

int main(void)
{
    look_begin();
    in_fresh_process("the system's bytes", bytes_from_the_system);
    in_fresh_process("free chunks", what_is_free);
    in_fresh_process("mapped chunks", mapped_chunks);
    in_fresh_process("links", arenas_are_linked);
    return done();
}
