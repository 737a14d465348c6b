/*
 * Whether the machine is short of memory, from what the kernel's files say: the four of a control
 * group (version 2), and /proc/pressure/memory.  D8.
 */
#include "unit.h"

#include "pressure.h"

#define CALM "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00\n"
#define BUSY "some avg10=34.56 avg60=20.00 avg300=1.00 total=99\nfull avg10=3.00 avg60=1.00\n"

static bool says_all_is_well(const char *current, const char *high, const char *max)
{
    return !pressure_is_told(current, high, max, CALM);
}

int main(void)
{
    ok(says_all_is_well("100000000\n", "max\n", "max\n"), "without_a_limit_all_is_well");
    ok(says_all_is_well("89000000\n", "100000000\n", "max\n"), "nine_tenths_of_it_are_free_to_use");
    ok(pressure_is_told("90000100\n", "100000000\n", "max\n", CALM), "then_memory_high_is_near");
    ok(pressure_is_told("96000000\n", "max\n", "100000000\n", ""), "or_memory_max");
    ok(pressure_is_told("1\n", "max\n", "max\n", BUSY), "or_tasks_wait_for_memory");
    ok(!pressure_is_told("1\n", "max\n", "max\n", "some avg10=9.99 avg60=50.00\n"),
       "what_was_a_minute_ago_is_over");
    ok(!pressure_is_told("", "", "", ""), "what_cannot_be_read_says_that_all_is_well");
    ok(!pressure_is_told("-1\n", "x\n", "\n", "some avg10=\n") &&
           !pressure_is_told("no number", "100", "100", "full avg10=99.00\n"),
       "and_so_does_what_makes_no_sense");
    ok(pressure_is_told("18446744073709551615\n", "9223372036854771712\n", "max\n", ""),
       "the_largest_numbers_do_not_wrap");
    pressure_begin();
    bool first = pressure_is_high(), again = pressure_is_high();
    note("this machine says %d, and %d", first, again);
    ok(first == again, "the_real_files_are_read");
    return done();
}
