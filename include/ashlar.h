/*
 * ashlar.h - what libashlar offers beyond <stdlib.h> and <malloc.h>.
 *
 * The functions of the C standard, of POSIX and of the GNU C library (malloc, free, calloc,
 * realloc, aligned_alloc, posix_memalign, mallopt, mallinfo2, malloc_trim ...) are declared where
 * they always were; a program that is linked with libashlar, or runs with it preloaded, gets ours.
 * See libashlar(3).
 */
#ifndef ASHLAR_H
#define ASHLAR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ASHLAR_VERSION "1.0.0"

/* The version of the library that is in use, such as "1.0.0". */
const char *ashlar_version(void);

/*
 * Verify the whole heap: every chunk of every arena, every bin, every link.
 *
 * Returns 0 if all is as it must be, otherwise the number of broken laws, each of which is told in
 * one line on stderr.  Takes the lock of one arena after the other; its cost grows with the number
 * of chunks.
 */
int ashlar_check(void);

/*
 * Where all bytes are, as one JSON object: {"schema":"ashlar.stats/1", ...}; libashlar(3) says what
 * each number means.
 *
 * Like snprintf: writes at most `size` bytes, the final NUL included, and returns the length that
 * the whole text has without it.  `text` may be NULL if size is 0.  The next call may have more to
 * say: leave some room.  Allocates nothing, never fails, and leaves errno alone.
 *
 * Not to be called from signal handlers.  Takes the lock of one arena after the other; its cost
 * grows with the number of chunks and pages.
 */
int ashlar_stats(char *text, size_t size);

/*
 * A program's own settings, read once at its start: define this variable, for instance
 *
 *     const char *ashlar_options = "arena_max=4,trim_threshold=1M";
 *
 * The environment (ASHLAR_OPTIONS, ASHLAR_<KEY>) overrides it.  See ashlar-options(7).
 */
extern const char *ashlar_options;

/*
 * C23: free a block whose size, or alignment and size, the caller knows.  They must be what it was
 * allocated with.  Like free() they preserve errno.
 */
void free_sized(void *ptr, size_t size);
void free_aligned_sized(void *ptr, size_t alignment, size_t size);

/* The old name of free, which the GNU C library dropped in version 2.26. */
void cfree(void *ptr);

#ifdef __cplusplus
}
#endif

#endif
