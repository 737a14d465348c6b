/* map.h - `ashlar map TARGET`: the address space, region by region. */
#ifndef TOOL_MAP_H
#define TOOL_MAP_H

#include "verb.h"

extern const struct verb map_verb;

#endif
