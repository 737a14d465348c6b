/* target_name.h - from a process's name to its pid.  The name is its comm, or the file name of its
 * program or of its first word. */
#ifndef TOOL_TARGET_NAME_H
#define TOOL_TARGET_NAME_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Whether the word is all digits, as a pid is. */
bool target_word_is_pid(const char *word);

/* Whether the process has the name, in one of these ways. */
bool target_process_has_name(pid_t pid, const char *name);

/* How many processes have the name; the first `limit` of them go into pids. */
size_t target_pids(const char *name, pid_t *pids, size_t limit);

/* The only process of this name, or 0.  If there are several, list them and exit. */
pid_t target_pid_named(const char *name);

#endif
