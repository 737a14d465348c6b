/* explain_causes.h - why memory is not returned, judged from the facts, with the numbers. */
#ifndef TOOL_EXPLAIN_CAUSES_H
#define TOOL_EXPLAIN_CAUSES_H

#include "explain_codes.h"
#include "explain_facts.h"
#include "show.h"

enum { CAUSE_TEXT = 512 };

struct cause {
    enum explain_code code;
    uint64_t bytes;        /* resident bytes that it holds; 0 = none that can be counted */
    char text[CAUSE_TEXT]; /* sentences; may be empty */
};

struct causes {
    struct cause list[EXPLAIN_CODES]; /* the weightiest first */
    size_t count;                     /* at least 1: Q000 when there is no other */
};

void causes_judge(const struct facts *facts, const struct show *show, struct causes *causes);

/* The cause with that code, or NULL. */
const struct cause *causes_find(const struct causes *causes, enum explain_code code);

/* Whether so many bytes are worth a word: a twentieth of RSS, and 256 KiB. */
bool facts_matter(const struct facts *facts, uint64_t bytes);

#endif
