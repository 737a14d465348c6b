/*
 * chunks.c - section C: what a chunk looks like, how chunks stand in memory, how free ones merge.
 *
 * Proves C3 to C12; C1 is in heaps.c, C2 in state.c.  The blocks whose freeing is watched are
 * larger than the thread cache keeps, so that all of it holds in both modes.
 *
 * @test both
 */
#include "traced.h"

enum { MANY = 3000 };

static struct block b[MANY];

static void a_free_chunk_tells_its_size(void)
{
    struct block below = block_take(2000), above = block_take(2000), guard = block_take(2000);
    size_t size = chunk_size_of(below.p);
    ok(below_counts_as_used(above.p), "C4 P is set while the previous chunk is in use");
    ok(malloc_usable_size(below.p) == size - WORD && below.p + size - 2 * WORD == chunk_of(above.p),
       "C3 while it is in use prev_size is the user's");
    block_put(&below);
    char *freed = user_of(chunk_of(above.p) - size);
    ok(!below_counts_as_used(above.p), "C4 P is clear while the previous chunk is free");
    ok(word_at(above.p, -2) == size, "C3 prev_size is the size of the free chunk below");
    ok(!in_break_heap(link_next(freed)) && link_next(freed) == link_prev(freed),
       "C3 fd and bk of a lone free chunk name the head of its bin");
    below = block_take(2000);
    ok(below.p == freed && below_counts_as_used(above.p), "C4 P is set again when it is taken");
    block_put(&below);
    block_put(&above);
    block_put(&guard);
}

static void large_free_chunks_know_the_next_size(void)
{
    struct block one = block_take(5000), g1 = block_take(2000);
    struct block two = block_take(5008), g2 = block_take(2000);
    char *first = one.p, *second = two.p;
    block_put(&one);
    block_put(&two);
    struct block other = block_take(100000); /* fits neither: both are sorted into their bin */
    bool ring = (char *)word_at(first, 2) == chunk_of(second) &&
                (char *)word_at(first, 3) == chunk_of(second) &&
                (char *)word_at(second, 2) == chunk_of(first) &&
                (char *)word_at(second, 3) == chunk_of(first);
    ok(ring, "C3 fd_nextsize and bk_nextsize link large free chunks of different size");
    block_put(&other);
    block_put(&g1);
    block_put(&g2);
}

static void *flags_in_a_thread(void *arg)
{
    struct block small = block_take(2000);
    (void)arg;
    ok((flags_of(small.p) & (N_BIT | M_BIT)) == N_BIT, "C4 N is set outside the main arena");
    block_put(&small);
    return NULL;
}

static void the_low_bits(void)
{
    struct block small = block_take(2000), large = block_take(MIB);
    ok(flags_of(small.p) == P_BIT, "C4 a first chunk of the main arena has P, not M, not N");
    ok((flags_of(large.p) & M_BIT) != 0, "C4 a mapped chunk has M");
    on_thread(flags_in_a_thread, NULL);
    block_put(&large);
    block_put(&small);
}

static void sizes_and_their_overhead(void)
{
    size_t odd = 0, little = 0, unusual = 0, unusable = 0;
    for (size_t n = 0; n <= 5000; n++) {
        struct block one = block_take(n);
        odd += chunk_size_of(one.p) % CHUNK_ALIGN != 0;
        little += chunk_size_of(one.p) < CHUNK_MIN;
        unusual += chunk_size_of(one.p) != chunk_size_for(n);
        unusable += malloc_usable_size(one.p) != chunk_size_for(n) - WORD;
        one.n = malloc_usable_size(one.p); /* whatever is usable can be written */
        fill(one.p, one.n, one.seed);
        block_put(&one);
    }
    ok(odd == 0, "C5 sizes are multiples of 16 (8 on 32-bit)");
    ok(little == 0, "C5 they are at least 32 (16 on 32-bit)");
    ok(unusual == 0, "C6 a chunk has one word of overhead");
    ok(unusable == 0, "C6 all the rest is usable");
}

static size_t usable(size_t n)
{
    struct block one = block_take(n);
    size_t size = malloc_usable_size(one.p);
    block_put(&one);
    return size;
}

