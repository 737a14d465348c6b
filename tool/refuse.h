/* refuse.h - the sentences for what cannot work, each with what to do instead. */
#ifndef TOOL_REFUSE_H
#define TOOL_REFUSE_H

/* The command was not found or cannot be run, for this errno: say so and exit with 126 or 127. */
__attribute__((noreturn)) void refuse_to_find(const char *name, const char *path, int error);

/* The script at command[0] wants an interpreter that cannot be run: say so, exit 126 or 127. */
__attribute__((noreturn)) void refuse_interpreter(const char *name, const char *path, int error);

/* Return if `program`, the binary that command[0] runs in the end (found at `path`), will let the
 * loader preload `library`; else say why not and what helps, and exit with 125. */
void refuse_if_hopeless(char *const command[], const char *path, const char *program,
                        const char *library);

#endif
