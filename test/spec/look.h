/*
 * look.h - all that a test of the specification looks with, and where it runs: in fresh
 * processes, on threads, always with a deadline.
 */
#ifndef TEST_SPEC_LOOK_H
#define TEST_SPEC_LOOK_H

#include <errno.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "blocks.h"
#include "threads.h"

enum { TIME_LIMIT = 60 }; /* seconds after which a hanging test is killed */

/* First thing in main: a deadline, and pages of the ordinary size so that faults can be counted. */
static inline void look_begin(void)
{
    alarm(TIME_LIMIT);
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

/* The TAP counters of a child come back through a page that both share. */
struct tally {
    int count;
    int failed;
};

static inline struct tally *tally_make(void)
{
    void *page =
        mmap(NULL, sizeof(struct tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return must(page == MAP_FAILED ? NULL : page, "mmap");
}

static inline _Noreturn void tally_leave(struct tally *tally, const char *name, void (*look)(void))
{
    alarm(TIME_LIMIT);
    look();
    phase_ends(name);
    *tally = (struct tally){tap_count, tap_failed};
    _exit(0);
}

static inline void tally_join(struct tally *tally, const char *name, int status)
{
    if (tally->count) {
        tap_count = tally->count;
        tap_failed = tally->failed;
    }
    if (!WIFEXITED(status) || !tally->count)
        ok(false, "%s: the process came to its end (status 0x%x)", name, (unsigned)status);
    munmap(tally, sizeof *tally);
}

/*
 * Run look() in a child.  Its allocator is as fresh as its parent's, so a main that has not yet
 * allocated can show several beginnings.
 */
static inline void in_fresh_process(const char *name, void (*look)(void))
{
    struct tally *tally = tally_make();
    int status = 0;
    note("%s", name);
    pid_t child = fork();
    if (child == 0)
        tally_leave(tally, name, look);
    if (child < 0 || waitpid(child, &status, 0) != child)
        status = -1;
    tally_join(tally, name, status);
}

static inline void thread_start(pthread_t *thread, void *(*work)(void *), void *arg)
{
    int error = begin_thread(thread, work, arg);
    must(error ? NULL : thread, "pthread_create");
}

static inline void on_thread(void *(*work)(void *), void *arg)
{
    pthread_t thread;
    thread_start(&thread, work, arg);
    pthread_join(thread, NULL);
}

#endif
