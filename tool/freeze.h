/*
 * freeze.h - a target that stands still while it is read, for an exact answer about a busy one.
 *
 *     freeze_begin   every thread is stopped      (PTRACE_SEIZE, PTRACE_INTERRUPT)
 *     ... read ...
 *     freeze_end     every thread goes on         (PTRACE_DETACH)
 *
 * It never stays stopped: a timer lets it go when its limit is over, and the kernel does when we
 * end, however that happens.
 */
#ifndef TOOL_FREEZE_H
#define TOOL_FREEZE_H

#include "target.h"

/* Stop the target if target->freeze_limit asks for it; else do nothing.  When it cannot be stopped,
 * say why and exit.  One target at a time. */
void freeze_begin(struct target *target);

/* Let it go; target->stood_still grows by the time it stood, and freeze_tell says it. */
void freeze_end(struct target *target);

/* Say on stderr how long it stood still, if it did, and whether it was let go too early. */
void freeze_tell(const struct target *target);

/* Whether it stands still now. */
bool freeze_holds(const struct target *target);

#endif
