/*
 * Runs and a kernel that refuses (ASHLAR_INJECT_FAIL): fewer slots or none, every law kept, and
 * when the kernel gives again there are slots again.  Spec A, R11.
 *
 * @test inject
 */
#include "unit.h"

#include "arena.h"
#include "refuse.h"
#include "rising.h"
#include "runs_check.h"

enum { IN_RUN = RUN_SIZE / 1024, SLOTS = 256 * MIB / 1024, PATIENCE = 100 };

static struct arena arena;
static struct runs r;
static void *slots[SLOTS];

static void count_broken(const char *law, const void *where, void *count)
{
    if ((*(unsigned *)count)++ < 5)
        note("broken law %s at %p", law, where);
}

static bool laws_hold(void)
{
    unsigned broken = 0;
    runs_check(&r, count_broken, &broken);
    return broken == 0;
}

static void put_all(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        runs_put(&r, slots[i]);
}

/* How many requests are refused until one is served; PATIENCE if none is. */
static unsigned wait_for_slot(unsigned sizeclass)
{
    void *slot;
    unsigned refused = 0;
    while (refused < PATIENCE && take_rising(&r, sizeclass, &slot, 1) == 0)
        refused++;
    if (refused < PATIENCE)
        runs_put(&r, slot);
    return refused;
}

/* Before anything else: there is not even a first heap. */
static void the_first_heap_is_refused(void)
{
    refuse_all();
    ok(wait_for_slot(0) == PATIENCE && !places_heaps() && r.count == 0 && r.live_bytes == 0,
       "without_a_heap_there_are_no_slots");
    refuse_none();
    unsigned refused = wait_for_slot(0);
    ok(refused < PATIENCE && laws_hold(), "later_there_are (after %u requests)", refused);
}

static void growth_is_refused(void)
{
    unsigned sizeclass = run_class_for(1024);
    unsigned first = take_rising(&r, sizeclass, slots, 1);
    refuse_all();
    unsigned more = take_rising(&r, sizeclass, slots + 1, SLOTS - 1), all = first + more;
    ok(first == 1 && more < SLOTS - 1 && all % IN_RUN == 0 && laws_hold(),
       "a_heap_that_cannot_grow_gives_what_it_has (%u)", more);
    ok(take_rising(&r, sizeclass, slots + all, 1) == 0 && take_rising(&r, 0, slots + all, 1) == 0 &&
           places_heaps()->newer == NULL,
       "and_then_none");
    runs_put(&r, slots[7]);
    ok(take_rising(&r, sizeclass, slots + all, 2) == 1 && slots[all] == slots[7],
       "what_comes_back_is_given_again_while_all_is_refused");
    ok(laws_hold(), "all_laws_hold_after_refusals");
    refuse_none();
    unsigned refused = wait_for_slot(3);
    ok(refused < PATIENCE && laws_hold(), "later_it_grows (after %u requests)", refused);
    put_all(all);
}

static void releasing_is_refused(void)
{
    enum { COUNT = 16 * IN_RUN };
    unsigned count = take_rising(&r, run_class_for(1024), slots, COUNT);
    for (unsigned i = 0; i < count; i++)
        memset(slots[i], 1, 1024);
    for (unsigned i = 0; i < count; i++)
        if (i % IN_RUN != 0)
            runs_put(&r, slots[i]);
    refuse_all();
    ok(count == COUNT && runs_trim(&r) == 0 && laws_hold(),
       "a_trim_that_is_refused_gives_nothing_back");
    refuse_none();
    size_t released = runs_trim(&r);
    ok(released == COUNT / IN_RUN * (RUN_SIZE - sys_page()) && laws_hold(),
       "and_later_all_of_it (%zu)", released);
    for (unsigned i = 0; i < count; i += IN_RUN)
        runs_put(&r, slots[i]);
}

/* Every n-th call fails: take more than there was of many sizes, and put it. */
static void some_are_refused(char *order, const char *name)
{
    unsigned count = 0, failed = 0;
    bool sound = true;
    putenv(order);
    for (unsigned i = 0; i < 4000 && sound; i++) {
        unsigned taken = take_rising(&r, i % RUN_CLASSES, slots + count, 16);
        failed += taken < 16;
        count += taken;
        sound = i % 100 != 0 || laws_hold();
    }
    refuse_none();
    ok(sound && laws_hold() && runs_count_used(&r) == count,
       "%s: all_laws_hold (%u slots, %u "
       "requests refused)",
       name, count, failed);
    put_all(count);
    places_trim();
    ok(laws_hold() && r.live_bytes == 0 && wait_for_slot(5) < PATIENCE, "%s: and_when_all_is_put",
       name);
}

int main(void)
{
    static char second[] = "ASHLAR_INJECT_FAIL=2", third[] = "ASHLAR_INJECT_FAIL=3";
    static char fifth[] = "ASHLAR_INJECT_FAIL=5", all[] = "ASHLAR_INJECT_FAIL=-1";
    free(malloc(1));
    runs_begin(&r, &arena, 100);
    the_first_heap_is_refused();
    growth_is_refused();
    releasing_is_refused();
    some_are_refused(all, "all");
    some_are_refused(fifth, "every 5th");
    some_are_refused(third, "every 3rd");
    some_are_refused(second, "every 2nd");
    return done();
}
