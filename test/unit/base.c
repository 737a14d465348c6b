/* A failed assert says which law, in which file and line, and aborts; it does not allocate. */
#include "unit.h"

#include "base.h"

static void break_a_law(void *line)
{
    assert_failed("two and two are four", "sum.c", *(int *)line);
}

static void fail_here(void *zero)
{
    assert(*(int *)zero == 1);
}

int main(void)
{
    int line = 1203, zero = 0;
    ok(dies_saying("ashlar: sum.c:1203: assertion failed: two and two are four\n", break_a_law,
                   &line),
       "it_says_the_file_the_line_and_the_law");
    line = 7;
    ok(dies_saying("ashlar: sum.c:7: assertion failed", break_a_law, &line), "a_short_number_too");
    ok(dies_saying("ashlar: ", fail_here, &zero), "a_condition_that_does_not_hold_comes_there");
    return done();
}
