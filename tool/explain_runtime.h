/* explain_runtime.h - languages whose run time keeps memory of its own beside malloc. */
#ifndef TOOL_EXPLAIN_RUNTIME_H
#define TOOL_EXPLAIN_RUNTIME_H

#include "target.h"

/* A sentence about the memory that the target's run time keeps, and what tells more of it; NULL if
 * none is known there. */
const char *runtime_sentence(const struct target *target);

#endif
