/* find.h - which file a command's name stands for, looked up as execvp(3) does. */
#ifndef TOOL_FIND_H
#define TOOL_FIND_H

#include <limits.h>

/* Write the file that `name` runs into path.  0, or why there is none as an errno: ENOENT (no such
 * file), EISDIR (it is a directory), EACCES (it is no executable), or what the kernel said.  On
 * failure path names the file that was looked at last, or is empty. */
int find_program(const char *name, char path[PATH_MAX]);

#endif
