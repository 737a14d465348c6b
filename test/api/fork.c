/*
 * fork.c - a process with busy threads forks two hundred times; each child finds a whole heap,
 * frees what its parent's threads took, starts threads of its own and ends.  Handlers of
 * pthread_atfork may allocate in all three places.
 *
 * @test both timeout=200
 */
#include "api.h"
#include "threads.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4, FORKS = 200, SHARED = 64 };

static atomic_bool stop;
static _Atomic(void *) shared[SHARED];
static void *prepared;
static size_t parent_calls, child_calls;

static void before_fork(void)
{
    prepared = malloc(5000);
    free(malloc(70));
}

static void in_parent(void)
{
    parent_calls++;
    free(prepared);
    free(calloc(1, 300000));
}

static void in_child(void)
{
    child_calls++;
    free(prepared);
    free(realloc(malloc(10), 3000));
}

/* Takes and frees without pause, and leaves blocks where the children find them. */
static void *work_like_mad(void *seed)
{
    uint64_t state = (uint64_t)(uintptr_t)seed;
    while (!stop) {
        uint64_t r = random_next(&state);
        size_t n = 16 + (r >> 8) % (r % 100 == 0 ? 200000 : r % 5 == 0 ? 4000 : 300);
        unsigned char *block = malloc(n);
        if (block == NULL)
            continue;
        memset(block, 0x3c, 16);
        free(atomic_exchange(&shared[r % SHARED], block));
    }
    return NULL;
}

static void *use_heap(void *result)
{
    uint64_t state = (uint64_t)(uintptr_t)result;
    for (int i = 0; i < 200; i++) {
        size_t n = random_next(&state) % 5000;
        void *block = malloc(n);
        if (block == NULL)
            return NULL;
        memset(block, 1, n);
        free(block);
    }
    free(calloc(1, 200000));
    return result;
}

static bool threads_start_in_child(void)
{
    pthread_t threads[3];
    bool holds = true;
    for (size_t i = 0; i < 3; i++)
        if (begin_thread(&threads[i], use_heap, (void *)(i + 1)) != 0)
            return false;
    for (size_t i = 0; i < 3; i++) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        holds &= result != NULL;
    }
    return holds;
}

static bool shared_blocks_are_whole_and_can_be_freed(void)
{
    bool holds = true;
    for (size_t i = 0; i < SHARED; i++) {
        void *block = atomic_exchange(&shared[i], NULL);
        holds &= block == NULL || all_bytes_are(block, 16, 0x3c);
        free(block);
    }
    return holds;
}

static int number;

static bool child_is_whole(void)
{
    bool holds = use_heap(&holds) != NULL && shared_blocks_are_whole_and_can_be_freed();
    if (number % 4 == 0)
        holds &= threads_start_in_child();
    if (number % 10 == 0)
        holds &= heap_is_sound();
    return holds && child_calls >= 1;
}

static size_t whole_children(void)
{
    size_t whole = 0;
    for (number = 0; number < FORKS && whole == (size_t)number; number++)
        whole += holds_in_child(child_is_whole, 20);
    return whole;
}

/* The child forks again, after threads of its own have come and gone. */
static bool grandchild_is_whole(void)
{
    return threads_start_in_child() && holds_in_child(child_is_whole, 10);
}

int main(void)
{
    pthread_t threads[THREADS];
    alarm(200);
    if (pthread_atfork(before_fork, in_parent, in_child) != 0)
        return EXIT_FAILURE;
    for (size_t i = 0; i < THREADS; i++)
        if (begin_thread(&threads[i], work_like_mad, (void *)(i + 1)) != 0)
            return EXIT_FAILURE;
    size_t whole = whole_children();
    ok(whole == FORKS, "%zu of %d children are whole", whole, FORKS);
    ok(holds_in_child(grandchild_is_whole, 20), "a_child_of_a_child_is_whole");
    ok(parent_calls == whole + 1, "atfork_handlers_may_allocate");
    stop = true;
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ok(shared_blocks_are_whole_and_can_be_freed(), "the_parent_is_whole");
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
