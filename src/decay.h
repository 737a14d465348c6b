/*
 * decay.h - the clock by which free memory ages, and how much of it there may be.
 *
 * Free pages wait before they go back to the kernel: what is wanted again soon need not be faulted
 * in again.  Their age is counted in ticks of this clock, which somebody moves on (keeper.h) while
 * anything waits: so nobody who frees has to look at a real one.
 *
 * No lock: the numbers may be a little late, and nothing hangs on that.
 */
#ifndef ASHLAR_DECAY_H
#define ASHLAR_DECAY_H

#include "base.h"

#include <stdatomic.h>

/* What is not to decay. */
#define DECAY_NEVER SIZE_MAX

extern __attribute__((visibility("hidden"))) struct decay_clock {
    _Atomic uint32_t now;  /* never 0 */
    uint32_t age;          /* ticks that free pages wait */
    _Atomic bool due;      /* enough is pending that somebody has to look */
    _Atomic size_t wanted; /* so much */
    /* On a cache line of its own: everybody looks at the others, and many write to this one. */
    _Atomic size_t pending __attribute__((aligned(64))); /* bytes freed since the last look */
} decay_clock;

static inline uint32_t decay_now(void)
{
    return atomic_load_explicit(&decay_clock.now, memory_order_relaxed);
}

/* Whether what was stamped then has waited long enough. */
static inline bool decay_is_ripe(uint32_t stamp)
{
    return decay_now() - stamp >= decay_clock.age;
}

/* Whether enough was freed since the last look. */
static inline bool decay_is_due(void)
{
    return unlikely(atomic_load_explicit(&decay_clock.due, memory_order_relaxed));
}

/* So many bytes were freed, and stay in memory for now. */
void decay_note(size_t bytes);

/* The same, by way of the caller's own sum: many small notes are one for the clock all share. */
static inline void decay_gather(size_t *sum, size_t bytes)
{
    enum { TELL_FROM = 1 << 16 };
    *sum += bytes;
    if (*sum < TELL_FROM)
        return;
    decay_note(*sum);
    *sum = 0;
}

/* Whether any were since the last look. */
bool decay_is_pending(void);

/* Look: returns what was pending, and moves the clock on. */
size_t decay_tick(void);

/*
 * From now on so many pending bytes are reason to look, 0: always, DECAY_NEVER: none, and free pages
 * wait so many ticks.
 */
void decay_set(size_t wanted, uint32_t age);

#endif
