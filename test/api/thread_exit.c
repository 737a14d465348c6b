/*
 * thread_exit.c - destructors of thread-specific data allocate and free to the last round, when
 * the allocator's own has long run; C23 and POSIX let them.  Nothing is lost, nothing crashes.
 *
 * @test both timeout=60
 */
#include "api.h"
#include "threads.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

enum { KEYS = 8, THREADS = 400 };

static pthread_key_t keys[KEYS];
static atomic_size_t rounds, damaged;

/* Frees the block of the round before and takes one for the next, larger each time. */
static void replace(void *block, size_t number)
{
    size_t n = 64 + number * 100;
    if (!all_bytes_are((char *)block + 16, n - 16, (unsigned char)number))
        atomic_fetch_add(&damaged, 1);
    free(block);
    atomic_fetch_add(&rounds, 1);
    if (++number == PTHREAD_DESTRUCTOR_ITERATIONS)
        return;
    n = 64 + number * 100;
    size_t *next = malloc(n);
    memset(next, (int)number, n);
    next[0] = number;
    for (size_t i = 0; i < KEYS; i++)
        if (pthread_getspecific(keys[i]) == NULL) {
            pthread_setspecific(keys[i], next);
            return;
        }
    free(next);
}

static void destroy(void *block)
{
    size_t number = *(size_t *)block;
    replace(block, number);
    for (size_t n = 1; n < 200000; n *= 5) {
        void *more = calloc(1, n);
        more = realloc(more, 2 * n);
        free(more);
    }
}

static void *live_and_die(void *argument)
{
    for (size_t i = 0; i < KEYS; i++) {
        size_t *block = malloc(64);
        memset(block, 0, 64);
        pthread_setspecific(keys[i], block);
    }
    free(malloc(1000));
    return argument;
}

/* Here the destructor's is the first allocation that the thread ever makes. */
static void *only_die(void *argument)
{
    pthread_setspecific(keys[0], argument);
    return argument;
}

static bool run_in_turn(void *(*life)(void *), bool with_block)
{
    for (size_t i = 0; i < THREADS; i++) {
        pthread_t thread;
        if (begin_thread(&thread, life, with_block ? calloc(1, 64) : NULL) != 0)
            return false;
        pthread_join(thread, NULL);
    }
    return true;
}

static bool nothing_grows(void)
{
    size_t before = mallinfo2().uordblks;
    bool holds = run_in_turn(live_and_die, false);
    size_t after = mallinfo2().uordblks;
    if (after > before + 100000)
        note("in use before %zu, after %zu", before, after);
    return holds && after <= before + 100000;
}

int main(void)
{
    alarm(60);
    for (size_t i = 0; i < KEYS; i++)
        pthread_key_create(&keys[i], destroy);
    ok(run_in_turn(live_and_die, false), "destructors_allocate_and_free_in_every_round");
    ok(rounds == (size_t)THREADS * KEYS * PTHREAD_DESTRUCTOR_ITERATIONS, "the_rounds_were_run");
    ok(run_in_turn(only_die, true), "a_destructor_may_allocate_first");
    ok(damaged == 0, "blocks_keep_their_content");
    ok(nothing_grows(), "memory_of_finished_threads_comes_back (R13)");
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
