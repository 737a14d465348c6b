/*
 * What is held from the kernel: one sum, the same as its parts tell, whatever is taken and put; and
 * what the limits on it mean.  D8.
 */
#include "unit.h"

#include "arenas.h"
#include "gnu.h"
#include "held.h"
#include "mapped.h"
#include "threads.h"
#include "tune.h"

#include <errno.h>
#include <pthread.h>

enum { BLOCKS = 400, OPERATIONS = 20000, VERIFY_EVERY = 500 };

/* The same sum from what everybody counts for himself. */
static size_t sum_of_parts(void)
{
    struct places_count c = places_counted();
    size_t used = c.bytes / PLACE_UNIT - c.empty;
    size_t sum = mapped_counted().bytes + used * PLACE_UNIT;
    for (struct arena *a = arenas_first(); a; a = arenas_next(a))
        sum += a->top.system;
    return sum;
}

static bool sum_is_right(void)
{
    size_t sum = sum_of_parts();
    if (sum == held_now())
        return true;
    note("held are %zu bytes, the parts are %zu", held_now(), sum);
    return false;
}

static void *take_and_put(void *seed)
{
    struct dice dice = dice_of((uintptr_t)seed);
    void *blocks[BLOCKS] = {NULL};
    bool right = true;
    for (unsigned i = 0; i < OPERATIONS; i++) {
        void **block = &blocks[dice_below(&dice, BLOCKS)];
        void *changed = *block && i % 7 == 0 ? realloc(*block, dice_doubling(&dice, 4, 19)) : NULL;
        if (changed)
            *block = changed;
        else if (*block)
            free(*block), *block = NULL;
        else
            *block = malloc(dice_doubling(&dice, 4, 20));
        if (i % VERIFY_EVERY == 0)
            right = right && sum_is_right();
    }
    for (unsigned i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return (void *)(uintptr_t)right;
}

static void the_sum_is_that_of_its_parts(uint64_t seed)
{
    pthread_t thread;
    void *right = NULL;
    ok(sum_is_right(), "what_is_held_at_first_is_known (D8)");
    ok(take_and_put((void *)(uintptr_t)seed), "what_main_takes_and_puts_is_counted (D8)");
    begin_thread(&thread, take_and_put, (void *)(uintptr_t)(seed + 1));
    pthread_join(thread, &right);
    ok(right, "what_a_thread_takes_and_puts_is_counted (D8)");
    malloc_trim(0);
    ok(sum_is_right(), "and_what_is_trimmed (D8)");
}

static void limits_are_on_the_sum(void)
{
    size_t now = held_now();
    ok(held_allows(SIZE_MAX) && !held_is_tight(), "without_limits_all_is_allowed");
    tune.hard_limit = now + MIB;
    ok(held_allows(MIB) && !held_allows(MIB + 1) && held_allows(0), "the_hard_limit_is_exact");
    tune.hard_limit = now - 1;
    ok(!held_allows(1) && held_allows(0), "above_the_hard_limit_nothing_more_is_allowed");
    tune.hard_limit = 0;
    tune.soft_limit = now;
    bool at = held_is_tight();
    held_add(1);
    ok(!at && held_is_tight(), "the_soft_limit_may_be_reached_and_not_passed");
    held_sub(1);
    tune.soft_limit = 0;
}

static bool is_refused(size_t n)
{
    errno = 0;
    void *user = malloc(n);
    bool refused = !user && errno == ENOMEM;
    free(user);
    return refused;
}

/* Nothing that needs no more memory is refused, nor is what was there changed. */
static void a_hard_limit_is_nobodys_loss(void)
{
    enum { N = 100000 };
    char *kept = malloc(N), *spare = malloc(3000), *behind = malloc(100);
    pattern_fill(kept, N, 5);
    free(spare);
    malloc_trim(0);
    tune.hard_limit = held_now();
    ok(is_refused(64 * MIB) && is_refused(33 * MIB), "what_would_need_more_fails_with_ENOMEM");
    errno = 0;
    ok(!realloc(kept, 64 * MIB) && errno == ENOMEM && pattern_holds(kept, N, N, 5),
       "a_block_that_cannot_grow_stays_as_it_is");
    char *again = malloc(2900);
    ok(again, "what_is_free_serves");
    free(again);
    tune.hard_limit = 0;
    ok(!is_refused(64 * MIB), "without_the_limit_all_is_served_again");
    free(kept);
    free(behind);
}

const char *ashlar_options = "background=0";

int main(int argc, char **argv)
{
    alarm(50);
    free(malloc(1));
    the_sum_is_that_of_its_parts(seed_of(argc, argv));
    limits_are_on_the_sum();
    a_hard_limit_is_nobodys_loss();
    return done();
}
