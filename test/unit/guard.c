/*
 * Guarded blocks: each stands in its place at the alignment asked for, is known while it lives and
 * remembered when it is freed; the check names each law that is broken (G1 to G4).
 *
 * @test inject
 */
#include "unit.h"

#include "guard.h"
#include "sys.h"

#include <limits.h>
#include <stdatomic.h>

enum { BLOCKS = 300 };

struct sys_order sys_order;

static uintptr_t stack_end(void)
{
    return (uintptr_t)__builtin_frame_address(0) + 4096;
}

static void refuse(unsigned calls)
{
    sys_order.seen = sys_order.refused = 0;
    sys_order.from = 1;
    sys_order.to = LONG_MAX;
    sys_order.calls = calls;
}

struct broken {
    int laws;
    char first[128];
};

static void note_law(const char *law, const void *where, void *context)
{
    struct broken *b = context;
    if (b->laws++ == 0)
        snprintf(b->first, sizeof b->first, "%s", law);
    (void)where;
}

/* The first letters of the one law that is broken, "" if none is. */
static const char *broken_law(void)
{
    static struct broken b;
    b = (struct broken){.laws = 0};
    guard_check(note_law, &b);
    if (b.laws > 1)
        note("%d laws broken, the first: %s", b.laws, b.first);
    return b.laws > 1 ? "several" : b.first;
}

static bool is_law(const char *law)
{
    const char *said = broken_law();
    bool same = strncmp(said, law, strlen(law)) == 0 && (*law || !*said);
    if (!same)
        note("expected \"%s\", found \"%s\"", law, said);
    return same;
}

static void no_region_no_block(void)
{
    ok(!guard_take(10, 1, stack_end()) && !guard_around(&sys_order),
       "before_it_has_begun_there_is_no_block");
    refuse(1u << SYS_MAP);
    ok(!guard_begin() && !guard_take(10, 1, stack_end()), "nor_if_the_kernel_gave_no_place");
    sys_order.calls = 0;
    ok(guard_begin() && guard_begin(), "it_can_begin_later");
    ok(guard_counted().live == 0 && guard_counted().places > 1000 && is_law(""),
       "with_many_places");
}

static bool is_fresh(char *user, size_t n, size_t alignment)
{
    const char *where;
    bool fine = user && guard_has(user) && is_aligned(user, alignment) &&
                all_bytes_are(user, n, 0) && guard_usable(user) == n &&
                guard_examine(user, &where) == GUARD_NONE && guard_around(user)->user == user;
    if (user)
        memset(user, 0x5a, n);
    return fine;
}

static void blocks_come_and_go(struct dice *d)
{
    char *block[BLOCKS];
    const char *where;
    bool fine = true, freed = true;
    for (unsigned i = 0; i < BLOCKS; i++) {
        size_t n = dice_below(d, GUARD_BLOCK_MAX + 1), alignment = (size_t)1 << dice_below(d, 13);
        block[i] = guard_take(n, alignment, stack_end());
        fine = fine && is_fresh(block[i], n, alignment);
    }
    ok(fine && guard_counted().live == BLOCKS, "each_is_zero_aligned_and_known");
    ok(is_law(""), "what_they_hold_breaks_no_law");
    for (unsigned i = 0; i < BLOCKS; i++)
        freed = freed && guard_put(block[i], stack_end()) && guard_usable(block[i]) == 0 &&
                guard_examine(block[i], &where) == GUARD_NOT_LIVE &&
                !guard_put(block[i], stack_end()) && guard_around(block[i])->state == GUARD_FREED;
    ok(freed && guard_counted().live == 0 && guard_counted().bytes == 0,
       "each_is_freed_once_and_remembered");
    ok(!guard_take(GUARD_BLOCK_MAX + 1, 1, stack_end()) &&
           !guard_take(1, 2 * sys_page(), stack_end()),
       "what_is_too_large_is_left_to_others");
    ok(is_law(""), "the_row_of_the_freed_is_whole");
}

