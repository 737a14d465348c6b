/* snap.h - the verb `ashlar snap TARGET': keep what is seen now in a file. */
#ifndef TOOL_SNAP_H
#define TOOL_SNAP_H

#include "verb.h"

extern const struct verb snap_verb;

#endif
