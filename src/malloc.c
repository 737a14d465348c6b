/*
 * malloc.c - the doors of the C standard: malloc, free, calloc, realloc, aligned_alloc.
 *
 * malloc and free are as short as they can be: what the thread's cache has is given out and taken
 * in right here, and everything else goes the slow way, out of line.
 */
#include "ashlar.h"
#include "door.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

QUICK_WAY EXPORT void *malloc(size_t n)
{
    void *user = door_take_ready(n);
    return likely(user) ? user : door_take(n);
}

QUICK_WAY EXPORT void free(void *user)
{
    /* NULL is in nobody's range: it fails like everything the quick way does not know. */
    if (unlikely(!door_put_ready(user)) && user)
        door_put(user);
}

QUICK_WAY EXPORT void *calloc(size_t count, size_t size)
{
    size_t n;
    if (unlikely(__builtin_mul_overflow(count, size, &n))) {
        errno = ENOMEM;
        return NULL;
    }
    void *user = door_take_ready(n);
    if (SECURE && likely(user) && lid_wipes_all_of(n))
        return user;
    return likely(user) ? memset(user, 0, n) : door_take_zeroed(n);
}

/* As the GNU C library has it: a size of 0 frees the block and returns NULL. */
QUICK_WAY EXPORT void *realloc(void *user, size_t n)
{
    if (!user)
        return malloc(n);
    if (n == 0) {
        free(user);
        return NULL;
    }
    return door_resize(user, n);
}

/* C11 with its later correction: any power of two, and the size need be no multiple of it. */
EXPORT void *aligned_alloc(size_t alignment, size_t n)
{
    if (!is_power_of_two(alignment)) {
        errno = EINVAL;
        return NULL;
    }
    return door_take_aligned(alignment, n);
}

/* C23: the caller knows what he asked for; nothing is gained by it yet, and nothing is lost. */
QUICK_WAY EXPORT void free_sized(void *user, size_t n)
{
    (void)n;
    free(user);
}

QUICK_WAY EXPORT void free_aligned_sized(void *user, size_t alignment, size_t n)
{
    (void)alignment;
    (void)n;
    free(user);
}
