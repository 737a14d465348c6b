/*
 * cfi.h - one step up a stack, by the tables that compilers write for exceptions.
 *
 *   .eh_frame_hdr   where each function begins, sorted, and where its description is
 *   .eh_frame       of each function: after which instruction the frame lies where
 *
 * The C library's own unwinder allocates and opens a library when it is used first.  This one reads
 * what the linkers of Linux systems write and nothing else: where it meets anything it does not
 * know the stack ends.
 */
#ifndef ASHLAR_CFI_H
#define ASHLAR_CFI_H

#include "sys.h"

/* The part of a stack that may be read; `asks` if the kernel is to be asked for each word. */
struct stack {
    uintptr_t from, to;
    bool asks;
};

/* The word at an address of the stack; false if it cannot be read. */
bool stack_word(const struct stack *s, uintptr_t address, uintptr_t *word);

/*
 * From a frame to its caller's.  `called` tells that pc is a return address, which may be of the
 * next function already.  False, and nothing changed, where the tables do not lead on.
 */
bool cfi_step(const struct stack *s, struct sys_spot *spot, bool called);

#endif
