/* diff.h - the verb `ashlar diff BEFORE AFTER': what changed between two looks. */
#ifndef TOOL_DIFF_H
#define TOOL_DIFF_H

#include "verb.h"

extern const struct verb diff_verb;

#endif
