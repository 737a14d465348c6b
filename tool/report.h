/* report.h - the verb `ashlar report TARGET`: all that is to be seen of it, as one HTML page. */
#ifndef TOOL_REPORT_H
#define TOOL_REPORT_H

#include "verb.h"

extern const struct verb report_verb;

#endif
