/*
 * The depot against a list of packs in the order they came; and what a child of a fork can rescue.
 */
#include "unit.h"

#include "depot.h"

#include <string.h>

enum { LISTS = 5, STEPS = 20000, SIZE = 48 };

struct model {
    struct depot depot;
    void *blocks[DEPOT_PACKS][DEPOT_BLOCKS];
    struct {
        unsigned list, count;
        uintptr_t first;  /* the blocks of a pack are numbered from here on */
    } packs[DEPOT_PACKS]; /* the oldest first */
    unsigned count;
    uintptr_t number;
};

static struct model model;

static bool put(struct model *m, unsigned list, unsigned count)
{
    void *blocks[DEPOT_BLOCKS];
    for (unsigned i = 0; i < count; i++)
        blocks[i] = (void *)(m->number + i + 1);
    bool done = depot_put(&m->depot, list, blocks, count, SIZE);
    if (done != (m->count < DEPOT_PACKS))
        return false;
    if (done) {
        m->packs[m->count].list = list;
        m->packs[m->count].count = count;
        m->packs[m->count++].first = m->number + 1;
    }
    m->number += count;
    return true;
}

static bool is_pack(const struct model *m, unsigned i, void *const *blocks, unsigned count)
{
    bool right = count == m->packs[i].count;
    for (unsigned j = 0; right && j < count; j++)
        right = (uintptr_t)blocks[j] == m->packs[i].first + j;
    return right;
}

static void forget(struct model *m, unsigned i)
{
    memmove(&m->packs[i], &m->packs[i + 1], (m->count - i - 1) * sizeof m->packs[0]);
    m->count--;
}

/* The newest of a list. */
static bool take(struct model *m, unsigned list)
{
    void *blocks[DEPOT_BLOCKS];
    unsigned i = m->count, count = depot_take(&m->depot, list, blocks, SIZE);
    while (i > 0 && m->packs[i - 1].list != list)
        i--;
    if (i == 0)
        return count == 0;
    bool right = is_pack(m, i - 1, blocks, count);
    forget(m, i - 1);
    return right;
}

static bool take_oldest(struct model *m)
{
    void *blocks[DEPOT_BLOCKS];
    if (m->count == 0)
        return depot_oldest(&m->depot) == 0;
    if (depot_oldest(&m->depot) != m->packs[0].list)
        return false;
    bool right = is_pack(m, 0, blocks, depot_take_oldest(&m->depot, blocks, SIZE));
    forget(m, 0);
    return right;
}

static bool sums_are_right(const struct model *m)
{
    size_t all = 0, of[LISTS + 1] = {0};
    for (unsigned i = 0; i < m->count; i++) {
        all += m->packs[i].count;
        of[m->packs[i].list] += m->packs[i].count;
    }
    bool right = m->depot.bytes == all * SIZE;
    for (unsigned list = 1; list <= LISTS; list++)
        right = right && depot_count(&m->depot, list) == of[list];
    return right;
}

static bool step(struct model *m, struct dice *dice)
{
    unsigned list = 1 + (unsigned)dice_below(dice, LISTS);
    switch (dice_below(dice, 5)) {
    case 0: return take_oldest(m);
    case 1:
    case 2: return take(m, list);
    default: return put(m, list, 1 + (unsigned)dice_below(dice, DEPOT_BLOCKS));
    }
}

static void packs_come_and_go(struct model *m, uint64_t seed)
{
    struct dice dice = dice_of(seed);
    bool right = true, sums = true;
    for (unsigned i = 0; i < STEPS; i++) {
        right = right && step(m, &dice);
        sums = sums && sums_are_right(m);
    }
    ok(right, "the_newest_of_a_list_or_the_oldest_of_all_comes_out");
    ok(sums, "blocks_and_bytes_are_counted");
    while (put(m, 1, 1) && m->count < DEPOT_PACKS)
        ;
    ok(m->count == DEPOT_PACKS && put(m, 2, 1), "a_full_depot_refuses");
}

/* The links may be of any moment: the counts alone are trusted. */
static void all_is_rescued(struct model *m)
{
    void *blocks[DEPOT_BLOCKS];
    size_t before = m->depot.bytes / SIZE, rescued = 0;
    memset(m->depot.newest, 0xff, sizeof m->depot.newest);
    for (unsigned n = 1; n <= DEPOT_PACKS; n++)
        rescued += depot_rescue(&m->depot, n, blocks);
    ok(before > 0 && rescued == before, "without_links_nothing_is_lost");
    depot_begin(&m->depot, m->blocks);
    m->count = 0;
    ok(take_oldest(m) && put(m, 3, 7) && take(m, 3) && sums_are_right(m), "and_it_begins_anew");
}

int main(int argc, char **argv)
{
    alarm(50);
    depot_begin(&model.depot, model.blocks);
    packs_come_and_go(&model, seed_of(argc, argv));
    all_is_rescued(&model);
    return done();
}
