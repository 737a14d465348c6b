/* proc.c - open, read, close; a process that has ended meanwhile has no files. */
#include "proc.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH = 64 };

/* "/proc/PID/name". */
static const char *path_of(pid_t pid, const char *name, char path[PATH])
{
    if (pid == 0)
        snprintf(path, PATH, "/proc/self/%s", name);
    else
        snprintf(path, PATH, "/proc/%d/%s", (int)pid, name);
    return path;
}

/* One read: the kernel writes these files anew for each, so that two would not fit together. */
ssize_t proc_read(pid_t pid, const char *name, char *text, size_t size)
{
    char path[PATH];
    int fd = open(path_of(pid, name, path), O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);
    text[length > 0 ? length : 0] = '\0';
    if (fd >= 0)
        close(fd);
    return length;
}

void proc_link(pid_t pid, const char *name, char *text, size_t size)
{
    char path[PATH];
    ssize_t length = readlink(path_of(pid, name, path), text, size - 1);
    text[length > 0 ? length : 0] = '\0';
}

const char *proc_value(const char *status, const char *key)
{
    size_t length = strlen(key);
    for (const char *line = status; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, key, length) == 0 && line[length] == ':')
            return line + length + 1 + strspn(line + length + 1, " \t");
    }
    return NULL;
}

/* Words are divided by zero bytes and the last one ends in one.  A program may write over them what
 * it likes, and some do. */
size_t proc_command(pid_t pid, char *text, size_t size)
{
    ssize_t length = proc_read(pid, "cmdline", text, size);
    size_t n = length > 0 ? (size_t)length : 0;
    while (n > 0 && text[n - 1] == '\0')
        n--;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            text[i] = ' ';
    }
    text[n] = '\0';
    return n;
}
