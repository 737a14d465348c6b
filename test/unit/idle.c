/*
 * Caches of threads that do nothing are emptied by others, and no others are: not that of a thread
 * that runs, that a signal has interrupted on the quick way, or whose stack nobody knows.  And
 * whoever wakes meanwhile waits.  K17 K18 K19, D8.
 */
#include "sleeper.h"

#include "check.h"
#include "idle.h"
#include "keeper.h"
#include "sys.h"
#include "thread.h"
#include "threads.h"
#include "tune.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { ROUNDS_AT_MOST = 10000 };

static struct cache *find_cache(struct cache *first, int tid)
{
    while (first && first->tid != tid)
        first = first->next;
    return first;
}

/* What lies in a thread's cache, as a number; 0: nothing. */
static size_t trace_of(int tid)
{
    struct cache *cache = find_cache(thread_lock_list(), tid);
    size_t trace = cache ? cache_trace(cache) : 0;
    thread_unlock_list();
    return trace;
}

static bool go_round(void)
{
    bool waiting = false;
    idle_begin();
    for (unsigned i = 0; i < ROUNDS_AT_MOST && idle_drain(&waiting); i++)
        continue;
    return waiting;
}

static void a_sleeping_thread_is_drained(void)
{
    struct sleeper s;
    decay_set(DECAY_NEVER, 3);
    begin(&s, sleep_on_pipe);
    size_t before = trace_of(s.tid);
    bool waiting = go_round();
    decay_tick();
    decay_tick();
    go_round();
    ok(waiting && before != 0 && trace_of(s.tid) == before, "what_was_used_lately_stays");
    decay_tick();
    go_round();
    ok(trace_of(s.tid) == 0, "the_cache_of_a_sleeping_thread_is_emptied (D8)");
    ok(check_all() == 0, "and_its_blocks_are_home (K6)");
    decay_tick();
    ok(!go_round(), "then_nothing_waits");
    ok(end(&s), "the_thread_goes_on_as_before");
}

static void a_cache_that_is_used_is_not(void)
{
    struct sleeper s;
    decay_set(DECAY_NEVER, 2);
    begin(&s, sleep_on_pipe);
    go_round();
    decay_tick();
    wake(&s);
    while (!atomic_load(&s.over))
        pause_for(1);
    ok(end(&s), "whoever_wakes_in_time_keeps_his_cache");
}

/* Never in a system call. */
static void spin(struct sleeper *s)
{
    struct pollfd end = {.fd = s->wake[0], .events = POLLIN};
    for (volatile unsigned i = 0;; i++)
        if (i % (1u << 24) == 0 && poll(&end, 1, 0) > 0)
            return;
}

static void a_running_thread_is_not_drained(void)
{
    struct sleeper s;
    begin(&s, spin);
    size_t before = trace_of(s.tid);
    for (unsigned i = 0; i < 20; i++)
        idle_drain_all();
    ok(before != 0 && trace_of(s.tid) == before, "a_thread_that_runs_keeps_its_cache (K19)");
    ok(end(&s), "and_its_quick_way");
}

/* Signals: the handler sleeps if it has interrupted what it is to interrupt. */
static struct sleeper *interrupted_one;
static atomic_int wanted; /* 1: on the quick way; 2: elsewhere */
static atomic_bool handler_sleeps;

/* Where a signal has interrupted its thread. */
static uintptr_t instruction_of(const ucontext_t *at)
{
#if defined(__x86_64__)
    return (uintptr_t)at->uc_mcontext.gregs[REG_RIP];
#elif defined(__i386__)
    return (uintptr_t)at->uc_mcontext.gregs[REG_EIP];
#elif defined(__aarch64__)
    return (uintptr_t)at->uc_mcontext.pc;
#elif defined(__riscv)
    return (uintptr_t)at->uc_mcontext.__gregs[REG_PC];
#endif
}

