/*
 * walk.h - visit every chunk of an arena, from the lowest of each region to its fence or the top.
 */
#ifndef ASHLAR_WALK_H
#define ASHLAR_WALK_H

#include "arena.h"

enum walked_state {
    WALKED_IN_USE, /* by the user, or ready in a cache or a fast bin */
    WALKED_FREE,   /* in a bin */
    WALKED_TOP,
    WALKED_FENCE,
};

typedef void walk_visitor(struct chunk *c, enum walked_state state, void *context);

/*
 * Call visit(c, state, context) for every chunk of a.  Returns NULL, or the first chunk whose size
 * makes no sense: the walk cannot go on there.  The arena is locked.
 */
struct chunk *walk_arena(struct arena *a, walk_visitor *visit, void *context);

#endif
