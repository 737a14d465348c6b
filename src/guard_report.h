/*
 * guard_report.h - what is told of a wrong access to a guarded block.
 *
 *   ashlar: use after free: write of 0x7f1c8a3d1fe8, 8 bytes into a freed block of 24 at 0x7f1c..
 *     accessed by thread 4242
 *       0x55d0c1b2a1f3  /usr/bin/program+0x11f3
 *       ..
 *     allocated by thread 4242
 *     freed by thread 4243
 *
 * Then what the program itself does about the signal happens, or it ends as it would have.
 */
#ifndef ASHLAR_GUARD_REPORT_H
#define ASHLAR_GUARD_REPORT_H

#include "guard.h"

/* Reserve the region and look at SIGSEGV and SIGBUS before the program does. */
void guard_report_begin(void);

/* Tell of what guard_examine() found when a block was to be freed or used, and abort. */
_Noreturn void guard_die(enum guard_crime crime, const char *where, uintptr_t stack_end);

#endif
