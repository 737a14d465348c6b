/*
 * survey.h - all that is found out about a target at one moment: its heap, its regions, the figures
 * that add up to its RSS, and what is judged from them.
 *
 *     heap model + areas  ->  regions  ->  facts  ->  causes
 */
#ifndef TOOL_SURVEY_H
#define TOOL_SURVEY_H

#include "allocator.h"
#include "explain_print.h"
#include "heap_read.h"

struct survey {
    struct target *target;
    struct allocator allocator;
    struct heap_model *model;  /* an empty one if the heap cannot be read */
    bool heap_known;           /* it could be read */
    enum heap_refusal refusal; /* why it could not, if there is no model of it */
    struct region_claims claims;
    struct regions *regions;
    struct facts facts;
    struct causes causes;
    struct remedies remedies;
};

/* Look at the target now; its areas are read anew and measured.  The heap is read first and the
 * areas right after it, so that both speak of nearly the same moment.  False if the process is
 * gone; there is then nothing to free. */
bool survey_take(struct target *target, const struct show *show, struct survey *survey);

/* Judge once more, after the facts were added to. */
void survey_judge(struct survey *survey, const struct show *show);

void survey_free(struct survey *survey);

/* For those who print it. */
struct explanation survey_explanation(const struct survey *survey, const struct show *show);

#endif
