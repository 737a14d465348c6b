/* explain_remedies.h - what can be done about the causes, and what RSS would be then. */
#ifndef TOOL_EXPLAIN_REMEDIES_H
#define TOOL_EXPLAIN_REMEDIES_H

#include "explain_causes.h"

enum remedy_trust {
    REMEDY_EXACT,   /* by the allocator's own rule, of this moment */
    REMEDY_ABOUT,   /* when the program is started anew and does the same */
    REMEDY_UNKNOWN, /* it helps, and how much depends on what its threads do at the same time */
};

struct remedy {
    char what[64];     /* "call malloc_trim(0) after the burst" */
    char command[400]; /* to be pasted: for the process as it runs, or to start it anew; or empty */
    uint64_t resident; /* RSS then; 0 = unknown */
    enum remedy_trust trust;
    const char *effort;
};

enum { REMEDIES_MAX = 8 };

struct remedies {
    struct remedy list[REMEDIES_MAX];
    size_t count;
    char not_worth[160]; /* what is often advised and would not help here; or empty */
};

void remedies_find(const struct facts *facts, const struct causes *causes,
                   struct remedies *remedies);

#endif
