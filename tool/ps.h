/* ps.h - `ashlar ps`: which allocator each process uses. */
#ifndef TOOL_PS_H
#define TOOL_PS_H

#include "verb.h"

extern const struct verb ps_verb;

#endif
