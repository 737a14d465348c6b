/* run.h - the verb `ashlar run -- CMD...`: a program on libashlar instead of its own malloc. */
#ifndef TOOL_RUN_H
#define TOOL_RUN_H

#include "verb.h"

extern const struct verb run_verb;

#endif
