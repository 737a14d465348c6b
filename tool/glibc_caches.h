/*
 * glibc_caches.h - the threads' caches: chunks that no arena counts as free, and no program has.
 *
 *     tcache    | length of each list, or what still fits it | first chunk of each list |
 *
 * A thread's cache is itself a chunk in use of some arena, and nothing points to it but the
 * thread's own storage.  So every chunk in use of its size is asked: it is a cache if each list is
 * as long as its number says, and leads only to chunks in use of that list's size.
 */
#ifndef TOOL_GLIBC_CACHES_H
#define TOOL_GLIBC_CACHES_H

#include "glibc_reader.h"

/* Find them, mark the chunks they hold, and let the model have both. */
void glibc_caches_read(struct glibc_reader *reader);

/* Guess what the libc does not tell, from the first chunk of the main arena, which is the main
 * thread's cache: layout of the cache, and whether links are mangled. */
void glibc_caches_guess(struct glibc_reader *reader);

#endif
