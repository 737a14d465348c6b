/* report_host.h - where and how a report was made, so that it can be made again. */
#ifndef TOOL_REPORT_HOST_H
#define TOOL_REPORT_HOST_H

#include "target.h"

#include <jansson.h>

/* The command, the kernel and the processor of this machine.  Not its name. */
json_t *report_host(const char *command);

/* The settings of malloc that the target was started with: what of its environment any malloc reads.
 * Nothing else of the environment, and no arguments: both may hold secrets. */
json_t *report_environment(const struct target *target);

#endif