static void handle(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    int saved = errno;
    const ucontext_t *at = context;
    bool quick = thread_is_on_quick_way(instruction_of(at));
    int mode = atomic_load(&wanted);
    if (mode == (quick ? 1 : 2) && atomic_exchange(&wanted, 0) == mode) {
        atomic_store(&handler_sleeps, true);
        sleep_on_pipe(interrupted_one);
        atomic_store(&handler_sleeps, false);
    }
    errno = saved;
}

static _Atomic(void *) sink;

/* Malloc and free on the quick way, until told to end. */
static void use_the_quick_way(struct sleeper *s)
{
    while (atomic_load(&wanted) != 0 || atomic_load(&handler_sleeps)) {
        void *block[8];
        for (unsigned i = 0; i < 8; i++)
            atomic_store(&sink, block[i] = malloc(64));
        for (unsigned i = 0; i < 8; i++)
            free(block[i]);
    }
    sleep_on_pipe(s);
}

/* Send signals until the handler sleeps; false if it never does. */
static bool storm_until_asleep(struct sleeper *s)
{
    for (unsigned i = 0; i < 200000 && !atomic_load(&handler_sleeps); i++) {
        pthread_kill(s->thread, SIGUSR1);
        if (i % 64 == 0)
            pause_for(1);
    }
    pause_for(30);
    return atomic_load(&handler_sleeps);
}

static bool interrupt(struct sleeper *s, int where, int flags)
{
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | flags};
    sigaction(SIGUSR1, &action, NULL);
    interrupted_one = s;
    atomic_store(&wanted, where);
    begin(s, use_the_quick_way);
    return storm_until_asleep(s);
}

static void a_handler_that_interrupted_malloc_is_seen(void)
{
    enum { TIMES = 20 };
    unsigned kept = 0, caught = 0;
    bool whole = true;
    for (unsigned i = 0; i < TIMES; i++) {
        struct sleeper s;
        caught += interrupt(&s, 1, 0);
        size_t before = trace_of(s.tid);
        idle_drain_all();
        kept += before != 0 && trace_of(s.tid) == before;
        atomic_store(&wanted, 0);
        wake(&s); /* the handler; then the thread */
        whole = end(&s) && whole;
    }
    ok(caught == TIMES && kept == TIMES,
       "a_thread_interrupted_on_the_quick_way_keeps_its_cache (K19: %u of %u)", kept, caught);
    ok(whole && check_all() == 0, "and_goes_on_where_it_was");
}

static void a_handler_that_interrupted_something_else_is_drained(void)
{
    struct sleeper s;
    bool caught = interrupt(&s, 2, 0);
    idle_drain_all();
    ok(caught, "a_handler_that_interrupted_something_else_is_met");
    atomic_store(&wanted, 0);
    wake(&s);
    ok(end(&s) && check_all() == 0, "and_looking_at_it_does_no_harm");
}

/* On a stack of its own for signals: what it interrupted is not to be seen from there. */
static void use_with_other_stack(struct sleeper *s)
{
    size_t size = 64 * KIB;
    char *low = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t other = {.ss_sp = low, .ss_size = size}, none = {.ss_flags = SS_DISABLE};
    sigaltstack(&other, NULL);
    use_the_quick_way(s);
    sigaltstack(&none, NULL);
    munmap(low, size);
}

static void a_handler_on_another_stack_is_left_alone(void)
{
    struct sleeper s;
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaction(SIGUSR1, &action, NULL);
    interrupted_one = &s;
    atomic_store(&wanted, 1);
    begin(&s, use_with_other_stack);
    bool caught = storm_until_asleep(&s);
    size_t before = trace_of(s.tid);
    idle_drain_all();
    ok(caught && before != 0 && trace_of(s.tid) == before,
       "a_thread_on_its_signal_stack_keeps_its_cache (K19)");
    atomic_store(&wanted, 0);
    wake(&s);
    ok(end(&s) && check_all() == 0, "and_comes_back_from_there");
}

