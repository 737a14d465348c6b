/* process.h - the processes there are, as far as everybody may see them. */
#ifndef TOOL_PROCESS_H
#define TOOL_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
    pid_t pid;
    uid_t user;
    char state;
    uint64_t resident; /* bytes */
    char name[64];     /* as /proc/PID/status has it */
    char command[256]; /* its command line, or its beginning; the name where it has none */
};

/* All processes that have memory: no threads of the kernel, no zombies, not we ourselves.  The list
 * is the caller's to free.  Exits when /proc cannot be read. */
size_t process_list(struct process **list);

/* The name of the user, or his number. */
const char *process_user(uid_t user, char text[33]);

#endif
