/*
 * proc.h - the small files of /proc that everybody may read, whoever's process it is.
 *
 * Names of processes have their line feeds escaped in `status`, so that its lines can be trusted:
 *
 *     Name:   frag
 *     State:  S (sleeping)
 *     Uid:    1000    1000    1000    1000
 */
#ifndef TOOL_PROC_H
#define TOOL_PROC_H

#include <stddef.h>
#include <sys/types.h>

/* Enough for all of `status`. */
enum { PROC_STATUS = 4096 };

/* /proc/PID/name as a string, cut to size - 1 bytes; 0 as the pid stands for ourselves.  How many
 * bytes it has, or -1 and an empty string. */
ssize_t proc_read(pid_t pid, const char *name, char *text, size_t size);

/* Where the link /proc/PID/name leads, or an empty string. */
void proc_link(pid_t pid, const char *name, char *text, size_t size);

/* The value behind "Key:" at the beginning of a line, blanks skipped; NULL if there is none. */
const char *proc_value(const char *status, const char *key);

/* The command line with its words divided by blanks, and without control characters; empty for
 * those that have none.  How long it is. */
size_t proc_command(pid_t pid, char *text, size_t size);

#endif
