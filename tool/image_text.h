/* image_text.h - which allocator a file speaks of in its constants, and in which version. */
#ifndef TOOL_IMAGE_TEXT_H
#define TOOL_IMAGE_TEXT_H

#include "image_kind.h"

#include <libelf.h>
#include <stddef.h>

/* The first allocator of the list whose complaints stand in the constants. */
enum allocator_id image_text_allocator(Elf *elf);

/* The version of that allocator, or an empty string. */
void image_text_version(Elf *elf, enum allocator_id id, char *version, size_t size);

#endif
