/*
 * cancel.c - malloc and free are no cancellation points (POSIX lists those that may be, and they
 * are not among them): a thread with a cancellation pending comes out of them, whatever slow way
 * they take, and others go on.
 */
#include "api.h"
#include "threads.h"

#include <pthread.h>
#include <stdatomic.h>

/* More threads than arenas are made without counting processors, which reads files. */
enum { THREADS = 12, FORKS = 60 };

static atomic_bool go, stop;
static atomic_uint came_out;

static void *allocate_with_cancel_pending(void *unused)
{
    while (!go)
        continue;
    free(malloc(5000));
    came_out++;
    return unused;
}

static bool first_calls_come_out(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        if (begin_thread(&threads[i], allocate_with_cancel_pending, NULL) != 0)
            return false;
        pthread_cancel(threads[i]);
    }
    go = true;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return came_out == THREADS;
}

static void *allocate_until_stopped(void *unused)
{
    while (!stop)
        free(malloc(200000));
    came_out++;
    return unused;
}

static bool work_in_child(void)
{
    return true;
}

/* While somebody forks, the others stand back from locks, and wait for that. */
static bool waits_beside_fork_come_out(void)
{
    pthread_t threads[3];
    bool whole = true;
    came_out = 0;
    for (int i = 0; i < 3; i++)
        if (begin_thread(&threads[i], allocate_until_stopped, NULL) != 0)
            return false;
    for (int i = 0; i < 3; i++)
        pthread_cancel(threads[i]);
    for (int i = 0; i < FORKS; i++)
        whole &= holds_in_child(work_in_child, 10);
    stop = true;
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return whole && came_out == 3;
}

int main(void)
{
    alarm(60);
    ok(first_calls_come_out(), "a_first_call_is_no_cancellation_point");
    ok(waits_beside_fork_come_out(), "nor_is_one_beside_a_fork");
    return done();
}
