/*
 * cpus.h - how many processors this process may use.
 */
#ifndef ASHLAR_CPUS_H
#define ASHLAR_CPUS_H

#include "base.h"

/*
 * The number of CPUs the calling thread's affinity allows, or fewer if the quota of its control
 * group (or of one above it, version 1 or 2) amounts to fewer; rounded up, at least 1.
 */
unsigned cpus_usable(void);

/* What a quota of `cpu.max` ("50000 100000", "max 100000") amounts to; 0: no limit, or no sense. */
unsigned cpus_of_quota(const char *text);

#endif
