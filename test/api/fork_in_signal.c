/*
 * fork_in_signal.c - fork is called in a signal handler that interrupted malloc or free, over
 * and over, by one thread and among several: nothing hangs.  POSIX held fork to be safe there
 * until 2024.  glibc hangs among several threads, so that part is ashlar's alone.
 *
 * @test both timeout=90
 */
#include "api.h"
#include "threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>

enum { FORKS = 300, LIMIT_SECONDS = 20 };

static volatile sig_atomic_t forks, failures, finished;
static atomic_bool stop;

static void fork_and_wait(int signal_number)
{
    int kept = errno, status = -1;
    (void)signal_number;
    if (forks >= FORKS) {
        finished = 1;
        return;
    }
    pid_t child = fork();
    if (child == 0)
        _exit(7);
    while (waitpid(child, &status, 0) == -1 && errno == EINTR)
        continue;
    forks++;
    failures += !(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    errno = kept;
}

static void start_timer(__itimer_which_t which, int signal_number, int microseconds)
{
    struct sigaction action = {.sa_handler = fork_and_wait, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, NULL);
    struct itimerval interval = {{0, microseconds}, {0, microseconds}};
    setitimer(which, &interval, NULL);
}

/* Small sizes for the cache, middle ones for bins and top, large ones for the kernel. */
static bool allocate_until_finished(void)
{
    static void *blocks[256];
    uint64_t state = 3;
    bool holds = true;
    while (!finished) {
        uint64_t r = random_next(&state);
        size_t i = r % 256, n = (r >> 8) % (r % 64 == 0 ? 300000 : r % 3 == 0 ? 5000 : 500);
        free(blocks[i]);
        blocks[i] = malloc(n + 1);
        holds &= blocks[i] != NULL;
    }
    for (size_t i = 0; i < 256; i++) {
        free(blocks[i]);
        blocks[i] = NULL;
    }
    return holds;
}

static bool one_thread_forks(__itimer_which_t which, int signal_number)
{
    start_timer(which, signal_number, 700);
    bool holds = allocate_until_finished();
    setitimer(which, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    return holds && failures == 0 && forks >= FORKS && heap_is_sound();
}

static bool cpu_timer_forks(void)
{
    return one_thread_forks(ITIMER_PROF, SIGPROF);
}

/* SIGALRM is taken by the timer here, so the watcher's limit lies with the parent process. */
static bool real_timer_forks(void)
{
    return one_thread_forks(ITIMER_REAL, SIGALRM);
}

static void *keep_allocating(void *argument)
{
    uint64_t state = (uint64_t)(uintptr_t)argument;
    while (!stop) {
        uint64_t r = random_next(&state);
        free(malloc((r >> 8) % (r % 20 == 0 ? 200000 : 2000)));
    }
    return NULL;
}

static void mask_signals(int how)
{
    sigset_t timers;
    sigemptyset(&timers);
    sigaddset(&timers, SIGPROF);
    pthread_sigmask(how, &timers, NULL);
}

static bool timers_fork_among_threads(void)
{
    pthread_t threads[3];
    for (size_t i = 0; i < 3; i++)
        if (begin_thread(&threads[i], keep_allocating, (void *)(i + 1)) != 0)
            return false;
    mask_signals(SIG_UNBLOCK);
    bool holds = cpu_timer_forks();
    stop = true;
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return holds;
}

/* The main thread alone takes the signal; the others hold locks of their own meanwhile. */
static bool one_forks_among_threads(void)
{
    mask_signals(SIG_BLOCK);
    return timers_fork_among_threads();
}

/* Several threads may be interrupted inside malloc and fork at the same time. */
static bool all_fork_among_threads(void)
{
    return timers_fork_among_threads();
}

/* As holds_in_child, but the time limit is ours: the child may use SIGALRM for itself. */
static bool ends_in_time(bool (*work)(void))
{
    pid_t child = fork();
    if (child == 0)
        _exit(work() ? 0 : 1);
    int status = -1;
    for (int i = 0; i < LIMIT_SECONDS * 100; i++) {
        if (waitpid(child, &status, WNOHANG) == child)
            return WIFEXITED(status) && WEXITSTATUS(status) == 0;
        usleep(10000);
    }
    note("hangs: killed after %d s", LIMIT_SECONDS);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return false;
}

int main(void)
{
    ok(ends_in_time(cpu_timer_forks), "fork_in_a_SIGPROF_handler_does_not_hang");
    ok(ends_in_time(real_timer_forks), "fork_in_a_SIGALRM_handler_does_not_hang");
    if (on_ashlar()) {
        ok(ends_in_time(one_forks_among_threads), "nor_does_it_beside_busy_threads");
        ok(ends_in_time(all_fork_among_threads), "nor_when_several_threads_do_it_at_once");
    } else {
        skip("fork in a handler among threads: glibc hangs");
    }
    return done();
}
