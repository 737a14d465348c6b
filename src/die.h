/*
 * die.h - the one way to stop: the program has broken the heap, and going on would spread it.
 */
#ifndef ASHLAR_DIE_H
#define ASHLAR_DIE_H

#include "base.h"

/*
 * Print "PHRASE: ADDRESS, found 0x..., expected 0x..." on stderr and abort.  The phrases are those
 * of the GNU C library, because people and scripts know them.
 */
_Noreturn void die(const char *phrase, const void *address, size_t found, size_t expected);

/* The same for what has no two numbers to compare. */
_Noreturn void die_at(const char *phrase, const void *address);

#endif
