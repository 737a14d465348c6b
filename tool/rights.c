/*
 * rights.c - what the kernel says of us and of its security modules.
 *
 * Both are asked only when something was refused, or by doctor: what may be read is tried, not
 * deduced, because namespaces and modules add rules that no file tells.
 */
#include "rights.h"

#include "proc.h"

#include <stdio.h>
#include <stdlib.h>

int rights_yama(void)
{
    int scope = -1;
    FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
    if (file && fscanf(file, "%d", &scope) != 1)
        scope = -1;
    if (file)
        fclose(file);
    return scope;
}

bool rights_trace(void)
{
    enum { CAP_SYS_PTRACE_BIT = 19 };
    char status[PROC_STATUS];
    proc_read(0, "status", status, sizeof status);
    const char *capabilities = proc_value(status, "CapEff");
    return capabilities && (strtoull(capabilities, NULL, 16) >> CAP_SYS_PTRACE_BIT & 1);
}
