/*
 * secure.c - the kernel's rule for AT_SECURE (bprm_fill_uid and cap_bprm_creds_from_file):
 * the program's effective ids differ from our real ones, or it gains capabilities and we are not
 * root.  A program that is setuid to the user we are already runs like any other.
 */
#include "secure.h"

#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A mount option that makes the kernel ignore set-id bits and file capabilities. */
static bool mount_ignores_ids(const char *path)
{
    struct statvfs mount;
    return statvfs(path, &mount) == 0 && (mount.f_flag & ST_NOSUID);
}

/* no_new_privs, as containers and services set it, makes the kernel ignore set-id bits too. */
static bool bits_are_ignored(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

static bool changes_group(const struct stat *status)
{
    /* Without the group's x bit, set-gid once meant mandatory locking and changes no group. */
    mode_t both = S_ISGID | S_IXGRP;
    return (status->st_mode & both) == both && status->st_gid != getgid();
}

/* A file that is gone or hidden is left to execve, which knows better what to say. */
enum secure_reason secure_reason(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0 || mount_ignores_ids(path))
        return SECURE_NOT;
    if (!bits_are_ignored()) {
        if ((status.st_mode & S_ISUID) && status.st_uid != getuid())
            return SECURE_SETUID;
        if (changes_group(&status))
            return SECURE_SETGID;
    }
    if (getuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0)
        return SECURE_CAPABILITIES;
    return SECURE_NOT;
}
