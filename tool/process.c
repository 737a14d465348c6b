/*
 * process.c - /proc read once; a process that ends meanwhile is left out.
 *
 * Only what everybody may read is asked for here: `status` and `cmdline`.  The kernel's own threads
 * are listed there too; they have no line VmRSS, because they have no memory of their own, and that
 * tells them from processes better than their names in brackets.
 */
#include "process.h"

#include "list.h"
#include "proc.h"
#include "say.h"

#include <dirent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* False for what has no memory: a kernel's thread, a zombie, a process that is gone. */
static bool read_process(pid_t pid, struct process *process)
{
    char status[PROC_STATUS];
    *process = (struct process){.pid = pid};
    if (proc_read(pid, "status", status, sizeof status) <= 0)
        return false;
    const char *resident = proc_value(status, "VmRSS"), *user = proc_value(status, "Uid");
    const char *state = proc_value(status, "State"), *name = proc_value(status, "Name");
    if (!resident || !user || !state || !name || *state == 'Z' || *state == 'X')
        return false;
    process->resident = strtoull(resident, NULL, 10) * 1024;
    process->user = (uid_t)strtoul(user, NULL, 10);
    process->state = *state;
    snprintf(process->name, sizeof process->name, "%.*s", (int)strcspn(name, "\n"), name);
    if (proc_command(pid, process->command, sizeof process->command) == 0)
        snprintf(process->command, sizeof process->command, "[%s]", process->name);
    return true;
}

/* Everything else in /proc has names that are no numbers. */
size_t process_list(struct process **list)
{
    size_t count = 0;
    DIR *proc = opendir("/proc");
    if (!proc)
        say_and_exit(EXIT_OURS, "/proc cannot be read: %m");
    *list = NULL;
    for (struct dirent *entry; (entry = readdir(proc));) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid <= 0 || pid == getpid())
            continue;
        *list = list_room(*list, count, sizeof **list);
        count += read_process(pid, &(*list)[count]);
    }
    closedir(proc);
    return count;
}

/* The C library asks whoever it is told to in nsswitch.conf; what nobody knows stays a number. */
const char *process_user(uid_t user, char text[33])
{
    const struct passwd *entry = getpwuid(user);
    if (entry)
        snprintf(text, 33, "%s", entry->pw_name);
    else
        snprintf(text, 33, "%u", user);
    return text;
}
