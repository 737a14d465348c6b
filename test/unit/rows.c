/*
 * Rows of units and places for runs, mixed, against a map of all units: the lowest row that is
 * empty comes, across words and up to the ends of heaps, and every place is whole.
 */
#include "unit.h"

#include "arena.h"
#include "places.h"
#include "spans.h"
#include "sys.h"

/* Heaps of 1 MiB are as many more as they are smaller. */
enum {
    HEAPS = 8 * (64 * MIB / HEAP_MAX),
    HELD = 900,
    OPERATIONS = 60000,
    HEAD = HEAD_PLACES * UNITS_PER_RUN
};

struct play {
    struct dice dice;
    bool taken[HEAPS][UNITS_PER_HEAP];
    struct held {
        char *start;
        unsigned units; /* 0: a place */
    } held[HELD];
    unsigned count;
    size_t rows, places; /* units */
    bool lowest, whole, zero;
    unsigned across; /* rows that reach into another word */
};

static struct play play;

static bool begin_heaps(struct play *p, uint64_t seed)
{
    *p = (struct play){.dice = dice_of(seed), .lowest = true, .whole = true, .zero = true};
    for (unsigned heap = 0; heap < HEAPS; heap++)
        memset(p->taken[heap], true, HEAD);
    return true;
}

static size_t unit_of(const char *start)
{
    return (uintptr_t)start % HEAP_MAX / PLACE_UNIT;
}

static unsigned heap_of(const char *start)
{
    return run_heap_around(start)->number;
}

/* Whether this row would have been possible lower. */
static bool is_lowest(const struct play *p, const char *start, unsigned units)
{
    for (unsigned heap = 0; heap <= heap_of(start); heap++) {
        size_t row = 0, end = heap == heap_of(start) ? unit_of(start) + units : UNITS_PER_HEAP;
        for (size_t unit = 0; unit < end; unit++) {
            row = p->taken[heap][unit] ? 0 : row + 1;
            if (row == units)
                return heap == heap_of(start) && unit + 1 == end;
        }
    }
    return false;
}

static void mark_units(struct play *p, const char *start, unsigned units, bool taken)
{
    bool *at = &p->taken[heap_of(start)][unit_of(start)];
    for (unsigned i = 0; i < units; i++) {
        p->whole = p->whole && at[i] != taken;
        at[i] = taken;
    }
}

static bool hold(struct play *p, char *start, unsigned units)
{
    if (!start || heap_of(start) >= HEAPS || unit_of(start) + units > UNITS_PER_HEAP)
        return p->whole = false;
    p->held[p->count++] = (struct held){start, units};
    return true;
}

static void take_row(struct play *p, unsigned units)
{
    bool touched = true;
    char *start = places_take_row(units, &touched);
    if (!hold(p, start, units))
        return;
    p->lowest = p->lowest && is_aligned(start, PLACE_UNIT) && is_lowest(p, start, units);
    mark_units(p, start, units, true);
    p->rows += units;
    p->across += unit_of(start) / 64 != (unit_of(start) + units - 1) / 64;
    /* Only the first word of a row is ever written. */
    p->zero = p->zero && (touched || *(size_t *)(void *)start == 0);
    *(size_t *)(void *)start = units;
}

static void take_place(struct play *p)
{
    unsigned fresh;
    struct run *run = places_take(&fresh);
    if (!run || !hold(p, run_start(run), 0))
        return;
    p->whole = p->whole && is_aligned(run_start(run), RUN_SIZE);
    mark_units(p, run_start(run), UNITS_PER_RUN, true);
    p->places += UNITS_PER_RUN;
}

static void put(struct play *p, unsigned which)
{
    struct held h = p->held[which];
    p->held[which] = p->held[--p->count];
    mark_units(p, h.start, h.units > 0 ? h.units : UNITS_PER_RUN, false);
    if (h.units > 0)
        places_put_row(h.start, h.units);
    else
        places_put(run_around(h.start));
    p->rows -= h.units;
    p->places -= h.units > 0 ? 0 : UNITS_PER_RUN;
}

static void operate(struct play *p, unsigned operation)
{
    bool filling = operation / 2000 % 2 == 0;
    size_t what = dice_below(&p->dice, 1000);
    if (what == 0)
        places_trim();
    else if (p->count < HELD && what < (filling ? 500u : 300u))
        take_row(p, 1 + (unsigned)dice_below(&p->dice, ROW_MAX));
    else if (p->count < HELD && what < (filling ? 600u : 400u))
        take_place(p);
    else if (p->count > 0)
        put(p, (unsigned)dice_below(&p->dice, p->count));
}

