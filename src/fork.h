/*
 * fork.h - a process with threads is copied: what to do before and after.
 */
#ifndef ASHLAR_FORK_H
#define ASHLAR_FORK_H

/*
 * Have the C library call us around every fork.  Before it all locks are taken, so that every
 * arena is whole in the copy; the forking thread may go on allocating meanwhile, for the handlers
 * of others.  In the child, what lay in the caches of threads that are not there goes home.
 */
void fork_register(void);

#endif
