/*
 * frames.h - who called whom: the return addresses on a thread's stack.
 *
 * Nothing is allocated and no lock taken, neither ours nor the loader's.  Where a library has no
 * unwind tables, frame pointers are followed instead.
 */
#ifndef ASHLAR_FRAMES_H
#define ASHLAR_FRAMES_H

#include "cfi.h"

enum { FRAMES_MOST = 16 };

/* The newest come first. */
struct frames {
    unsigned count;
    int thread; /* whose, as the kernel calls it */
    uintptr_t pc[FRAMES_MOST];
};

/*
 * The callers of this function, but for those of this library.  `stack_end` is where the thread's
 * stack ends; 0 if that is not known: then the stack is read no further than its page.
 */
void frames_of_caller(struct frames *f, uintptr_t stack_end);

/* Where a signal has interrupted its thread, and its callers. */
void frames_of_signal(struct frames *f, const void *context);

#endif
