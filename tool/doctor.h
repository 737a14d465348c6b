/* doctor.h - the verb `ashlar doctor`: what of this machine helps or hinders. */
#ifndef TOOL_DOCTOR_H
#define TOOL_DOCTOR_H

#include "verb.h"

extern const struct verb doctor_verb;

#endif
