/* heap_view.c - no heap model answers yet. */
#include "heap_view.h"

bool heap_summarize(struct target *target, struct heap_summary *summary)
{
    (void)target;
    *summary = (struct heap_summary){0};
    return false;
}

bool heap_claims(struct target *target, struct region_claims *claims)
{
    (void)target;
    *claims = (struct region_claims){0};
    return false;
}