/* A coroutine far from the thread's stack, asleep. */
static ucontext_t outside, coroutine;
static struct sleeper *coroutine_of;
static char *coroutine_stack; /* if somebody wants it at a place of his own */

static void run_coroutine(void)
{
    sleep_on_pipe(coroutine_of);
}

static void sleep_in_coroutine(struct sleeper *s)
{
    size_t size = 64 * KIB;
    char *low = coroutine_stack
                    ? coroutine_stack
                    : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    coroutine_of = s;
    getcontext(&coroutine);
    coroutine.uc_stack = (stack_t){.ss_sp = low, .ss_size = size};
    coroutine.uc_link = &outside;
    makecontext(&coroutine, run_coroutine, 0);
    swapcontext(&outside, &coroutine);
    if (low != coroutine_stack)
        munmap(low, size);
}

static void a_coroutine_is_left_alone(void)
{
    struct sleeper s;
    begin(&s, sleep_in_coroutine);
    size_t before = trace_of(s.tid);
    idle_drain_all();
    ok(before != 0 && trace_of(s.tid) == before,
       "a_thread_on_a_stack_that_is_not_its_own_keeps_its_cache (K19)");
    ok(end(&s), "and_comes_back_from_there");
}

/* Its stack ends right below a page that nobody may read, above which the thread's own begins. */
static void look_across_a_gap(void *unused)
{
    (void)unused;
    enum { STACKS = 64 * 1024 };
    struct sleeper s = {.sleep = sleep_in_coroutine};
    pthread_attr_t attributes;
    char *low = mmap(NULL, 3 * STACKS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(low + STACKS, sys_page(), PROT_NONE);
    coroutine_stack = low;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, low + STACKS + sys_page(), STACKS);
    if (pipe(s.wake) != 0 || pthread_create(&s.thread, &attributes, live, &s) != 0)
        _exit(3);
    while (!atomic_load(&s.ready))
        pause_for(1);
    pause_for(30);
    idle_drain_all();
    _exit(end(&s) && check_all() == 0 ? 0 : 4);
}

static void a_gap_between_stacks_is_not_read(void)
{
    struct told t = told_by(look_across_a_gap, NULL);
    ok(t.status == 0, "a_gap_between_two_stacks_does_no_harm (status 0x%x)", (unsigned)t.status);
}

/* Whoever wakes during a visit waits for its end. */
static void a_thread_that_wakes_waits(void)
{
    struct sleeper s;
    begin(&s, sleep_on_pipe);
    struct cache *cache = find_cache(thread_lock_list(), s.tid);
    thread_close(cache);
    bool barrier = sys_barrier(), inside = thread_is_inside(cache);
    wake(&s);
    pause_for(100);
    bool waits = !atomic_load(&s.over) && cache_trace(cache) != 0;
    thread_empty(cache);
    bool empty = cache_trace(cache) == 0;
    pause_for(50);
    waits = waits && !atomic_load(&s.over) && cache_trace(cache) == 0;
    thread_reopen(cache);
    thread_unlock_list();
    ok(barrier && !inside && waits && empty, "a_thread_that_wakes_during_a_visit_waits (K18)");
    ok(end(&s) && check_all() == 0, "and_goes_on_after_it");
}

/* The slow way, and a signal's handler that comes in between and allocates. */
static void *volatile handlers_block;

static void interrupt_the_slow_way(struct sleeper *s)
{
    bool before = thread_enter();
    sleep_on_pipe(s);
    handlers_block = malloc(100);
    thread_leave(before);
}

static void whoever_is_inside_is_not_waited_for(void)
{
    struct sleeper s;
    begin(&s, interrupt_the_slow_way);
    struct cache *cache = find_cache(thread_lock_list(), s.tid);
    size_t before = cache_trace(cache);
    thread_close(cache);
    bool barrier = sys_barrier(), inside = thread_is_inside(cache);
    wake(&s);
    pause_for(50);
    thread_reopen(cache);
    /* The visitor goes on to the next cache, and may need a lock that this thread has. */
    for (unsigned i = 0; i < 200 && !handlers_block; i++)
        pause_for(1);
    bool served = handlers_block;
    thread_unlock_list();
    ok(barrier && inside && before != 0, "a_thread_on_the_slow_way_is_seen_there (K18)");
    ok(served, "its_handlers_wait_no_longer_than_the_visit (K18)");
    ok(end(&s) && check_all() == 0, "and_all_goes_on");
}

