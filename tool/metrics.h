/* metrics.h - the verb `ashlar metrics TARGET...`: figures for a monitoring system. */
#ifndef TOOL_METRICS_H
#define TOOL_METRICS_H

#include "verb.h"

extern const struct verb metrics_verb;

#endif
