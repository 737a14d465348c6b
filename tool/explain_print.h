/* explain_print.h - the verdict, for people and for other programs. */
#ifndef TOOL_EXPLAIN_PRINT_H
#define TOOL_EXPLAIN_PRINT_H

#include "explain_remedies.h"

#include <jansson.h>

struct fail_if;

/* All that was found out, and how to write it. */
struct explanation {
    const struct show *show;
    const struct facts *facts;
    const struct causes *causes;
    const struct remedies *remedies;
    const struct fail_if *failed; /* the conditions of --fail-if that hold, or NULL */
};

void explain_print_text(const struct explanation *explanation);
void explain_print_plain(const struct explanation *explanation);
/* The document of --json, the caller's. */
json_t *explain_json(const struct explanation *explanation);
void explain_print_json(const struct explanation *explanation);

/* The verdict in one sentence or two. */
const char *explain_verdict(const struct explanation *explanation, char text[512]);

#endif
