/*
 * runs_check.h - the laws of runs, as code.
 */
#ifndef ASHLAR_RUNS_CHECK_H
#define ASHLAR_RUNS_CHECK_H

#include "runs.h"

typedef void law_breaker(const char *law, const void *where, void *context);

/* Call tell(law, where, context) for every law that r breaks.  Its arena is locked. */
void runs_check(const struct runs *r, law_breaker *tell, void *context);

/* How many slots of r are in use: by the program, or ready in caches. */
size_t runs_count_used(const struct runs *r);

#endif
