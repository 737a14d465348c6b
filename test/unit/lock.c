/*
 * The lock: mutual exclusion, a holder that comes back is told so, fork's hold lets its own thread
 * in again, nobody sleeps for ever.  D2, D9, and issue 2 item 5.
 */
#include "unit.h"

#include "lock.h"
#include "threads.h"

#include <pthread.h>
#include <sched.h>

enum { THREADS = 4, ROUNDS = 50000 };

static struct lock lock;
static size_t counted, inside;
static atomic_uint crowded, done_threads;

static void a_single_thread_takes_and_releases(void)
{
    ok(process_is_alone(), "a_process_begins_alone");
    ok(!lock_held(&lock) && lock_try(&lock) && lock_held(&lock), "a_free_lock_is_taken");
    ok(!lock_try(&lock) && !lock_take(&lock) && lock_held(&lock),
       "a_holder_that_comes_back_is_told_so");
    lock_release(&lock);
    ok(!lock_held(&lock) && lock_take(&lock), "a_released_lock_is_free");
    lock_release(&lock);
}

static void fork_lets_its_thread_in_again(const char *when)
{
    ok(lock_hold(&lock, 1000) && lock_held(&lock), "fork_holds_a_free_lock (%s)", when);
    ok(lock_take(&lock) && lock_try(&lock) && lock.again == 2, "its_thread_may_come_in (%s)", when);
    lock_release(&lock);
    lock_release(&lock);
    ok(lock_held(&lock) && lock.again == 0, "and_go_out_again (%s)", when);
    lock_let_go(&lock);
    ok(!lock_held(&lock) && lock.word == 0 && !lock.open_to_owner, "then_it_is_free (%s)", when);
    lock_take(&lock);
    ok(lock_hold(&lock, 1000) && !lock_take(&lock), "an_interrupted_operation_is_not_entered (%s)",
       when);
    lock_let_go(&lock);
    ok(lock_held(&lock) && lock_is_interrupted(&lock), "nor_ended (%s)", when);
    lock_release(&lock);
    lock_let_go(&lock);
    ok(lock.word == 0, "letting_go_of_a_free_lock_does_nothing (%s)", when);
}

/* Not atomic on purpose: only the lock keeps the sum right. */
static void *count(void *unused)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (i % 3 == 0)
            while (!lock_try(&lock))
                sched_yield();
        else if (!lock_take(&lock))
            atomic_fetch_add(&crowded, 1);
        if (++inside != 1)
            atomic_fetch_add(&crowded, 1);
        counted++;
        if (i % 64 == 0)
            sched_yield();
        inside--;
        lock_release(&lock);
    }
    atomic_fetch_add(&done_threads, 1);
    return unused;
}

static void threads_exclude_each_other(void)
{
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        begin_thread(&threads[i], count, NULL);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ok(crowded == 0 && counted == (size_t)THREADS * ROUNDS, "one_at_a_time_is_inside (%zu of %d)",
       counted, THREADS * ROUNDS);
    ok(lock.word == 0 && done_threads == THREADS, "and_none_is_left_asleep");
}

static void *take_once(void *context)
{
    atomic_uint *state = context;
    atomic_fetch_add(state, !lock_try(&lock) && !lock_held(&lock));
    lock_take(&lock);
    atomic_fetch_add(state, 1);
    lock_release(&lock);
    return NULL;
}

static void *hold_in_vain(void *context)
{
    bool held = lock_hold(&lock, 20);
    atomic_fetch_add((atomic_uint *)context, held ? 100 : 1);
    return NULL;
}

/* Asleep as long as it is held: they would be through long before. */
static void a_held_lock_lets_nobody_in(void)
{
    enum { WAIT = 200000 };
    static atomic_uint takers, holders;
    pthread_t one, two, three;
    lock_hold(&lock, 1000);
    begin_thread(&one, take_once, &takers);
    begin_thread(&two, hold_in_vain, &holders);
    begin_thread(&three, take_once, &takers);
    usleep(WAIT);
    ok(takers == 2, "others_wait_while_it_is_held");
    ok(lock_held(&lock) && !lock_is_interrupted(&lock) && lock_take(&lock),
       "its_holder_comes_in_beside_sleepers");
    lock_release(&lock);
    pthread_join(two, NULL);
    ok(holders == 1, "who_will_not_wait_for_ever_is_told_so");
    lock_let_go(&lock);
    pthread_join(one, NULL);
    pthread_join(three, NULL);
    ok(takers == 4 && lock.word == 0, "all_of_them_are_woken");
}

static void *keep(void *unused)
{
    lock_take(&lock);
    atomic_fetch_add(&crowded, 1);
    pause();
    return unused;
}

static void child_abandons(void *unused)
{
    (void)unused;
    lock_abandon(&lock);
    bool refused = !lock_take(&lock) && !lock_try(&lock);
    _exit(refused ? 7 : 1);
}

/* The child of fork has no thread that could ever release it. */
static void a_lock_of_nobody_is_refused(void)
{
    pthread_t keeper;
    crowded = 0;
    begin_thread(&keeper, keep, NULL);
    for (unsigned waited = 0; crowded == 0 && waited < 5000; waited++)
        usleep(1000);
    struct told t = told_by(child_abandons, NULL);
    ok(crowded == 1 && WIFEXITED(t.status) && WEXITSTATUS(t.status) == 7,
       "a_lock_whose_holder_does_not_exist_is_refused_at_once");
}

static void child_takes(void *unused)
{
    (void)unused;
    bool mine = lock_held(&lock);
    lock_let_go(&lock);
    bool free = lock_try(&lock);
    lock_release(&lock);
    _exit(mine && free ? 7 : 1);
}

static void a_child_may_let_go(void)
{
    lock_hold(&lock, 1000);
    struct told t = told_by(child_takes, NULL);
    lock_let_go(&lock);
    ok(WIFEXITED(t.status) && WEXITSTATUS(t.status) == 7, "a_forked_child_is_the_same_holder");
}

int main(void)
{
    alarm(50);
    a_single_thread_takes_and_releases();
    fork_lets_its_thread_in_again("alone");
    threads_exclude_each_other();
    fork_lets_its_thread_in_again("with threads");
    a_held_lock_lets_nobody_in();
    a_child_may_let_go();
    a_lock_of_nobody_is_refused();
    return done();
}
