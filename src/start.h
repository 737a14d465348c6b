/*
 * start.h - the first call.
 */
#ifndef ASHLAR_START_H
#define ASHLAR_START_H

#include "base.h"

extern bool start_done;

/* Make everything ready; runs once, whoever comes first: a constructor of ours or any door. */
void start(void);

static inline void start_ensure(void)
{
    if (unlikely(!__atomic_load_n(&start_done, __ATOMIC_ACQUIRE)))
        start();
}

#endif
