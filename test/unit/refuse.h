/*
 * refuse.h - switch the kernel's refusals on and off in an injection build (src/sys.c looks at the
 * environment at every call).
 */
#ifndef TEST_REFUSE_H
#define TEST_REFUSE_H

#include "sys.h"

#include <stdlib.h>
#include <sys/mman.h>

static inline void refuse_none(void)
{
    unsetenv("ASHLAR_INJECT_FAIL");
}

/* From now on every call is refused: "all but the first", which is this one or was long ago. */
static inline void refuse_all(void)
{
    /* setenv allocates, so the variable's text is ours. */
    static char order[] = "ASHLAR_INJECT_FAIL=-1";
    putenv(order);
    void *first = sys_map(sys_page());
    if (first)
        munmap(first, sys_page());
}

#endif
