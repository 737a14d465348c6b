/*
 * helper_refused.c - D1: a process that may not start threads lives on, and gives back by its calls.
 *
 * Sandboxes forbid clone: some by an error, some by a signal, some kill.  A library that tries has
 * killed its program; so where a filter is in force it must not try.
 *
 * @test timeout=60
 */
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "chain.h"

enum { RETURNED = 2500, FILTER_MAX = 64 };

static const unsigned clones[] = {SYS_clone, SYS_clone3, SYS_fork, SYS_vfork};

/* What a sandboxed worker with a heap needs, and no more. */
static const unsigned worker[] = {
    SYS_read, SYS_write,      SYS_mmap,         SYS_munmap,        SYS_mprotect,        SYS_madvise,
    SYS_brk,  SYS_mremap,     SYS_futex,        SYS_nanosleep,     SYS_clock_nanosleep, SYS_pause,
    SYS_exit, SYS_exit_group, SYS_rt_sigreturn, SYS_clock_gettime, SYS_gettid,
};

/* One answer to the listed calls, another to all the others. */
static void filter(const unsigned *calls, size_t count, unsigned listed, unsigned others,
                   unsigned flags)
{
    static struct sock_filter code[FILTER_MAX];
    size_t n = 0;
    code[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < count; i++) {
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, listed);
    }
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, others);
    struct sock_fprog program = {(unsigned short)n, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) != 0) {
        note("no seccomp here: nothing to see");
        _exit(0);
    }
}

static void forbid_clone(unsigned answer, unsigned flags)
{
    filter(clones, sizeof clones / sizeof *clones, answer, SECCOMP_RET_ALLOW, flags);
}

static void burst(void)
{
    char *chain = chain_take(16 * MIB, (struct sizes){2000, 0}, 1);
    memset(have(malloc(2000), "malloc"), 1, 2000);
    chain_put(chain);
}

/* Calls that reach the arena; with them memory goes back whoever may not help. */
static _Noreturn void goes_on(void)
{
    for (size_t n = 1100;; n = n < 30000 ? n + 64 : 1100) {
        free(have(malloc(n), "malloc"));
        rest_ms(10);
    }
}

/* The filter is there before the first byte is freed. */
static void then_burst(void)
{
    burst();
    scene_ready();
    goes_on();
}

static void clone_is_an_error(void)
{
    forbid_clone(SECCOMP_RET_ERRNO | EPERM, 0);
    then_burst();
}

static void clone_is_unknown(void)
{
    forbid_clone(SECCOMP_RET_ERRNO | ENOSYS, 0);
    then_burst();
}

static void clone_kills(void)
{
    forbid_clone(SECCOMP_RET_KILL_PROCESS, 0);
    then_burst();
}

/* Chromium's way: a handler of SIGSYS that ends the process with a message. */
static void handler(int sig)
{
    (void)sig;
    _exit(77);
}

static void clone_traps(void)
{
    signal(SIGSYS, handler);
    forbid_clone(SECCOMP_RET_TRAP, 0);
    then_burst();
}

/* The filter comes when memory waits already, and holds for every thread there is. */
static void clone_kills_from_now_on(void)
{
    burst();
    forbid_clone(SECCOMP_RET_KILL_PROCESS, SECCOMP_FILTER_FLAG_TSYNC);
    scene_ready();
    goes_on();
}

/* Nothing but a list is allowed, from the start or while memory waits. */
static void worker_sandbox(void)
{
    free(have(malloc(1000), "malloc"));
    scene_ready();
    filter(worker, sizeof worker / sizeof *worker, SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS, 0);
    burst();
    goes_on();
}

static void worker_sandbox_from_now_on(void)
{
    burst();
    scene_ready();
    filter(worker, sizeof worker / sizeof *worker, SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS,
           SECCOMP_FILTER_FLAG_TSYNC);
    goes_on();
}

static void no_more_processes(void)
{
    struct rlimit none = {0, 0};
    if (setgid(65534) != 0 || setuid(65534) != 0)
        note("not root: the limit still holds for us");
    setrlimit(RLIMIT_NPROC, &none);
    then_burst();
}

/* Room for the heap, none for another stack. */
static void no_more_addresses(void)
{
    size_t now = (size_t)vm_kib() * KIB;
    struct rlimit little = {now + 18 * MIB, now + 18 * MIB};
    setrlimit(RLIMIT_AS, &little);
    then_burst();
}

static const struct scene scenes[] = {
    {"D1 clone gives EPERM: memory goes back by calls", .play = clone_is_an_error, .within = 3,
     .below = RETURNED},
    {"D1 clone gives ENOSYS: memory goes back by calls", .play = clone_is_unknown, .within = 3,
     .below = RETURNED},
    {"D1 clone kills: the process lives, memory goes back by calls", .play = clone_kills,
     .within = 3, .below = RETURNED},
    {"D1 clone traps: the process lives, memory goes back by calls", .play = clone_traps,
     .within = 3, .below = RETURNED},
    {"D1 clone kills from now on: the process lives, memory goes back",
     .play = clone_kills_from_now_on, .within = 3, .below = RETURNED},
    {"D1 a worker's sandbox from the start: the process lives, memory goes back",
     .play = worker_sandbox, .within = 3, .below = RETURNED},
    {"D1 a worker's sandbox while memory waits: the process lives, memory goes back",
     .play = worker_sandbox_from_now_on, .within = 3, .below = RETURNED},
    {"D1 RLIMIT_NPROC is reached: memory goes back by calls", .play = no_more_processes,
     .within = 3, .below = RETURNED},
    {"D1 RLIMIT_AS is nearly reached: memory goes back by calls", .play = no_more_addresses,
     .within = 3, .below = RETURNED},
};

int main(int argc, char **argv)
{
    scenes_watch(argc, argv, scenes, sizeof scenes / sizeof *scenes);
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        ok(seen[i].status == -1 || seen[i].status == 0, "%s: it is not killed", scenes[i].holds);
    return done();
}
