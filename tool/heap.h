/* heap.h - the verb `ashlar heap TARGET`: arenas, bins, chunks. */
#ifndef TOOL_HEAP_H
#define TOOL_HEAP_H

#include "verb.h"

extern const struct verb heap_verb;

#endif
