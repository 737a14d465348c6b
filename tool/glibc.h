/* glibc.h - the heap of a process that has glibc's malloc, read from outside. */
#ifndef TOOL_GLIBC_H
#define TOOL_GLIBC_H

#include "glibc_state.h"
#include "heap_model.h"

/* Read it all.  *model is the caller's to release, and NULL unless GLIBC_FOUND or GLIBC_UNUSED is
 * returned; what could not be read says so in the model. */
enum glibc_found glibc_read(struct target *target, struct heap_model **model);

#endif
