/* explain.h - the verb `ashlar explain TARGET`: why its memory is not returned. */
#ifndef TOOL_EXPLAIN_H
#define TOOL_EXPLAIN_H

#include "verb.h"

extern const struct verb explain_verb;

#endif