static void a_place_is_the_last_to_be_used_again(void)
{
    size_t places = guard_counted().places, taken = 0;
    char *first = guard_take(64, 1, stack_end()), *again = NULL;
    guard_put(first, stack_end());
    while (taken < 3 * places && !(again && guard_around(again)->user == first && again == first)) {
        again = guard_take(64, 1, stack_end());
        taken++;
        if (again)
            guard_put(again, stack_end());
    }
    note("%zu places, the same address again after %zu blocks", places, taken);
    ok(taken >= places / 2, "an_address_comes_back_only_after_many_others");
    ok(is_law(""), "and_all_are_counted");
}

static void a_kernel_that_refuses(void)
{
    refuse(1u << SYS_COMMIT);
    ok(!guard_take(100, 1, stack_end()), "a_refused_block_is_none");
    sys_order.calls = 0;
    size_t before = guard_counted().freed;
    char *block = guard_take(100, 1, stack_end());
    size_t with = guard_counted().freed;
    refuse(1u << SYS_WITHDRAW | 1u << SYS_RELEASE);
    ok(block && guard_put(block, stack_end()) && guard_counted().freed == with,
       "what_the_kernel_does_not_take_back_waits_for_it");
    sys_order.calls = 0;
    char *next = guard_take(100, 1, stack_end());
    ok(next && next != block && guard_put(next, stack_end()),
       "it_is_offered_again_with_the_next_block");
    ok(guard_counted().freed >= before && is_law(""), "and_nothing_is_lost");
}

/* Write a byte and put the old one back; true if the check and the examination saw it. */
static bool is_seen(char *user, char *at, enum guard_crime crime)
{
    const char *where;
    char before = *at;
    *at = (char)~before;
    bool seen = guard_examine(user, &where) == crime && where == at && is_law("G3");
    *at = before;
    return seen && is_law("");
}

static void what_is_written_around_a_block(void)
{
    char *ends[2];
    for (unsigned i = 0; i < 2; i++) {
        ends[i] = guard_take(20, 1, stack_end());
        const struct guarded *g = guard_around(ends[i]);
        char *last = g->pages + g->pages_bytes - 1;
        if (last >= ends[i] + 20)
            ok(is_seen(ends[i], ends[i] + 20, GUARD_OVERFLOWN) &&
                   is_seen(ends[i], last, GUARD_OVERFLOWN),
               "a_byte_beyond_it_is_seen");
        if (g->pages < ends[i])
            ok(is_seen(ends[i], ends[i] - 1, GUARD_UNDERFLOWN) &&
                   is_seen(ends[i], g->pages, GUARD_UNDERFLOWN),
               "a_byte_before_it_is_seen");
    }
    guard_put(ends[0], stack_end());
    guard_put(ends[1], stack_end());
}

static void what_is_wrong_in_the_records(void)
{
    char *block = guard_take(100, 1, stack_end());
    struct guarded *g = (struct guarded *)(uintptr_t)guard_around(block);
    g->user += HEAP_MAX;
    ok(is_law("G1"), "a_block_outside_its_place_is_told");
    g->user -= HEAP_MAX;
    atomic_store(&g->state, GUARD_UNUSED);
    ok(is_law("G4"), "a_block_that_is_not_counted_is_told");
    atomic_store(&g->state, GUARD_LIVE);
    ok(is_law(""), "and_none_when_all_is_as_it_was");
    guard_put(block, stack_end());
    atomic_store(&g->state, GUARD_UNUSED);
    ok(is_law("G2"), "what_waits_and_is_not_free_is_told");
    atomic_store(&g->state, GUARD_FREED);
}

int main(int argc, char **argv)
{
    struct dice d = dice_of(seed_of(argc, argv));
    no_region_no_block();
    blocks_come_and_go(&d);
    a_kernel_that_refuses();
    what_is_written_around_a_block();
    what_is_wrong_in_the_records();
    a_place_is_the_last_to_be_used_again();
    return done();
}
