/* process.c - /proc read once; a process that ends meanwhile is left out. */
#include "process.h"

#include "say.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A small file of a process, as a string; its length without the zero byte, or -1. */
static ssize_t read_small(pid_t pid, const char *name, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t length = read(fd, text, size - 1);
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    return length;
}

/* The value behind "Key:" at the beginning of a line, or NULL. */
static const char *value_of(const char *status, const char *key)
{
    const char *at = strstr(status, key);
    return at ? at + strlen(key) : NULL;
}

/* Words are divided by zero bytes, the last one ends in one; programs may write what they like. */
static void read_command(struct process *process)
{
    ssize_t length = read_small(process->pid, "cmdline", process->command, sizeof process->command);
    while (length > 0 && process->command[length - 1] == '\0')
        length--;
    for (ssize_t i = 0; i < length; i++) {
        if (process->command[i] == '\0')
            process->command[i] = ' ';
    }
    if (length <= 0)
        snprintf(process->command, sizeof process->command, "[%s]", process->name);
}

/* False for what has no memory: a kernel's thread, a zombie, a process that is gone. */
static bool read_process(pid_t pid, struct process *process)
{
    char status[4096];
    *process = (struct process){.pid = pid};
    if (read_small(pid, "status", status, sizeof status) <= 0)
        return false;
    const char *resident = value_of(status, "\nVmRSS:"), *user = value_of(status, "\nUid:");
    const char *state = value_of(status, "\nState:\t");
    if (!resident || !user || !state || *state == 'Z' || *state == 'X')
        return false;
    process->resident = strtoull(resident, NULL, 10) * 1024;
    process->user = (uid_t)strtoul(user, NULL, 10);
    process->state = *state;
    if (sscanf(status, "Name:\t%63[^\n]", process->name) != 1)
        process->name[0] = '\0';
    read_command(process);
    return true;
}

static struct process *make_room(struct process *list, size_t count)
{
    enum { FIRST = 256 };
    if (count != 0 && (count < FIRST || (count & (count - 1)) != 0))
        return list;
    list = reallocarray(list, count ? count * 2 : FIRST, sizeof *list);
    if (!list)
        say_and_exit(EXIT_OURS, "out of memory");
    return list;
}

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
        *list = make_room(*list, count);
        count += read_process(pid, &(*list)[count]);
    }
    closedir(proc);
    return count;
}

const char *process_user(uid_t user, char text[33])
{
    const struct passwd *entry = getpwuid(user);
    if (entry)
        snprintf(text, 33, "%s", entry->pw_name);
    else
        snprintf(text, 33, "%u", user);
    return text;
}