static void usable_sizes(void)
{
#if SIZE_MAX > 0xffffffff
    ok(usable(0) == 24 && usable(1) == 24 && usable(24) == 24, "C6 0..24 have 24 usable bytes");
    ok(usable(25) == 40 && usable(40) == 40, "C6 25..40 have 40");
    ok(usable(41) == 56 && usable(56) == 56, "C6 41..56 have 56");
    ok(usable(1000) == 1000, "C6 1000 have 1000");
#else
    skip("C6 the numbers are for 64 bits (12 bytes here have %zu)", usable(12));
#endif
}

static bool is_live(const char *user)
{
    for (size_t i = 0; i < MANY; i++)
        if (b[i].p == user)
            return true;
    return false;
}

struct walk {
    size_t chunks, live, free, others; /* others: neither allocated by us nor free nor top */
    size_t free_neighbours;
    const char *top;
    bool arrives;
};

/* From the first chunk upward by size; the last one before the break is the top. */
static struct walk walk_break_heap(void)
{
    struct walk w = {0};
    struct region heap;
    heap_line(&heap);
    const char *chunk = (const char *)heap.start, *end = (const char *)heap.end;
    bool below_free = false;
    while (chunk + CHUNK_MIN <= end) {
        size_t size = chunk_size_of(user_of(chunk));
        if (size < CHUNK_MIN || size > (size_t)(end - chunk))
            break;
        w.chunks++;
        w.top = chunk;
        chunk += size;
        bool is_free = chunk < end && !below_counts_as_used(user_of(chunk));
        w.free_neighbours += is_free && below_free;
        below_free = is_free;
        w.free += is_free;
        w.live += !is_free && is_live(user_of(w.top));
        w.others += chunk < end && !is_free && !is_live(user_of(w.top));
    }
    w.arrives = chunk == end;
    return w;
}

static void chunks_stand_wall_to_wall(void)
{
    for (size_t i = 0; i < MANY; i++)
        b[i] = block_take(1040 + (i * 37) % 3000);
    struct walk w = walk_break_heap();
    ok(w.arrives, "C7 adding sizes from the first chunk ends exactly at the end of the top chunk");
    ok(w.chunks == MANY + 1 && w.live == MANY && w.free == 0,
       "C8 %d allocated chunks and the top are all there is", MANY);
    for (size_t i = 0; i < MANY; i += 3)
        block_put(&b[i]);
    w = walk_break_heap();
    ok(w.arrives && w.live == MANY - MANY / 3 && w.free == MANY / 3 && w.others == 0,
       "C8 every chunk is allocated, free or the top");
    for (size_t i = 1; i < MANY; i += 3)
        block_put(&b[i]);
    w = walk_break_heap();
    ok(w.arrives && w.free == MANY / 3 && w.free_neighbours == 0,
       "C9 two free chunks are never neighbours");
    for (size_t i = 2; i < MANY; i += 3)
        block_put(&b[i]);
    w = walk_break_heap();
    ok(w.arrives && w.chunks == 1, "C9 when all are free only the top is left");
}

/* Three neighbours are freed in a given order; the last free finds one or two free neighbours. */
static void merged(size_t first, size_t second, size_t third, const char *how)
{
    struct block fence = block_take(2000), part[3], guard;
    blocks_take(part, 3, 3000);
    guard = block_take(2000);
    char *start = part[0].p;
    size_t all = 3 * chunk_size_for(3000);
    block_put(&part[first]);
    block_put(&part[second]);
    block_put(&part[third]);
    ok(chunk_size_of(start) == all && word_at(guard.p, -2) == all, "C9 %s: one chunk", how);
    struct block whole = block_take(all - WORD);
    ok(whole.p == start, "C9 %s: it serves a request of its whole size", how);
    block_put(&whole);
    block_put(&guard);
    block_put(&fence);
}

static void free_neighbours_merge(void)
{
    merged(0, 1, 2, "with the free chunk below");
    merged(2, 1, 0, "with the free chunk above");
    merged(0, 2, 1, "with both");
}

enum { CROWD = 10000 };

static void *crowd[CROWD];

/* Free the middle one of three neighbours of which both others are free, step by step. */
static void step_free_between(void)
{
    struct block below = block_take(3000), middle = block_take(3000), above = block_take(3000);
    struct block guard = block_take(2000);
    block_put(&below);
    block_put(&above);
    step_mark();
    free(middle.p);
    step_mark();
    block_put(&guard);
}

