/*
 * idle.h - what lies ready for threads that do nothing goes home, without their help.
 *
 * The quick way of malloc and free takes no lock, and must not pay for this.  So a thread's cache is
 * emptied by another thread only while it provably is not on that way, and every way in is closed
 * meanwhile:
 *
 *   1  its quick way is closed: a call that begins now takes the slow way, sees that its cache is
 *      visited, and waits for the end of the visit
 *   2  a barrier on all processors (membarrier): a call that began before is either over, or
 *      interrupted: by the scheduler, or by a signal whose handler is running
 *   3  the kernel says that the thread sleeps in a system call, which no quick way contains: so it
 *      is not the scheduler ..
 *   4  .. and no word of its stack, from there to its beginning, is an address on the quick way: so
 *      no handler interrupted one.  A thread on another stack than its own is left alone.
 *
 * Where the kernel has no membarrier or no /proc, caches stay as they are.
 */
#ifndef ASHLAR_IDLE_H
#define ASHLAR_IDLE_H

#include "base.h"

/* Begin a round through all caches. */
void idle_begin(void);

/*
 * Look at some more of them; false when all were looked at.  *waiting is set if one holds something
 * that it may still want, and left alone otherwise.
 */
bool idle_drain(bool *waiting);

/* Empty all caches of other threads that sleep now, however lately they were used. */
void idle_drain_all(void);

#endif
