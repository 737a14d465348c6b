/* target_sleep.h - what a thread of a target does now. */
#ifndef TOOL_TARGET_SLEEP_H
#define TOOL_TARGET_SLEEP_H

#include "target.h"

/* Whether the thread waits for something, and so allocates nothing.  Of a core file, false. */
bool target_thread_sleeps(const struct target *target, pid_t thread);

#endif