static bool is_counted(const struct play *p)
{
    struct places_count c = places_counted();
    size_t used = 0;
    for (const struct run_heap *h = places_heaps(); h; h = h->newer)
        used += h->used;
    return c.rows == p->rows && used == p->rows + p->places &&
           c.bytes / PLACE_UNIT == c.empty + used;
}

static bool map_agrees(const struct play *p)
{
    bool right = true;
    for (const struct run_heap *h = places_heaps(); h; h = h->newer)
        for (size_t unit = 0; unit < UNITS_PER_HEAP; unit++)
            right = right && (h->empty[unit / 64] >> unit % 64 & 1) == !p->taken[h->number][unit];
    return right;
}

static void rows_and_places_come_and_go(uint64_t seed)
{
    struct play *p = &play;
    bool counted = true;
    begin_heaps(p, seed);
    for (unsigned i = 1; i <= OPERATIONS && p->lowest && p->whole && counted; i++) {
        operate(p, i);
        counted = is_counted(p) && (i % 100 != 0 || map_agrees(p));
    }
    ok(p->lowest, "the_lowest_row_that_is_empty_comes");
    ok(p->whole, "no_unit_is_in_two_rows_or_places");
    ok(p->zero, "a_row_that_nobody_touched_is_zero");
    ok(counted, "all_are_counted");
    ok(p->across > 100, "rows_reach_across_words (%u)", p->across);
    while (p->count > 0)
        put(p, p->count - 1);
    ok(is_counted(p) && map_agrees(p) && p->rows + p->places == 0, "and_all_come_back");
}

/* From the first unit to the last one of two heaps: nothing is written, so it costs no memory. */
static void heaps_are_filled_to_their_ends(uint64_t seed)
{
    struct play *p = &play;
    unsigned in_heap = (UNITS_PER_HEAP - HEAD) / ROW_MAX, rest = (UNITS_PER_HEAP - HEAD) % ROW_MAX;
    begin_heaps(p, seed);
    for (unsigned i = 0; i < 2 * in_heap + 3 && p->count < HELD; i++)
        take_row(p, ROW_MAX);
    ok(p->lowest && p->whole && heap_of(p->held[p->count - 1].start) == 2 && is_counted(p),
       "rows_fill_heaps_one_after_the_other (%u in each)", in_heap);
    for (unsigned i = 0; i < 2 && rest > 0; i++)
        take_row(p, rest);
    struct held last = p->held[p->count - 1];
    ok(p->lowest && p->whole && unit_of(last.start) + last.units == UNITS_PER_HEAP &&
           heap_of(last.start) == (rest > 0 ? 1 : 2),
       "the_rest_at_their_ends_serves_smaller_ones (%u units)", rest);
    /* One unit in two goes, and rows of two find nothing there; then the others go. */
    for (unsigned i = 0; i < in_heap; i++)
        put(p, 0);
    take_place(p);
    take_row(p, 1);
    take_row(p, ROW_MAX);
    ok(p->lowest && p->whole && is_counted(p) && map_agrees(p),
       "what_comes_back_below_serves_first_again");
    while (p->count > 0)
        put(p, (unsigned)dice_below(&p->dice, p->count));
    ok(is_counted(p) && map_agrees(p) && places_counted().rows == 0, "and_all_come_back");
}

/* Units of one place cannot be a run while one of them is in a row. */
static void a_place_needs_all_of_its_units(void)
{
    struct play *p = &play;
    begin_heaps(p, 5);
    take_row(p, 1);
    take_place(p);
    take_row(p, UNITS_PER_RUN - 1);
    ok(p->lowest && p->whole && run_place(p->held[0].start) == run_place(p->held[2].start) &&
           run_place(p->held[1].start) != run_place(p->held[0].start),
       "a_place_whose_unit_is_in_a_row_serves_no_run");
    struct run *run = run_around(p->held[0].start);
    put(p, 0);
    take_place(p);
    ok(p->whole && run_around(p->held[p->count - 1].start) != run, "nor_while_another_one_is");
    while (p->count > 0)
        put(p, 0);
    take_place(p);
    ok(run_around(p->held[0].start) == run, "but_when_all_are_back");
    put(p, 0);
}

int main(int argc, char **argv)
{
    uint64_t seed = seed_of(argc, argv);
    alarm(50);
    free(malloc(1));
    rows_and_places_come_and_go(seed);
    heaps_are_filled_to_their_ends(seed + 1);
    a_place_needs_all_of_its_units();
    return done();
}
