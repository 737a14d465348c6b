/* rights.h - whether we may look into other processes, by the rules that are known to say no. */
#ifndef TOOL_RIGHTS_H
#define TOOL_RIGHTS_H

#include <stdbool.h>

/* The Yama module's setting, 0 to 3; -1 where there is no Yama. */
int rights_yama(void);

/* Whether we have CAP_SYS_PTRACE, which root in a container often has not. */
bool rights_trace(void);

#endif
