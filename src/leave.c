/*
 * leave.c - _exit, so that programs which end by it (shells do) have their summary as well.
 *
 * Part of the shared library only; nothing else of ours happens here.
 */
#include "summary.h"

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

EXPORT _Noreturn void _exit(int status)
{
    summary_end(status);
    for (;;)
        syscall(SYS_exit_group, status);
}

EXPORT _Noreturn void _Exit(int status)
{
    _exit(status);
}
