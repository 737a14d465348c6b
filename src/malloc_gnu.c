/*
 * malloc_gnu.c - the doors of POSIX and of the GNU C library that give out or take in memory, and
 * the __libc_ names some programs use to get past an allocator like us: they get us all the same.
 */
#include "ashlar.h"
#include "door.h"
#include "gnu.h"
#include "sys.h"

#include <errno.h>
#include <stdlib.h>

/* POSIX: the result is returned, errno is not touched, and *out only if it succeeds. */
EXPORT int posix_memalign(void **out, size_t alignment, size_t n)
{
    if (!is_power_of_two(alignment) || alignment % sizeof(void *) != 0)
        return EINVAL;
    int saved = errno;
    void *user = door_take_aligned(alignment, n);
    errno = saved;
    if (!user)
        return ENOMEM;
    *out = user;
    return 0;
}

/* GNU: an alignment that is no power of two is rounded up to one. */
EXPORT void *memalign(size_t alignment, size_t n)
{
    if (alignment > SIZE_MAX / 2 + 1) {
        errno = EINVAL;
        return NULL;
    }
    size_t power = CHUNK_ALIGN;
    while (power < alignment)
        power *= 2;
    assert(is_power_of_two(power) && power >= alignment);
    return door_take_aligned(power, n);
}

EXPORT void *valloc(size_t n)
{
    return door_take_aligned(sys_page(), n);
}

/* Whole pages; the sum of n and a page overflows where no memory could be had anyway. */
EXPORT void *pvalloc(size_t n)
{
    if (n > PTRDIFF_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    return door_take_aligned(sys_page(), align_up(n, sys_page()));
}

EXPORT void *reallocarray(void *user, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(user, n);
}

EXPORT size_t malloc_usable_size(void *user)
{
    return user ? door_usable(user) : 0;
}

EXPORT void cfree(void *user)
{
    free(user);
}

/* Their prototypes stand in no header. */
void *__libc_malloc(size_t n);
void __libc_free(void *user);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *user, size_t n);
void *__libc_memalign(size_t alignment, size_t n);
void *__libc_valloc(size_t n);
void *__libc_pvalloc(size_t n);

EXPORT void *__libc_malloc(size_t n)
{
    return malloc(n);
}

EXPORT void __libc_free(void *user)
{
    free(user);
}

EXPORT void *__libc_calloc(size_t count, size_t size)
{
    return calloc(count, size);
}

EXPORT void *__libc_realloc(void *user, size_t n)
{
    return realloc(user, n);
}

EXPORT void *__libc_memalign(size_t alignment, size_t n)
{
    return memalign(alignment, n);
}

EXPORT void *__libc_valloc(size_t n)
{
    return valloc(n);
}

EXPORT void *__libc_pvalloc(size_t n)
{
    return pvalloc(n);
}