static void merge_alone_and_in_a_crowd(void)
{
    step_free_between();
    step_free_between();
    for (size_t i = 0; i < CROWD; i++)
        crowd[i] = must(malloc(1200 + 16 * (i % 50)), "malloc");
    for (size_t i = 0; i < CROWD; i += 2)
        free(crowd[i]);
    step_free_between();
    for (size_t i = 1; i < CROWD; i += 2)
        free(crowd[i]);
}

static void merging_takes_constant_time(void)
{
    struct steps steps[PHASES_MAX];
    if (!in_stepped_process("constant time", merge_alone_and_in_a_crowd, steps)) {
        skip("C9 no ptrace here");
        return;
    }
    long alone = steps[1].instructions, crowded = steps[2].instructions;
    note("a merging free: %ld instructions alone, %ld among %d free chunks (marks included)", alone,
         crowded, CROWD / 2);
    ok(alone > 0 && crowded < alone + 500, "C9 merging takes constant time");
}

static void the_top_is_the_last_chunk(void)
{
    struct block one = block_take(2000), hole = block_take(5000), guard = block_take(2000);
    struct walk w = walk_break_heap();
    ok(w.top == chunk_of(user_above(guard.p)), "C10 the top is the highest chunk");
    ok(break_now() % page_size() == 0 && w.arrives, "C10 its end is page-aligned");
    ok(below_counts_as_used(user_of(w.top)), "C10 its predecessor counts as in use");
    char *freed = hole.p;
    block_put(&hole);
    struct block fitting = block_take(3000);
    ok(fitting.p == freed, "C10 it is not used while a bin fits");
    const char *top = w.top;
    size_t size = chunk_size_of(user_of(top));
    struct block larger = block_take(20000);
    ok(chunk_of(larger.p) == top, "C10 it is split from below when no bin fits");
    w = walk_break_heap();
    ok(w.top == top + chunk_size_for(20000) &&
           chunk_size_of(user_of(w.top)) == size - chunk_size_for(20000),
       "C10 what is left of it is the new top");
    block_put(&larger);
    w = walk_break_heap();
    ok(w.top == top && chunk_size_of(user_of(top)) == size,
       "C12 a chunk freed next to the top joins it");
    ok(below_counts_as_used(user_of(top)), "C10 the top's predecessor is in use again");
    block_put(&fitting);
    block_put(&guard);
    w = walk_break_heap();
    ok(w.top == user_above(one.p) - USER_OFFSET,
       "C12 together with the free chunks that lie below it");
    block_put(&one);
}

static void split_remainders_are_used_up(void)
{
    enum { SMALL = 15 };
    struct block hole = block_take(40000), guard = block_take(2000);
    char *start = hole.p;
    size_t outside = 0;
    block_put(&hole);
    for (size_t i = 0; i < SMALL; i++) {
        b[i] = block_take(500);
        outside += b[i].p < start || b[i].p >= start + 40000;
    }
    ok(outside == 0, "C11 small requests are split from the larger free chunk");
    for (size_t i = 0; i < SMALL; i++) {
        size_t before = 0;
        for (size_t j = 0; j < SMALL; j++)
            before += b[j].p < b[i].p;
        outside += (size_t)(b[i].p - start) != before * chunk_size_for(500);
    }
    ok(outside == 0, "C11 they come out adjacent in memory");
    blocks_put(b, SMALL);
    block_put(&guard);
}

int main(void)
{
    look_begin();
    in_fresh_process("header", a_free_chunk_tells_its_size);
    in_fresh_process("large chunks", large_free_chunks_know_the_next_size);
    in_fresh_process("flags", the_low_bits);
    in_fresh_process("sizes", sizes_and_their_overhead);
    in_fresh_process("usable sizes", usable_sizes);
    in_fresh_process("wall to wall", chunks_stand_wall_to_wall);
    in_fresh_process("merging", free_neighbours_merge);
    merging_takes_constant_time();
    in_fresh_process("the top", the_top_is_the_last_chunk);
    in_fresh_process("remainders", split_remainders_are_used_up);
    return done();
}
