/*
 * refuse.h - a kernel that says no: from now on a system call fails with ENOMEM.
 *
 * A seccomp filter does it, so the refusal holds for this process and what it starts, for good:
 * call it in a child.  Where seccomp is forbidden it returns false and the caller skips.
 */
#ifndef TEST_SPEC_REFUSE_H
#define TEST_SPEC_REFUSE_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "look.h"

static inline bool refuse(long number)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof program / sizeof *program, .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return false;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

/* No mapping can be made any more; the break still moves. */
static inline bool refuse_mappings(void)
{
#ifdef SYS_mmap2
    if (!refuse(SYS_mmap2))
        return false;
#endif
    return refuse(SYS_mmap);
}

/* Put an inaccessible page right above the break: it cannot grow any more, mappings can be made. */
static inline bool block_break(void)
{
    uintptr_t end = align_up(break_now(), page_size());
    void *wall = mmap((void *)end, page_size(), PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    return wall == (void *)end;
}

#endif
