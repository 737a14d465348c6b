/*
 * check.h - prove the laws of the heap (doc/invariants.md), one by one.
 */
#ifndef ASHLAR_CHECK_H
#define ASHLAR_CHECK_H

#include "base.h"

/* Check every arena; each broken law is a line on stderr.  Returns how many are broken. */
unsigned check_all(void);

/*
 * To be asked before every call, with no lock held: every tune.check-th time all arenas are checked,
 * and if a law is broken the process ends with SIGABRT.
 */
void check_at_times(void);

#endif
