/*
 * sandbox.c - prctl, so that a program which is about to shut itself in is let alone, and unshare
 * and setns, which the kernel refuses to a process of several threads.
 *
 * A filter of system calls may kill the process for making a thread, and no question to the kernel
 * is sure to be allowed afterwards.  Before a process installs one it asks for no new privileges,
 * or is root: from the first of these calls on it gets no keeper (keeper.h).  Part of the shared
 * library only: in a static program there is none anyway.
 */
#include "keeper.h"

#include <sched.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* It lists its arguments as variable, and always hands five to the kernel. */
EXPORT int prctl(int option, ...)
{
    va_list list;
    va_start(list, option);
    unsigned long arguments[4];
    for (int i = 0; i < 4; i++)
        arguments[i] = va_arg(list, unsigned long);
    va_end(list);
    if (option == PR_SET_NO_NEW_PRIVS || option == PR_SET_SECCOMP)
        keeper_forbid();
    return (int)syscall(SYS_prctl, option, arguments[0], arguments[1], arguments[2], arguments[3]);
}

static int call_alone(long call, long first, long second)
{
    keeper_pause();
    long result = syscall(call, first, second);
    keeper_go_on();
    return (int)result;
}

EXPORT int unshare(int flags)
{
    return call_alone(SYS_unshare, flags, 0);
}

EXPORT int setns(int descriptor, int kind)
{
    return call_alone(SYS_setns, descriptor, kind);
}
