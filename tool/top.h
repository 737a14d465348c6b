/* top.h - the verb `ashlar top TARGET': its memory as it changes, on the terminal. */
#ifndef TOOL_TOP_H
#define TOOL_TOP_H

#include "verb.h"

extern const struct verb top_verb;

#endif
