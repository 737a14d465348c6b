/*
 * traced.h - the same process seen from outside: its system calls, its instructions.
 *
 * in_traced_process() runs a function in a child and counts the system calls between two mark()s;
 * in_stepped_process() runs it instruction by instruction between two step_mark()s.  Where the
 * machine forbids ptrace they return false and the caller says that it skips.
 */
#ifndef TEST_SPEC_TRACED_H
#define TEST_SPEC_TRACED_H

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>

#include "look.h"

enum { PHASES_MAX = 8 };

struct calls {
    long all;
    long map;
    long unmap;
    long remap;
    long move_break;
};

struct steps {
    long instructions;
    long atomics; /* lock prefixes and xchg with memory; always 0 but on x86-64 */
};

/* Ends one phase and begins the next: a system call that no allocator makes. */
static inline void mark(void)
{
    syscall(SYS_getppid);
}

/* The same for stepping: a signal is seen whatever the processor. */
static inline void step_mark(void)
{
    raise(SIGUSR1);
}

static inline void count_call(struct calls *calls, long number)
{
    calls->all++;
#ifdef SYS_mmap2
    calls->map += number == SYS_mmap2;
#endif
    calls->map += number == SYS_mmap;
    calls->unmap += number == SYS_munmap;
    calls->remap += number == SYS_mremap;
    calls->move_break += number == SYS_brk;
}

/* The number of the system call that the child is about to make, or -1. */
static inline long call_entered(pid_t child)
{
    struct __ptrace_syscall_info info;
    memset(&info, 0, sizeof info);
    if (ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof info, &info) <= 0)
        return -1;
    return info.op == PTRACE_SYSCALL_INFO_ENTRY ? (long)info.entry.nr : -1;
}

static inline void count_atomic(pid_t child, struct steps *steps)
{
#ifdef __x86_64__
    errno = 0;
    long at = ptrace(PTRACE_PEEKUSER, child, (void *)offsetof(struct user, regs.rip), NULL);
    unsigned long code = (unsigned long)ptrace(PTRACE_PEEKTEXT, child, (void *)at, NULL);
    if ((code & 0xff) == 0x2e || (code & 0xff) == 0x3e || (code & 0xff) == 0x66)
        code >>= 8; /* a segment or operand size prefix before it */
    bool lock = (code & 0xff) == 0xf0;
    if ((code & 0xf0) == 0x40)
        code >>= 8; /* REX */
    bool exchange = (code & 0xfe) == 0x86 && (code >> 14 & 3) != 3;
    steps->atomics += lock || exchange;
#else
    (void)child;
    (void)steps;
#endif
}

/* Fork a child that stops before look(); false if it cannot be traced. */
static inline bool traced_start(pid_t *child, struct tally *tally, const char *name,
                                void (*look)(void))
{
    int status;
    *child = fork();
    if (*child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
            _exit(1);
        raise(SIGSTOP);
        tally_leave(tally, name, look);
    }
    if (*child < 0 || waitpid(*child, &status, 0) != *child || !WIFSTOPPED(status))
        return false;
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
    return ptrace(PTRACE_SETOPTIONS, *child, NULL, (void *)options) == 0;
}

/* One stop of the traced child: what it was, and the signal to hand on. */
static inline int signal_to_pass(int status)
{
    int sig = WSTOPSIG(status);
    return sig == SIGTRAP || sig == (SIGTRAP | 0x80) || sig == SIGUSR1 ? 0 : sig;
}

/* calls[k] receives the system calls between the k-th mark() and the next, from 0. */
static inline bool in_traced_process(const char *name, void (*look)(void), struct calls *calls)
{
    struct tally *tally = tally_make();
    int phase = -1;
    int status = 0;
    pid_t child;
    note("%s", name);
    memset(calls, 0, PHASES_MAX * sizeof *calls);
    if (!traced_start(&child, tally, name, look))
        return false;
    for (int sig = 0;;) {
        ptrace(PTRACE_SYSCALL, child, NULL, (void *)(long)sig);
        if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
            break;
        sig = signal_to_pass(status);
        if (WSTOPSIG(status) != (SIGTRAP | 0x80))
            continue;
        long number = call_entered(child);
        if (number == SYS_getppid)
            phase++;
        else if (number >= 0 && phase >= 0 && phase < PHASES_MAX)
            count_call(&calls[phase], number);
    }
    tally_join(tally, name, status);
    return true;
}

/* steps[k] receives what ran between the 2k-th step_mark() and the one after it, from 0. */
static inline bool in_stepped_process(const char *name, void (*look)(void), struct steps *steps)
{
    struct tally *tally = tally_make();
    int marks = 0;
    int status = 0;
    pid_t child;
    note("%s", name);
    memset(steps, 0, PHASES_MAX * sizeof *steps);
    if (!traced_start(&child, tally, name, look))
        return false;
    for (int sig = 0;;) {
        bool inside = marks % 2 == 1;
        ptrace(inside ? PTRACE_SINGLESTEP : PTRACE_CONT, child, NULL, (void *)(long)sig);
        if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
            break;
        sig = signal_to_pass(status);
        marks += WSTOPSIG(status) == SIGUSR1;
        if (!inside || marks / 2 >= PHASES_MAX)
            continue;
        steps[marks / 2].instructions++;
        count_atomic(child, &steps[marks / 2]);
    }
    tally_join(tally, name, status);
    return true;
}

#endif
