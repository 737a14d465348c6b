/* find.c - the search through PATH, and what makes a file one that can be run. */
#include "find.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What execvp searches when PATH is not set (confstr(_CS_PATH) of glibc). */
static const char default_path[] = "/bin:/usr/bin";

/* 0 if the file can be executed by us, else an errno. */
static int look_at(const char *path)
{
    struct stat status;
    /* To the user, a file below a file is missing like any other. */
    if (stat(path, &status) != 0)
        return errno == ENOTDIR ? ENOENT : errno;
    if (S_ISDIR(status.st_mode))
        return EISDIR;
    /* AT_EACCESS, because execve asks for the effective ids, and plain access for the real ones. */
    if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0)
        return errno;
    return 0;
}

/* directory/name into path; an empty directory is the current one.  False if it is too long. */
static bool join(char path[PATH_MAX], const char *directory, size_t length, const char *name)
{
    if (length == 0)
        return snprintf(path, PATH_MAX, "./%s", name) < PATH_MAX;
    return snprintf(path, PATH_MAX, "%.*s/%s", (int)length, directory, name) < PATH_MAX;
}

/* Like execvp, go on after a file that cannot be run, but remember it: when nothing better follows,
 * it is what the user meant.  Unlike execvp, a directory that we may not search is no such file:
 * root's own directories often linger in the PATH of those whom root became. */
static int search(const char *name, const char *directories, char path[PATH_MAX])
{
    char candidate[PATH_MAX];
    int error = ENOENT;
    for (const char *next = directories;; next++) {
        size_t length = strcspn(next, ":");
        int seen = join(candidate, next, length, name) ? look_at(candidate) : ENOENT;
        if (seen == 0 || (seen == EACCES && error == ENOENT && access(candidate, F_OK) == 0)) {
            strcpy(path, candidate);
            error = seen;
        }
        next += length;
        if (seen == 0 || *next == '\0')
            return error;
    }
}

int find_program(const char *name, char path[PATH_MAX])
{
    path[0] = '\0';
    if (name[0] == '\0')
        return ENOENT;
    /* A slash anywhere makes it a path, as in every shell. */
    if (!strchr(name, '/')) {
        const char *directories = getenv("PATH");
        return search(name, directories ? directories : default_path, path);
    }
    if (strlen(name) >= PATH_MAX)
        return ENAMETOOLONG;
    strcpy(path, name);
    return look_at(path);
}
