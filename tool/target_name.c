/*
 * target_name.c - which target a word means.
 *
 * Digits are a pid.  A word with a slash is a file.  Any other word is a process's name: its comm,
 * or the file name of its program, as people type it who see either one in ps(1) or top(1).
 */
#include "target_name.h"

#include "proc.h"
#include "say.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As many as are read before one gives up and narrows the name down. */
enum { LISTED = 10 };

/* The last part of a path; a word without a slash as it is. */
static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The first word of the command line is all that is seen of it, because it ends in a zero byte. */
bool target_process_has_name(pid_t pid, const char *name)
{
    char text[PATH_MAX];
    proc_read(pid, "comm", text, sizeof text);
    text[strcspn(text, "\n")] = '\0';
    if (strcmp(text, name) == 0)
        return true;
    proc_link(pid, "exe", text, sizeof text);
    if (strcmp(file_name(text), name) == 0)
        return true;
    proc_read(pid, "cmdline", text, sizeof text);
    return strcmp(file_name(text), name) == 0;
}

/* All are counted, so that the user is told how many there are. */
size_t target_pids(const char *name, pid_t *pids, size_t limit)
{
    size_t found = 0;
    DIR *proc = opendir("/proc");
    if (!proc)
        return 0;
    for (struct dirent *entry; (entry = readdir(proc));) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        /* We are a process of some name ourselves, and never what is meant. */
        if (pid <= 0 || pid == getpid() || !target_process_has_name(pid, name))
            continue;
        if (found < limit)
            pids[found] = pid;
        found++;
    }
    closedir(proc);
    return found;
}

/* The list is for choosing from: the command lines tell apart what has the same name. */
__attribute__((noreturn)) static void refuse_several(const char *name, const pid_t *pids,
                                                     size_t count)
{
    say("%zu processes are named %s. Say which one by its pid:", count, say_word(name));
    for (size_t i = 0; i < count && i < LISTED; i++) {
        char line[60];
        proc_command(pids[i], line, sizeof line);
        say_more("%7d  %s", (int)pids[i], line);
    }
    if (count > LISTED)
        say_more("    ... and %zu more: pgrep -a %s", count - LISTED, say_word(name));
    exit(EXIT_OURS);
}

pid_t target_pid_named(const char *name)
{
    pid_t pids[LISTED];
    size_t count = target_pids(name, pids, LISTED);
    if (count > 1)
        refuse_several(name, pids, count);
    return count == 1 ? pids[0] : 0;
}

bool target_word_is_pid(const char *word)
{
    return word[0] && word[strspn(word, "0123456789")] == '\0';
}
