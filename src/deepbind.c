/*
 * deepbind.c - dlopen without RTLD_DEEPBIND.
 *
 * A module opened with RTLD_DEEPBIND looks names up in its own dependencies first, and so finds
 * the free() of the C library for memory that came from our malloc(): PHP opens all its modules so,
 * and dies under every replaced allocator.  Names a module defines itself it still finds first
 * among its own; only the order against the program's names changes.  deepbind=1 leaves the flag
 * alone.  Part of the shared library only.
 */
#include "gnu.h"
#include "start.h"
#include "tune.h"

typedef void *dlopen_function(const char *file, int mode);

/* The next dlopen, which is the C library's. */
static dlopen_function *next_dlopen(void)
{
    static dlopen_function *found;
    dlopen_function *next = __atomic_load_n(&found, __ATOMIC_RELAXED);
    if (!next) {
        *(void **)&next = dlsym(RTLD_NEXT, "dlopen");
        __atomic_store_n(&found, next, __ATOMIC_RELAXED);
    }
    return next;
}

/*
 * dlopen finds $ORIGIN and RUNPATH through its return address.  So this must end in a jump: the
 * build passes -foptimize-sibling-calls, and a test opens a library by the caller's RUNPATH.
 */
EXPORT void *dlopen(const char *file, int mode)
{
    start_ensure();
    int flags = tune.deepbind ? mode : mode & ~RTLD_DEEPBIND;
    dlopen_function *next = next_dlopen();
    return next ? next(file, flags) : NULL;
}
