/*
 * keeper.h - who does the work of purge.h and idle.h, and when.
 *
 *   keeper    a thread of the library.  It exists only while something waits to be given back: it
 *             looks a few times in the decay time, and ends when there was nothing to do.
 *   a caller  where no such thread is to be, or can be: calls on the slow way do a step now and
 *             then.  Then nothing happens while the program makes no calls.
 *
 * The keeper blocks all signals, takes nothing from the heap, opens files for a moment only, and does
 * not hold up the end of a process.  A forked child has none until its own calls make one.  A
 * program that is about to shut itself in (sandbox.c) gets none any more.
 */
#ifndef ASHLAR_KEEPER_H
#define ASHLAR_KEEPER_H

#include "base.h"
#include "decay.h"

/* Called once, when the settings are known. */
void keeper_begin(void);

/* Enough was freed: see to it.  Called with no lock held, outside of the C library's own calls. */
void keeper_mind(const void *caller);

/* No keeper is to be from now on; waits a moment for the one there is to end. */
void keeper_forbid(void);

/* No keeper is to be between these two; the first waits a moment, too. */
void keeper_pause(void);
void keeper_go_on(void);

/* In the child of fork: the keeper there was is not there. */
void keeper_inherit(void);

#endif
