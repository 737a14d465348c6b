/*
 * swing.c - how much of a top to hold back.
 */
#include "swing.h"

#include "sys.h"
#include "tune.h"

/* As much as freed mappings may bring into the heap (spec P5). */
#define HOLD_MAX (HEAP_MAX / 2)

enum { SOON = 1000, RETURNS = 8, RETURNS_LARGE = 3 };

/* A swing of this size costs a thousand page faults: it counts for several. */
#define LARGE (4 * MIB)

void swing_trimmed(struct swing *s, size_t bytes)
{
    s->trimmed = bytes;
    s->trimmed_at = sys_clock();
}

void swing_grown(struct swing *s)
{
    if (s->trimmed == 0 || tune.thresholds_fixed || !tune.tcache)
        return;
    uint64_t now = sys_clock();
    bool soon = now - s->trimmed_at < SOON;
    unsigned weight = s->trimmed >= LARGE ? RETURNS_LARGE : 1;
    s->returns = soon ? s->returns + weight : 0;
    if (s->returns >= RETURNS) {
        s->hold = min_size(s->hold + s->trimmed, HOLD_MAX);
        s->held_at = now;
    }
    s->trimmed = 0;
    assert(s->hold <= HOLD_MAX);
}

size_t swing_hold(struct swing *s)
{
    if (s->hold > 0 && sys_clock() - s->held_at >= SOON) {
        s->hold = 0;
        /* The next swing is recognised at once. */
        s->returns = RETURNS - 1;
    }
    return s->hold;
}
