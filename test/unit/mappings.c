/*
 * mappings.c - what is noted is had, and struck once; what finds no place is counted; threads.
 */
#include "unit.h"

#include "mappings.h"
#include "threads.h"

enum { THREADS = 4, EACH = 100, ROUNDS = 200 };

static char *address(size_t i)
{
    return (char *)((i + 1) * 4096 * 16);
}

static void what_is_noted_is_struck_once(void)
{
    char *one = address(1), *other = address(2);
    ok(!mappings_have(one, 4096) && !mappings_strike(one, 4096), "what_was_not_noted_is_not_had");
    mappings_note(one, 4096);
    mappings_note(other, 8192);
    ok(mappings_have(one, 4096) && mappings_have(other, 8192), "what_is_noted_is_had (K2)");
    ok(!mappings_have(one, 8192) && !mappings_strike(other, 4096) && mappings_have(other, 8192),
       "with_its_own_length_only");
    ok(mappings_strike(one, 4096) && !mappings_strike(one, 4096) && !mappings_have(one, 4096),
       "and_struck_once");
    ok(mappings_strike(other, 8192), "whatever_else_is");
}

static void what_finds_no_place_is_counted(void)
{
    enum { BEYOND = 5 };
    for (size_t i = 0; i < MAPPINGS_KNOWN + BEYOND; i++)
        mappings_note(address(i), 4096);
    bool right = mappings_have(address(MAPPINGS_KNOWN), 4096);
    for (size_t i = MAPPINGS_KNOWN + BEYOND; i-- > 0;)
        right = right && mappings_strike(address(i), 4096);
    ok(right, "more_than_%d_are_had_as_well", MAPPINGS_KNOWN);
    ok(!mappings_have(address(MAPPINGS_KNOWN), 4096) &&
           !mappings_strike(address(MAPPINGS_KNOWN), 4096),
       "no_more_of_them_than_were_noted");
}

/* Each thread notes and strikes its own; returns how often it was wrong. */
static void *note_and_strike(void *number)
{
    size_t first = (size_t)number * EACH, wrong = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (size_t i = first; i < first + EACH; i++)
            mappings_note(address(i), 4096 * (i + 1));
        for (size_t i = first; i < first + EACH; i++)
            wrong += !mappings_have(address(i), 4096 * (i + 1)) ||
                     !mappings_strike(address(i), 4096 * (i + 1)) ||
                     mappings_strike(address(i), 4096 * (i + 1));
    }
    return (void *)wrong;
}

static void threads_do_not_meet(void)
{
    pthread_t threads[THREADS];
    void *wrong;
    size_t sum = 0;
    for (size_t i = 0; i < THREADS; i++)
        sum += begin_thread(&threads[i], note_and_strike, (void *)i) != 0;
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &wrong);
        sum += (size_t)wrong;
    }
    ok(sum == 0, "threads_note_and_strike_at_once");
}

int main(void)
{
    what_is_noted_is_struck_once();
    what_finds_no_place_is_counted();
    threads_do_not_meet();
    return done();
}
