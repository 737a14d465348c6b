/*
 * glibc_trim.h - what malloc_trim(0) would give back, by glibc's own rule and to the page.
 *
 * It joins the chunks of the fast bins with their neighbours, then gives back, in every arena, the
 * whole pages inside each free chunk behind the words it keeps there; last it lowers the break, so
 * that less than a page of the main arena's top is left.  Tops of thread arenas stay.  Only pages
 * that are in memory count.
 */
#ifndef TOOL_GLIBC_TRIM_H
#define TOOL_GLIBC_TRIM_H

#include "heap_model.h"
#include "target.h"

/* Fill in `trimmable` of every arena; the sums must have been made. */
void glibc_trim_predict(const struct target *target, struct heap_model *model);

#endif
