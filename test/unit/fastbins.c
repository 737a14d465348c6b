/*
 * The fast bins against a trivial model, a stack for every size.  B6: newest first, not merged.
 */
#include "unit.h"

#include "fastbins.h"

enum { CHUNKS = 200, OPERATIONS = 20000 };

static struct fastbins fast;
static struct chunk *stacks[FASTBINS][CHUNKS];
static unsigned heights[FASTBINS];
static char memory[CHUNKS][FAST_CHUNK_MAX + 16] __attribute__((aligned(16)));
static struct chunk *outside[CHUNKS];
static unsigned outside_count;

static unsigned list_for(size_t size)
{
    return (unsigned)((size - CHUNK_MIN) / CHUNK_ALIGN);
}

static void put_one(struct dice *d)
{
    if (outside_count == 0)
        return;
    struct chunk *c = outside[--outside_count];
    size_t size =
        CHUNK_MIN + dice_below(d, (FAST_CHUNK_MAX - CHUNK_MIN) / CHUNK_ALIGN + 1) * CHUNK_ALIGN;
    chunk_set_head(c, size, dice_below(d, 2) ? CHUNK_PREV_IN_USE : CHUNK_NOT_MAIN);
    fastbins_put(&fast, c);
    stacks[list_for(size)][heights[list_for(size)]++] = c;
}

static bool take_one(size_t size)
{
    unsigned list = list_for(size);
    struct chunk *c = fastbins_take(&fast, size);
    if (heights[list] == 0)
        return c == NULL;
    outside[outside_count++] = c;
    return c == stacks[list][--heights[list]];
}

static bool counts_agree(void)
{
    size_t count = 0, bytes = 0;
    for (unsigned list = 0; list < FASTBINS; list++) {
        count += heights[list];
        bytes += heights[list] * (CHUNK_MIN + list * CHUNK_ALIGN);
    }
    return fast.count == count && fast.bytes == bytes && fastbins_are_empty(&fast) == (count == 0);
}

static void lists_do_as_stacks(struct dice *d)
{
    bool right = true, counted = true;
    for (unsigned i = 0; i < CHUNKS; i++)
        outside[outside_count++] = (struct chunk *)(void *)memory[i];
    for (unsigned i = 0; i < OPERATIONS && right; i++) {
        if (dice_below(d, 2))
            put_one(d);
        else
            right = take_one(CHUNK_MIN + dice_below(d, 9) * CHUNK_ALIGN);
        counted = counted && counts_agree();
    }
    ok(right, "the_newest_of_a_size_is_taken_first (B6)");
    ok(counted, "chunks_and_bytes_are_counted");
}

static void any_empties_all(void)
{
    size_t taken = 0, there = fast.count;
    struct chunk *c;
    while ((c = fastbins_take_any(&fast))) {
        heights[list_for(chunk_size(c))]--;
        taken++;
    }
    ok(taken == there && counts_agree() && fast.count == 0, "take_any_empties_every_list");
}

static void put_it(void *c)
{
    fastbins_put(&fast, c);
}

static void take_least(void *unused)
{
    (void)unused;
    fastbins_take(&fast, CHUNK_MIN);
}

static void wrong_chunks_are_seen(void)
{
    struct chunk *c = (struct chunk *)(void *)memory[0], *other = (struct chunk *)(void *)memory[1];
    chunk_set_head(c, CHUNK_MIN, CHUNK_PREV_IN_USE);
    fastbins_put(&fast, c);
    ok(dies_saying("double free or corruption (fasttop)", put_it, c), "a_second_put_is_seen");
    for (unsigned later = 2; later < 5; later++) {
        chunk_set_head((struct chunk *)(void *)memory[later], CHUNK_MIN, CHUNK_PREV_IN_USE);
        fastbins_put(&fast, (struct chunk *)(void *)memory[later]);
    }
    ok(dies_saying("double free or corruption (fasttop)", put_it, c),
       "or_of_one_of_the_newest_four");
    for (unsigned later = 2; later < 5; later++)
        fastbins_take(&fast, CHUNK_MIN);
    const struct extent nearby = {(uintptr_t)memory[0], CHUNK_MIN};
    fast.within = &nearby;
    fast.newest[0] = other;
    ok(dies_saying("malloc(): memory corruption (fast)", take_least, NULL), "a_link_out_is_seen");
    fast.newest[0] = c;
    fast.within = NULL;
    c->head = CHUNK_MIN + CHUNK_ALIGN;
    ok(dies_saying("malloc(): memory corruption (fast)", take_least, NULL), "a_wrong_size_is_seen");
    c->head = CHUNK_MIN | CHUNK_PREV_IN_USE;
    fast.newest[0] = (struct chunk *)(void *)((char *)other + WORD);
    ok(dies_saying("malloc(): unaligned fastbin chunk detected", take_least, NULL),
       "an_unaligned_link_is_seen");
}

int main(int argc, char **argv)
{
    struct dice d = dice_of(seed_of(argc, argv));
    ok(FAST_CHUNK_MAX == 20 * WORD && fastbins_take(&fast, FAST_CHUNK_MAX + CHUNK_ALIGN) == NULL,
       "sizes_beyond_the_limit_are_never_there (B6)");
    lists_do_as_stacks(&d);
    any_empties_all();
    wrong_chunks_are_seen();
    return done();
}
