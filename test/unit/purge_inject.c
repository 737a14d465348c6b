/*
 * What waits, and a kernel that refuses to take it back or to say who sleeps: nothing that is live
 * is lost, every step ends, and every law holds.  D8, D10.
 *
 * @test inject
 */
#include "unit.h"

#include "arenas.h"
#include "ashlar.h"
#include "gnu.h"
#include "refuse.h"
#include "round.h"
#include "tune.h"

enum { BLOCKS = 300, N = 24 * 1024, GUARD = 1200 };

static char *hole[BLOCKS], *guard[BLOCKS];

static void make_holes(void)
{
    for (unsigned i = 0; i < BLOCKS; i++) {
        hole[i] = malloc(N);
        guard[i] = malloc(GUARD);
        pattern_fill(guard[i], GUARD, i);
    }
    for (unsigned i = 0; i < BLOCKS; i++)
        free(hole[i]);
}

static bool guards_hold(void)
{
    bool whole = true;
    for (unsigned i = 0; i < BLOCKS; i++)
        whole = whole && pattern_holds(guard[i], GUARD, GUARD, i);
    return whole && ashlar_check() == 0;
}

static void drop_guards(void)
{
    for (unsigned i = 0; i < BLOCKS; i++)
        free(guard[i]);
}

static void a_kernel_that_takes_nothing(void)
{
    make_holes();
    refuse_all();
    bool ends = go_round();
    malloc_trim(0);
    ends = go_round() && ends;
    refuse_none();
    ok(ends, "a_round_ends_though_nothing_is_taken_back (D10)");
    ok(guards_hold(), "and_nothing_that_is_live_is_lost (D8)");
    char *zero = calloc(1, 64 * KIB);
    ok(zero && all_bytes_are(zero, 64 * KIB, 0), "what_stayed_is_no_zero_page (I16)");
    free(zero);
    drop_guards();
}

/* The order "the n-th call": each of the first calls once. */
static void a_kernel_that_refuses_once(void)
{
    enum { CALLS = 40 };
    static char order[] = "ASHLAR_INJECT_FAIL=00";
    bool ends = true, whole = true;
    for (unsigned i = 1; i <= CALLS; i++) {
        make_holes();
        snprintf(order, sizeof order, "ASHLAR_INJECT_FAIL=%u", i);
        putenv(order);
        ends = go_round() && ends;
        malloc_trim(0);
        refuse_none();
        whole = guards_hold() && whole;
        drop_guards();
    }
    ok(ends && whole, "whichever_call_is_refused_nothing_is_lost (D8)");
    make_holes();
    go_round();
    size_t waiting = main_arena.bins.waiting;
    ok(waiting == 0 && guards_hold(), "afterwards_all_goes_back (%zu bytes wait)", waiting);
    drop_guards();
}

const char *ashlar_options = "background=0";

int main(void)
{
    alarm(50);
    free(malloc(1));
    decay_set(DECAY_NEVER, 0);
    a_kernel_that_takes_nothing();
    a_kernel_that_refuses_once();
    return done();
}
