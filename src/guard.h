/*
 * guard.h - a few blocks that stand between pages that nobody may touch, so that the first wrong
 * access to one of them ends the program where it happens.
 *
 *   aligned to HEAP_MAX                                                            + HEAP_MAX
 *   +-------+----------------+-------+----------------+-------+---------------------+
 *   | guard | place 0   blk| | guard | |blk  place 1  | guard | ..            guard |
 *   +-------+----------------+-------+----------------+-------+---------------------+
 *
 * A block stands at the end of its place or, by turns, at its start; only the pages it needs can be
 * touched.  When it is freed its pages go back and can be touched no more; its place is the last
 * to be used again.  What is known of a block, with the stacks of its allocation and its free, lies
 * in records of their own.
 *
 * What is left of its pages around a block is filled, and looked at when the block is freed: so are
 * found the accesses that its alignment hides from the guards.
 */
#ifndef ASHLAR_GUARD_H
#define ASHLAR_GUARD_H

#include "frames.h"
#include "region.h"

/* No larger block stands here; the first place holds it with any page up to that size. */
#define GUARD_BLOCK_MAX (32 * KIB)

enum guard_state { GUARD_UNUSED, GUARD_LIVE, GUARD_FREED };

/* What is known of one place. */
struct guarded {
    _Atomic unsigned state;
    unsigned next;      /* the place that was freed after this one */
    char *user;         /* the block .. */
    size_t n;           /* .. and its bytes */
    char *pages;        /* what can be touched while it lives .. */
    size_t pages_bytes; /* .. so many */
    bool kept;          /* freed, but the kernel has not taken these back yet */
    struct frames taken, freed;
};

/* Reserve the region.  False if the kernel refuses: then there never is a block. */
bool guard_begin(void);

/*
 * A block of n bytes at a multiple of alignment, a power of two, all zero.  NULL if it is too large,
 * all places are in use, or somebody else is here just now.  `stack_end`: frames.h.
 */
void *guard_take(size_t n, size_t alignment, uintptr_t stack_end);

static inline bool guard_has(const void *user)
{
    return region_at(user) == REGION_GUARD;
}

/*
 * What is wrong with a block that is to be used or freed, and where: the first byte around it that
 * is not as it was filled.
 */
enum guard_crime { GUARD_NONE, GUARD_NO_BLOCK, GUARD_NOT_LIVE, GUARD_OVERFLOWN, GUARD_UNDERFLOWN };
enum guard_crime guard_examine(const void *user, const char **where);

/* Return a block in which nothing was found.  False if another thread was quicker. */
bool guard_put(void *user, uintptr_t stack_end);

/* Bytes of a block in use. */
size_t guard_usable(const void *user);

/* What is known of the place that an address is in or nearest to; NULL if there was no block. */
const struct guarded *guard_around(const void *address);

/* Blocks in use, freed and kept, and bytes that can be touched. */
struct guard_count {
    size_t live, freed, bytes, places;
};
struct guard_count guard_counted(void);

/* Call tell(law, where, context) for every law that is broken. */
void guard_check(void (*tell)(const char *law, const void *where, void *context), void *context);

/* For descriptor.h: where the region, its records, and the number of those ever used are named. */
extern __attribute__((visibility("hidden"))) const void *const guard_roots[3];

/* For fork, as in lock.h. */
bool guard_hold(unsigned milliseconds);
void guard_let_go(void);
void guard_abandon(void);
bool guard_is_interrupted(void);

#endif
