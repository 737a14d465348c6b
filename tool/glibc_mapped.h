/*
 * glibc_mapped.h - chunks with a mapping of their own.
 *
 *     mapping   | 0 (or what an alignment skipped) | size M | the program's block ... |
 *               a page                                                          a page's end
 *
 * No list leads to them.  They are found in the anonymous areas by their headers, and glibc's own
 * count and sum tell whether all were found.
 */
#ifndef TOOL_GLIBC_MAPPED_H
#define TOOL_GLIBC_MAPPED_H

#include "glibc_reader.h"

/* One that another reader has found: then so many fewer are searched for. */
void glibc_mapped_add(struct glibc_reader *reader, const struct heap_mapped *mapped);

/* Find them and let the model have them, sorted by address behind those that were added. */
void glibc_mapped_read(struct glibc_reader *reader);

#endif
