/*
 * Rows of units and a kernel that refuses: none or what there is, every law kept, and later rows
 * again.  What it would not take back is dirty, and calloc clears it.  Spec A, R11.
 *
 * @test inject
 */
#include "unit.h"

#include "demand.h"
#include "refuse.h"
#include "spans_check.h"

enum { ROWS = 2000, PATIENCE = 200 };

static char *rows[ROWS];

static void count_broken(const char *law, const void *where, void *count)
{
    if ((*(unsigned *)count)++ < 5)
        note("broken law %s at %p", law, where);
}

static bool laws_hold(void)
{
    unsigned broken = 0;
    spans_check(count_broken, &broken);
    return broken == 0;
}

/* How many requests are refused until one is served; PATIENCE if none is. */
static unsigned wait_for_row(void)
{
    bool touched;
    char *row = NULL;
    unsigned refused = 0;
    while (refused < PATIENCE && !(row = places_take_row(ROW_MAX, &touched)))
        refused++;
    if (row)
        places_put_row(row, ROW_MAX);
    return refused;
}

static void the_first_heap_is_refused(void)
{
    refuse_all();
    ok(wait_for_row() == PATIENCE && !places_heaps() && laws_hold(),
       "without_a_heap_there_are_no_rows");
    refuse_none();
    ok(wait_for_row() < PATIENCE && laws_hold(), "later_there_are");
}

static void growth_is_refused(void)
{
    bool touched;
    unsigned count = 0, fresh;
    refuse_all();
    while (count < ROWS && (rows[count] = places_take_row(ROW_MAX, &touched)))
        count++;
    size_t used = places_counted().rows;
    ok(count > 0 && count < ROWS && used == count * ROW_MAX && laws_hold(),
       "a_heap_that_cannot_grow_gives_the_rows_it_has (%u)", count);
    ok(!places_take_row(ROW_MAX, &touched) && places_counted().rows == used, "and_then_none");
    char *row = places_take_row(1, &touched);
    struct run *run = places_take(&fresh);
    ok(laws_hold() && places_counted().rows == used + (row != NULL),
       "what_is_left_may_serve_smaller_ones (%d) and_runs (%d)", row != NULL, run != NULL);
    if (row)
        places_put_row(row, 1);
    if (run)
        places_put(run);
    places_put_row(rows[--count], ROW_MAX);
    ok((rows[count] = places_take_row(ROW_MAX, &touched)), "what_comes_back_serves_meanwhile");
    refuse_none();
    ok(wait_for_row() < PATIENCE && laws_hold(), "later_it_grows");
    for (unsigned i = 0; i <= count; i++)
        places_put_row(rows[i], ROW_MAX);
    ok(places_counted().rows == 0 && laws_hold(), "and_all_go_back");
}

/* Every n-th call fails. */
static void some_are_refused(char *order, const char *name)
{
    struct dice d = dice_of((uintptr_t)order);
    unsigned failed = 0, count = 0, length[ROWS];
    bool touched, sound = true;
    putenv(order);
    for (unsigned i = 0; i < ROWS && sound; i++) {
        length[count] = 1 + (unsigned)dice_below(&d, ROW_MAX);
        rows[count] = places_take_row(length[count], &touched);
        failed += !rows[count];
        count += rows[count] != NULL;
        if (i % 300 == 299)
            places_trim();
        sound = i % 50 != 0 || laws_hold();
    }
    refuse_none();
    ok(sound && laws_hold(), "%s: all_laws_hold (%u rows, %u refused)", name, count, failed);
    while (count-- > 0)
        places_put_row(rows[count], length[count]);
    places_trim();
    ok(laws_hold() && places_counted().rows == 0 && wait_for_row() < PATIENCE,
       "%s: and_when_all_is_put", name);
}

static void what_is_not_taken_back_is_dirty(void)
{
    struct spans s = {.count = 0};
    size_t dirty, n = 4 * PLACE_UNIT;
    char *first = span_take(&s, n, &dirty);
    memset(first, 0xa5, n);
    span_put(NULL, first);
    refuse_all();
    size_t released = places_trim();
    char *again = span_take(&s, n, &dirty);
    ok(released == 0 && again == first && dirty == SIZE_MAX && all_bytes_are(again, n, 0xa5),
       "what_the_kernel_does_not_take_back_is_dirty");
    span_put(NULL, again);
    refuse_none();
    released = places_trim();
    again = span_take(&s, n, &dirty);
    ok(released == n && again == first && dirty == 0 && all_bytes_are(again, n, 0),
       "and_zero_when_it_does");
    span_put(NULL, again);
}

static void calloc_clears_it(void)
{
    enum { COUNT = 200 };
    static unsigned char *blocks[COUNT];
    bool zero = true, spans = true;
    atomic_store(&demand_spans_earned, true);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < COUNT; i++) {
            size_t n = 20000 + i * 400;
            blocks[i] = calloc(1, n);
            spans = spans && region_at(blocks[i]) == REGION_RUNS;
            zero = zero && all_bytes_are(blocks[i], n, 0);
            memset(blocks[i], 0xa5, n);
        }
        for (unsigned i = 0; i < COUNT; i++)
            free(blocks[i]);
        if (round == 0)
            refuse_all();
        places_trim();
        refuse_none();
    }
    ok(zero && spans, "calloc_clears_what_was_not_taken_back");
}

int main(void)
{
    static char second[] = "ASHLAR_INJECT_FAIL=2", third[] = "ASHLAR_INJECT_FAIL=3";
    static char fifth[] = "ASHLAR_INJECT_FAIL=5", all[] = "ASHLAR_INJECT_FAIL=-1";
    free(malloc(1));
    the_first_heap_is_refused();
    growth_is_refused();
    some_are_refused(all, "all");
    some_are_refused(fifth, "every 5th");
    some_are_refused(third, "every 3rd");
    some_are_refused(second, "every 2nd");
    what_is_not_taken_back_is_dirty();
    calloc_clears_it();
    return done();
}
