/* cgroup.h - the memory limit that the control groups set for us. */
#ifndef TOOL_CGROUP_H
#define TOOL_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct cgroup_limit {
    bool known;          /* a memory controller is there */
    int version;         /* 1 or 2 */
    uint64_t bytes;      /* the tightest limit from our group up to the root; UINT64_MAX = none */
    char file[PATH_MAX]; /* where it is written */
};

void cgroup_memory(struct cgroup_limit *limit);

#endif
