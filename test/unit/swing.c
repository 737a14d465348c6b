/*
 * swing.c - when a top that is trimmed and grown again is held back, and when it is not (M6, R12).
 */
#include "swing.h"

#include "tap.h"
#include "tune.h"

#include <time.h>

static void swings(struct swing *s, unsigned times, size_t bytes)
{
    for (unsigned i = 0; i < times; i++) {
        swing_trimmed(s, bytes);
        swing_grown(s);
    }
}

static void sleep_for(long milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void what_returns_seldom_is_not_held(void)
{
    struct swing s = {.hold = 0};
    swings(&s, 7, 64 * KIB);
    ok(swing_hold(&s, 0) == 0, "seven_returns_are_no_reason_to_hold");
    swing_grown(&s);
    ok(swing_hold(&s, 0) == 0, "growing_without_a_trim_before_is_no_return");
}

static void what_returns_often_is_held_for_a_second(void)
{
    struct swing s = {.hold = 0};
    swings(&s, 8, 64 * KIB);
    ok(swing_hold(&s, 0) == 64 * KIB, "the_eighth_return_holds_what_was_trimmed");
    swings(&s, 1, 32 * KIB);
    ok(swing_hold(&s, 0) == 96 * KIB, "what_still_returns_is_added");
    swings(&s, 5, HEAP_MAX);
    ok(swing_hold(&s, 0) == HEAP_MAX / 2, "no_more_than_half_a_heap_is_held");
    sleep_for(1100);
    ok(swing_hold(&s, 0) == 0, "after_a_second_it_goes_back");
    swings(&s, 1, 16 * KIB);
    ok(swing_hold(&s, 0) == 16 * KIB, "the_next_return_is_recognised_at_once");
}

static void what_is_large_counts_threefold(void)
{
    struct swing s = {.hold = 0};
    swings(&s, 2, MIB);
    ok(swing_hold(&s, 0) == 0, "two_returns_of_a_mebibyte_are_no_reason_to_hold");
    swings(&s, 1, MIB);
    ok(swing_hold(&s, 0) == MIB, "the_third_is");
    sleep_for(1100); /* the process forgets it as well */
}

static void a_late_return_starts_the_count_again(void)
{
    struct swing s = {.hold = 0};
    swings(&s, 7, 64 * KIB);
    swing_trimmed(&s, 64 * KIB);
    sleep_for(1100);
    swing_grown(&s);
    swings(&s, 7, 64 * KIB);
    ok(swing_hold(&s, 0) == 0, "a_return_after_a_second_starts_the_count_again");
}

static void whoever_asks_for_the_textbook_gets_it(void)
{
    struct swing classic = {.hold = 0}, fixed = {.hold = 0};
    tune.tcache = 0;
    swings(&classic, 20, 64 * KIB);
    ok(swing_hold(&classic, MIB) == 0, "nothing_is_held_in_classic_mode");
    tune.tcache = 1;
    tune.thresholds_fixed = true;
    swings(&fixed, 20, 64 * KIB);
    ok(swing_hold(&fixed, MIB) == 0, "nothing_is_held_when_a_threshold_was_set");
    tune.thresholds_fixed = false;
}

/* What one arena has learnt the others need not learn by themselves. */
static void a_process_that_swings_holds_everywhere(void)
{
    struct swing one = {.hold = 0}, other = {.hold = 0};
    sleep_for(1100);
    ok(swing_hold(&other, 300 * KIB) == 0, "an_arena_begins_without_a_hold");
    swings(&one, 8, 64 * KIB);
    ok(swing_hold(&other, 300 * KIB) == 300 * KIB, "once_the_process_swings_it_holds_what_it_has");
    ok(swing_hold(&other, 100 * KIB) == 300 * KIB &&
           swing_hold(&other, HEAP_MAX / 4) == max_size(HEAP_MAX / 4, 300 * KIB) &&
           swing_hold(&other, HEAP_MAX) == HEAP_MAX / 2,
       "and_more_when_there_is_more_up_to_half_a_heap");
    sleep_for(1100);
    ok(swing_hold(&other, MIB) == 0 && swing_hold(&one, MIB) == 0, "for_a_second_only");
}

int main(void)
{
    what_returns_seldom_is_not_held();
    what_returns_often_is_held_for_a_second();
    what_is_large_counts_threefold();
    a_late_return_starts_the_count_again();
    a_process_that_swings_holds_everywhere();
    whoever_asks_for_the_textbook_gets_it();
    return done();
}
