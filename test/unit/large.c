/*
 * The secure build's large blocks against a list of them: what the table knows is what was taken and
 * not put, whatever the order, also while it grows and when the kernel refuses.
 *
 * @test inject
 */
#include "unit.h"

#include "large.h"
#include "mapped.h"
#include "sys.h"

#include <limits.h>

enum { BLOCKS = 700, STEPS = 6000 };

struct model {
    char *block;
    size_t size;
    uint64_t key;
};

struct sys_order sys_order;

static struct model model[BLOCKS];

static size_t some_size(struct dice *d)
{
    return 1 + dice_below(d, 5 * sys_page());
}

static bool is_whole(const struct model *m)
{
    return large_size(m->block) == m->size && pattern_holds(m->block, m->size, m->size, m->key);
}

static bool take_one(struct model *m, struct dice *d)
{
    size_t n = some_size(d), alignment = (size_t)1 << dice_below(d, 17);
    m->block = large_take(n, alignment);
    m->size = align_up(n, sys_page());
    m->key = dice_roll(d);
    bool fine = m->block && is_aligned(m->block, alignment) && is_aligned(m->block, sys_page()) &&
                all_bytes_are(m->block, m->size, 0);
    if (m->block)
        pattern_fill(m->block, m->size, m->key);
    return fine;
}

static bool resize_one(struct model *m, struct dice *d)
{
    size_t n = some_size(d), size = align_up(n, sys_page());
    char *moved = large_resize(m->block, n);
    size_t kept = size < m->size ? size : m->size;
    bool fine = moved && large_size(moved) == size && pattern_holds(moved, kept, m->size, m->key) &&
                (moved == m->block || large_size(m->block) == 0) &&
                (size <= kept || all_bytes_are(moved + kept, size - kept, 0));
    m->block = moved;
    m->size = size;
    if (moved)
        pattern_fill(moved, size, m->key);
    return fine;
}

static bool put_one(struct model *m)
{
    bool fine = is_whole(m);
    large_put(m->block);
    fine = fine && large_size(m->block) == 0;
    m->block = NULL;
    return fine;
}

static bool all_are_whole(void)
{
    bool fine = true;
    for (unsigned i = 0; i < BLOCKS; i++)
        fine = fine && (!model[i].block || is_whole(&model[i]));
    return fine;
}

static void the_table_is_the_model(struct dice *d)
{
    bool fine = true;
    size_t before = mapped_counted().bytes;
    for (unsigned step = 0; step < STEPS && fine; step++) {
        struct model *m = &model[dice_below(d, BLOCKS)];
        if (!m->block)
            fine = take_one(m, d);
        else
            fine = dice_below(d, 3) == 0 ? resize_one(m, d) : dice_below(d, 2) || put_one(m);
    }
    ok(fine && all_are_whole(), "what_was_taken_is_known_and_whole_at_every_step");
    for (unsigned i = 0; i < BLOCKS; i++)
        fine = fine && (!model[i].block || put_one(&model[i]));
    ok(fine, "and_what_was_put_is_known_no_more");
    ok(mapped_counted().bytes == before, "its_bytes_are_counted_and_counted_out");
}

static void refuse(enum sys_call call)
{
    sys_order.seen = sys_order.refused = 0;
    sys_order.from = 1;
    sys_order.to = LONG_MAX;
    sys_order.calls = 1u << call;
}

/* Whether what needs this call fails, and the block is as it was. */
static bool leaves_it_whole(enum sys_call call, struct model *m)
{
    size_t before = mapped_counted().bytes;
    refuse(call);
    bool none = !large_resize(m->block, m->size + 10000);
    if (call != SYS_REMAP)
        none = none && !large_take(10000, 1);
    sys_order.calls = 0;
    return none && sys_order.refused > 0 && is_whole(m) && mapped_counted().bytes == before;
}

static void a_kernel_that_refuses(struct dice *d)
{
    struct model *m = &model[0];
    take_one(m, d);
    ok(leaves_it_whole(SYS_MAP, m), "a_refused_mapping_leaves_all_as_it_was");
    ok(leaves_it_whole(SYS_REMAP, m), "so_does_a_refused_move");
    ok(!large_take(PTRDIFF_MAX, 1) && !large_take(1, (size_t)PTRDIFF_MAX / 2 + 1) &&
           !large_resize(m->block, PTRDIFF_MAX),
       "what_no_kernel_could_give_is_not_asked_for");
    refuse(SYS_WITHDRAW);
    bool put = put_one(m);
    sys_order.calls = 0;
    ok(put && sys_order.refused > 0, "a_block_is_put_though_its_pages_cannot_be_forbidden");
}

static void put_it(void *block)
{
    large_put(block);
}

static void resize_it(void *block)
{
    large_resize(block, 1);
}

static void put_twice(void *block)
{
    large_put(block);
    large_put(block);
}

static void touch_it(void *at)
{
    *(volatile char *)at = 1;
}

static bool dies_by_touching(char *at)
{
    struct told t = told_by(touch_it, at);
    return WIFSIGNALED(t.status) && WTERMSIG(t.status) == SIGSEGV;
}

static void what_is_none_of_ours(void)
{
    char *block = large_take(10000, 1);
    size_t size = large_size(block);
    ok(dies_saying("free(): double free detected in tcache 2", put_twice, block),
       "a_second_free_dies");
    ok(dies_saying("free(): invalid pointer", put_it, block + 16), "a_free_of_its_middle_dies");
    ok(dies_saying("realloc(): invalid pointer", resize_it, block + sys_page()),
       "so_does_a_realloc");
    ok(dies_by_touching(block - 1) && dies_by_touching(block + size), "guards_stand_on_both_sides");
    large_put(block);
    ok(dies_by_touching(block), "what_was_freed_cannot_be_touched");
}

int main(int argc, char **argv)
{
    struct dice d = dice_of(seed_of(argc, argv));
    the_table_is_the_model(&d);
    a_kernel_that_refuses(&d);
    what_is_none_of_ours();
    return done();
}
