/*
 * ashlar_arenas.h - all arenas of a process that runs libashlar, each walked until it is
 * consistent.
 */
#ifndef TOOL_ASHLAR_ARENAS_H
#define TOOL_ASHLAR_ARENAS_H

#include "ashlar_reader.h"

/* Follow the list and walk every arena into the model.  False if nothing was ever taken. */
bool ashlar_arenas_read(struct ashlar_reader *reader);

/* Leave the target alone for a moment, before it is looked at again. */
void ashlar_wait(struct ashlar_reader *reader, unsigned tries);

/* Say what is wrong, and return false. */
bool ashlar_trouble_at(struct ashlar_trouble *trouble, uint64_t at, const char *complaint);

/* Two tries in a row that stumble over the same thing. */
bool ashlar_same_trouble(const struct ashlar_trouble *a, const struct ashlar_trouble *b);

#endif