/* A handler that interrupts a visitor and calls malloc_trim. */
static void a_list_is_locked_by_one(void)
{
    struct cache *first = thread_lock_list(), *again = thread_lock_list();
    thread_unlock_list();
    bool still = thread_lock_list() == NULL;
    thread_unlock_list();
    thread_unlock_list();
    struct cache *afterwards = thread_lock_list();
    thread_unlock_list();
    ok(first && !again && still && afterwards == first, "a_visitor_is_not_visited_by_himself (L3)");
}

/* Threads fall asleep and wake up all the time while others visit them. */
static atomic_bool storm_over;
static atomic_uint storm_damage;

static void *nap_and_work(void *number)
{
    struct dice dice = dice_of((uintptr_t)number);
    while (!atomic_load(&storm_over)) {
        if (!fill_cache(dice_roll(&dice)))
            atomic_fetch_add(&storm_damage, 1);
        if (dice_below(&dice, 2))
            usleep((unsigned)dice_below(&dice, 3000));
    }
    return NULL;
}

static void visits_in_a_storm(void)
{
    enum { THREADS = 6, VISITS = 1500 };
    pthread_t threads[THREADS];
    bool waiting;
    unsigned broken = 0;
    decay_set(DECAY_NEVER, 0);
    for (uintptr_t i = 0; i < THREADS; i++)
        begin_thread(&threads[i], nap_and_work, (void *)i);
    for (unsigned i = 0; i < VISITS; i++) {
        if (i % 2)
            idle_drain_all();
        else
            go_round();
        if (i % 100 == 0)
            broken += check_all();
        thread_trim_unused(&waiting);
        usleep(500);
    }
    atomic_store(&storm_over, true);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ok(storm_damage == 0, "no_block_is_damaged_by_visits (K3)");
    ok(broken + check_all() == 0, "and_every_law_holds (K17)");
}

/* Caches whose threads have ended give their memory back, once. */
static void caches_of_ended_threads_go(void)
{
    enum { THREADS = 20 };
    struct sleeper s[THREADS];
    bool waiting = false, later = false;
    decay_set(DECAY_NEVER, 2);
    for (unsigned i = 0; i < THREADS; i++)
        begin(&s[i], sleep_on_pipe);
    bool whole = true;
    for (unsigned i = 0; i < THREADS; i++)
        whole = end(&s[i]) && whole;
    thread_trim_unused(&waiting);
    decay_tick();
    decay_tick();
    thread_trim_unused(&later);
    ok(whole && waiting && !later, "caches_of_ended_threads_give_their_memory_back (D8)");
    begin(&s[0], sleep_on_pipe);
    ok(end(&s[0]) && check_all() == 0, "and_serve_again");
}

const char *ashlar_options = "background=0";

int main(void)
{
    alarm(55);
    free(malloc(1));
    if (!sys_barrier()) {
        skip("the kernel has no membarrier: nobody is visited");
        return done();
    }
    a_sleeping_thread_is_drained();
    a_cache_that_is_used_is_not();
    a_running_thread_is_not_drained();
    a_handler_that_interrupted_malloc_is_seen();
    a_handler_that_interrupted_something_else_is_drained();
    a_handler_on_another_stack_is_left_alone();
    a_coroutine_is_left_alone();
    a_gap_between_stacks_is_not_read();
    a_thread_that_wakes_waits();
    whoever_is_inside_is_not_waited_for();
    a_list_is_locked_by_one();
    visits_in_a_storm();
    caches_of_ended_threads_go();
    return done();
}
