/* target_sleep.h - what a thread of a target does now. */
#ifndef TOOL_TARGET_SLEEP_H
#define TOOL_TARGET_SLEEP_H

#include "target.h"

/* Whether the thread waits for something, and so allocates nothing.  Of a core file, false. */
bool target_thread_sleeps(const struct target *target, pid_t thread);

/* Add the thread to the target's sleepers, if it sleeps now. */
void target_note_sleeper(struct target *target, pid_t thread);

#endif
