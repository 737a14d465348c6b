/*
 * glibc_threads.h - whose cache is whose, and which arena each thread allocates from; x86-64.
 *
 * A thread's own storage ends where its descriptor begins, and the descriptor begins with its own
 * address.  In the storage stand, among other things, the address of its cache and of its arena.
 */
#ifndef TOOL_GLIBC_THREADS_H
#define TOOL_GLIBC_THREADS_H

#include "glibc_reader.h"

/* Fill in `thread` and `uses` of the model's caches, as far as that can be found out. */
void glibc_threads_read(struct glibc_reader *reader);

#endif
