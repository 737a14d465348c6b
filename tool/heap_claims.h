/* heap_claims.h - the parts of the address space that a heap's model knows to be malloc's. */
#ifndef TOOL_HEAP_CLAIMS_H
#define TOOL_HEAP_CLAIMS_H

#include "heap_model.h"
#include "regions.h"

/* The list is the caller's to free.  Exits when memory is out. */
void heap_claims_of(const struct target *target, const struct heap_model *model,
                    struct region_claims *claims);

#endif
