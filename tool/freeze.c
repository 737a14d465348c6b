/*
 * freeze.c - all threads of a process stopped by ptrace(2), and let go again.
 *
 * PTRACE_SEIZE attaches without a signal, and PTRACE_INTERRUPT stops without one, so that the
 * target never learns of it: no SIGSTOP that its parent would be told of, no system call that ends
 * with EINTR other than those that every stop restarts.  A thread that is about to get a signal
 * stops with that instead; the signal is handed over when it goes on.
 *
 * New threads may be made while the first ones are being stopped, so the list is read until it
 * holds nobody new: by then nobody runs who could make one.
 */
#include "freeze.h"

#include "list.h"
#include "say.h"
#include "target_sleep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long all threads together may take to stop, and how often they are asked.  Who is in an
 * uninterruptible wait of the kernel does not stop, and does not run either. */
enum { STOP_MS = 1000, POLL_US = 200 };

struct thread {
    pid_t id;
    int signal;   /* to be handed over when it goes on; 0 = none */
    bool stopped; /* seen so */
};

/* There is one target at a time, and the handler of the timer must find it. */
static struct {
    struct thread *list;
    size_t count;
    volatile sig_atomic_t holds;
    volatile sig_atomic_t let_go; /* by the timer */
    struct timespec since;
} frozen;

bool freeze_holds(const struct target *target)
{
    return target->freeze_limit > 0 && frozen.holds;
}

/* By a clock that nobody sets. */
static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

/* Only what may be done in a signal's handler.  A thread that was not seen to stop cannot be let
 * go by name; the kernel does it when we end, and until then it runs. */
static void let_all_go(void)
{
    for (size_t i = 0; i < frozen.count; i++)
        ptrace(PTRACE_DETACH, frozen.list[i].id, NULL, (long)frozen.list[i].signal);
    frozen.holds = 0;
}

/* SIGALRM: the limit is over.  What is read from now on is in motion again. */
static void at_limit(int number)
{
    int error = errno;
    (void)number;
    frozen.let_go = 1;
    if (frozen.holds)
        let_all_go();
    errno = error;
}

/* 0 seconds stop the timer. */
static void set_timer(unsigned seconds)
{
    struct itimerval timer = {.it_value.tv_sec = (time_t)seconds};
    struct sigaction action = {.sa_handler = at_limit, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

/* Whether the thread is in the list. */
static bool is_known(pid_t id)
{
    for (size_t i = 0; i < frozen.count; i++) {
        if (frozen.list[i].id == id)
            return true;
    }
    return false;
}

/* One debugger is all that a thread can have, and we need the rights of one. */
__attribute__((noreturn)) static void refuse(const struct target *target, int error)
{
    let_all_go();
    if (target->tracer)
        say("process %d cannot be stopped: %d is tracing it, and only one can", (int)target->pid,
            (int)target->tracer);
    else
        say("process %d cannot be stopped: %s", (int)target->pid, strerror(error));
    say_more("without --freeze it can be looked at while it runs");
    exit(EXIT_OURS);
}

/* A thread that ends meanwhile is no failure. */
static bool seize(struct target *target, pid_t id)
{
    target_note_sleeper(target, id);
    if (ptrace(PTRACE_SEIZE, id, NULL, NULL) != 0) {
        if (errno != ESRCH)
            refuse(target, errno);
        return false;
    }
    if (ptrace(PTRACE_INTERRUPT, id, NULL, NULL) != 0)
        return false;
    frozen.list = list_room(frozen.list, frozen.count, sizeof *frozen.list);
    frozen.list[frozen.count++] = (struct thread){.id = id};
    return true;
}

/* Seize whoever is not in the list; how many those were. */
static size_t seize_new(struct target *target)
{
    int fd = openat(target->directory, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *tasks = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *task;
    size_t found = 0;
    while (tasks && (task = readdir(tasks))) {
        pid_t id = (pid_t)strtol(task->d_name, NULL, 10);
        if (id > 0 && !is_known(id))
            found += seize(target, id);
    }
    if (tasks)
        closedir(tasks);
    return found;
}

/* What a stop was for: a signal on its way is kept; our own interruption and a stop that the job
 * control made are none. */
static void note_stop(struct thread *thread, int status)
{
    thread->stopped = true;
    if (WIFSTOPPED(status) && status >> 16 == 0)
        thread->signal = WSTOPSIG(status);
}

/* Wait until all stand still; false if some do not within the time. */
static bool wait_for_all(const struct timespec *start)
{
    size_t left = frozen.count;
    while (left > 0 && seconds_since(start) * 1000 < STOP_MS) {
        left = 0;
        for (size_t i = 0; i < frozen.count; i++) {
            int status;
            struct thread *thread = &frozen.list[i];
            if (thread->stopped)
                continue;
            /* -1: it has ended; what has ended stands still. */
            pid_t got = waitpid(thread->id, &status, __WALL | WNOHANG);
            if (got == thread->id)
                note_stop(thread, status);
            else if (got < 0)
                thread->stopped = true;
            left += !thread->stopped;
        }
        if (left > 0)
            usleep(POLL_US);
    }
    return left == 0;
}

/* The timer runs from the first stop on. */
void freeze_begin(struct target *target)
{
    if (target->freeze_limit == 0 || frozen.holds)
        return;
    frozen.count = 0;
    target->sleeper_count = 0;
    clock_gettime(CLOCK_MONOTONIC, &frozen.since);
    set_timer(target->freeze_limit);
    bool still = true;
    while (still && seize_new(target) > 0)
        still = wait_for_all(&frozen.since);
    target->sleepers_known = true;
    frozen.holds = 1;
    /* The limit may have been over before anybody could be let go. */
    if (frozen.let_go)
        let_all_go();
    if (!still)
        say("some threads of process %d wait in the kernel and were not seen to stop",
            (int)target->pid);
}

void freeze_end(struct target *target)
{
    if (target->freeze_limit == 0)
        return;
    if (frozen.holds)
        let_all_go();
    set_timer(0);
    target->sleepers_known = false;
    target->stood_still += frozen.let_go ? target->freeze_limit : seconds_since(&frozen.since);
}

void freeze_tell(const struct target *target)
{
    if (target->freeze_limit == 0 || !target->freeze_told)
        return;
    if (frozen.let_go)
        say("%s (%d) was let go after %u s, before all was read: the rest was read while it ran",
            target->name, (int)target->pid, target->freeze_limit);
    else
        say("%s (%d) stood still for %.1f ms", target->name, (int)target->pid,
            target->stood_still * 1e3);
}
