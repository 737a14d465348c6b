/*
 * ashlar_arenas.h - all arenas of a process that runs libashlar, each walked until it is
 * consistent.
 */
#ifndef TOOL_ASHLAR_ARENAS_H
#define TOOL_ASHLAR_ARENAS_H

#include "ashlar_reader.h"

/* Follow the list and walk every arena into the model.  False if nothing was ever taken. */
bool ashlar_arenas_read(struct ashlar_reader *reader);

/* How the tries to read something went so far. */
struct ashlar_outcome {
    bool good;
    bool steady; /* it is not good, and will not become so: it stands still */
    unsigned tries;
    struct ashlar_trouble trouble;
};

/* Whether the arena has a segment already whose memory, or whose first chunk, begins there: a damaged
 * link may lead back, and a list that does would have no end. */
bool ashlar_was_read(const struct ashlar_reader *reader, size_t index, uint64_t at);

/* Whether to try once more; if so, and it is not the first time, a moment has passed. */
bool ashlar_may_try(struct ashlar_reader *reader, const struct ashlar_outcome *outcome);

/* Let the model have it: the arena's segments are those from `first` on, and are sorted. */
void ashlar_arena_tell(struct heap_model *model, size_t index, size_t first,
                       const struct ashlar_outcome *outcome);

/* Say what is wrong, and return false. */
bool ashlar_trouble_at(struct ashlar_trouble *trouble, uint64_t at, const char *complaint);

/* Two tries in a row that stumble over the same thing. */
bool ashlar_same_trouble(const struct ashlar_trouble *a, const struct ashlar_trouble *b);

#endif
