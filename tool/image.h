/*
 * image.h - what an ELF file has to do with allocation: which allocators it brings, and which
 * runtime it is made for.
 *
 * Many processes run few files: each file is read once and remembered for as long as the tool runs.
 */
#ifndef TOOL_IMAGE_H
#define TOOL_IMAGE_H

#include "image_kind.h"
#include "target.h"

/* The file of the target's with that name; never NULL. */
const struct image *image_of(const struct target *target, const char *name);

/* The version of the allocator in the file, or "". */
const char *image_version(const struct target *target, const char *name, enum allocator_id id);

#endif
