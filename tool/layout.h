/* layout.h - where the kernel put the parts of a process when it began, from /proc/PID/stat. */
#ifndef TOOL_LAYOUT_H
#define TOOL_LAYOUT_H

#include "target.h"

/* Addresses; 0 = unknown, as all are of a core file. */
struct layout {
    uint64_t start_code;
    uint64_t start_brk;
    uint64_t start_stack;
    uint64_t stack_limit; /* bytes that the main stack may grow to; UINT64_MAX = no limit */
};

void layout_read(const struct target *target, struct layout *layout);

#endif
