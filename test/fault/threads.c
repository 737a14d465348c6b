/*
 * threads.c - threads that come and go: ten thousand short-lived ones leave nothing behind, threads
 * that are cancelled between two calls lose no more than their own blocks, and a process whose
 * threads allocate without pause may exec, fork without end, or exit at any moment.
 *
 * @test linked static both timeout=120
 */
#include "../api/api.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

enum { SHORT_LIVED = 10000, AT_ONCE = 8, CANCELLED = 400, EXECS = 40, FORKS = 300, BLOCKS = 64 };

static const size_t sizes[] = {16, 100, 700, 1500, 6000, 20000, 70000, 200000};
enum { SIZES = sizeof sizes / sizeof *sizes };

static atomic_uint damaged, refused;

static char *take(size_t n)
{
    char *user = malloc(n);
    if (user)
        pattern_fill(user, n < 256 ? n : 256, n);
    else
        atomic_fetch_add(&refused, 1);
    return user;
}

static void put(char *user, size_t n)
{
    size_t filled = n < 256 ? n : 256;
    if (user && !pattern_holds(user, filled, filled, n))
        atomic_fetch_add(&damaged, 1);
    free(user);
}

/* What one thread leaves another one frees. */
static _Atomic(char *) left_behind;

static void *live_shortly(void *number)
{
    char *blocks[SIZES];
    for (unsigned i = 0; i < SIZES; i++)
        blocks[i] = take(sizes[i]);
    for (unsigned i = 0; i < SIZES; i++)
        put(blocks[i], sizes[i]);
    if ((size_t)number % 3 == 0)
        put(atomic_exchange(&left_behind, take(777)), 777);
    return NULL;
}

static void live_in_turn(unsigned count)
{
    pthread_t ids[AT_ONCE];
    for (unsigned i = 0; i < count; i += AT_ONCE) {
        unsigned born = 0;
        while (born < AT_ONCE &&
               pthread_create(&ids[born], NULL, live_shortly, (void *)(size_t)(i + born)) == 0)
            born++;
        if (born < AT_ONCE)
            atomic_fetch_add(&refused, 1);
        while (born > 0)
            pthread_join(ids[--born], NULL);
    }
}

static bool short_lives_leave_nothing(void)
{
    live_in_turn(200);
    size_t before = resident();
    live_in_turn(SHORT_LIVED);
    size_t after = resident();
    put(atomic_exchange(&left_behind, NULL), 777);
    note("resident after 200 threads %zu KiB, after %u more %zu KiB", before / KIB, SHORT_LIVED,
         after / KIB);
    return after < before + 2 * MIB && damaged + refused == 0 && heap_is_sound();
}

/* Without end, but with a place to be cancelled at. */
static void *work_for_ever(void *unused)
{
    char *blocks[BLOCKS] = {NULL};
    for (unsigned i = 0;; i++) {
        unsigned at = i * 7 % BLOCKS;
        size_t n = sizes[at % SIZES];
        put(blocks[at], n);
        blocks[at] = take(n);
        pthread_testcancel();
    }
    return unused;
}

static bool cancelled_threads_take_nothing_along(void)
{
    pthread_t ids[4];
    for (unsigned i = 0; i < CANCELLED / 4; i++) {
        unsigned born = 0;
        while (born < 4 && pthread_create(&ids[born], NULL, work_for_ever, NULL) == 0)
            born++;
        usleep(500);
        while (born > 0) {
            pthread_cancel(ids[--born]);
            pthread_join(ids[born], NULL);
        }
    }
    live_in_turn(40);
    return damaged + refused == 0 && heap_is_sound();
}

static bool begin_workers(void)
{
    pthread_t id;
    for (unsigned i = 0; i < 3; i++)
        if (pthread_create(&id, NULL, work_for_ever, NULL) != 0)
            return false;
    usleep(1000);
    return true;
}

static char *program;

static void *exec_itself(void *unused)
{
    execl(program, program, "survivor", (char *)NULL);
    return unused;
}

/* By the first thread or by another one, while others are inside malloc. */
static bool becomes_another_program(void)
{
    pthread_t id;
    if (!begin_workers())
        return false;
    if (getpid() % 2 == 0 && pthread_create(&id, NULL, exec_itself, NULL) == 0)
        pthread_join(id, NULL);
    exec_itself(NULL);
    return false;
}

static bool exits_among_workers(void)
{
    if (!begin_workers())
        return false;
    exit(0);
}

static bool forks_among_workers(void)
{
    unsigned bad = 0;
    if (!begin_workers())
        return false;
    for (unsigned i = 0; i < FORKS; i++) {
        pid_t child = fork();
        int status = -1;
        if (child == 0) {
            alarm(20);
            live_shortly((void *)3);
            /* Every tenth child has a child of its own, which has threads. */
            if (i % 10 == 0 && fork() == 0)
                live_in_turn(AT_ONCE);
            _exit(damaged + refused > 0);
        }
        waitpid(child, &status, 0);
        bad += status != 0;
    }
    return bad == 0 && damaged + refused == 0;
}

static unsigned bad_of(bool (*life)(void), unsigned times)
{
    unsigned bad = 0;
    for (unsigned i = 0; i < times; i++)
        bad += !holds_in_child(life, 20);
    return bad;
}

int main(int argc, char **argv)
{
    program = argv[0];
    if (argc > 1) {
        live_in_turn(AT_ONCE);
        return damaged + refused > 0 || !heap_is_sound();
    }
    ok(holds_in_child(short_lives_leave_nothing, 60), "ten_thousand_threads_leave_nothing_behind");
    ok(holds_in_child(cancelled_threads_take_nothing_along, 60), "threads_may_be_cancelled");
    unsigned bad = bad_of(becomes_another_program, EXECS);
    ok(bad == 0, "a_process_with_busy_threads_may_exec (%u of %u failed)", bad, EXECS);
    bad = bad_of(exits_among_workers, EXECS);
    ok(bad == 0, "and_exit (%u of %u failed)", bad, EXECS);
    ok(holds_in_child(forks_among_workers, 100), "and_fork_in_a_storm");
    return done();
}
