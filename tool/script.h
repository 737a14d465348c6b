/* script.h - from a script to the binary that runs it, through its #! line. */
#ifndef TOOL_SCRIPT_H
#define TOOL_SCRIPT_H

#include <limits.h>

/* Replace path, while it is a script, by the interpreter that its #! line names; env(1) is looked
 * through.  0, or the errno of the interpreter that cannot be run, whose name is then in path. */
int script_follow(char path[PATH_MAX]);

#endif
