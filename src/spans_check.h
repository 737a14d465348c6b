/*
 * spans_check.h - the laws of units, as code.
 */
#ifndef ASHLAR_SPANS_CHECK_H
#define ASHLAR_SPANS_CHECK_H

#include "runs_check.h"
#include "spans.h"

/* Call tell(law, where, context) for every law that is broken.  Takes the lock of the places. */
void spans_check(law_breaker *tell, void *context);

#endif
