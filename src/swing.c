/*
 * swing.c - how much of a top to hold back.
 */
#include "swing.h"

#include "sys.h"
#include "tune.h"

#include <stdatomic.h>

/*
 * As much as freed mappings may bring into the heap (spec P5), or a quarter of what there ever was.
 */
static size_t hold_max(const struct swing *s)
{
    return max_size(HEAP_MAX / 2, s->system / 4);
}

/* Milliseconds, and how often. */
enum { SOON = 1000, RETURNS = 8, RETURNS_LARGE = 3 };

/* A swing of this size costs hundreds of page faults: it counts for several. */
#define LARGE MIB

void swing_trimmed(struct swing *s, size_t bytes)
{
    s->trimmed += bytes;
    s->trimmed_at = sys_clock();
}

/* What has returned soon anywhere in the process: an arena need not learn it by itself. */
static struct {
    _Atomic unsigned returns;
    _Atomic uint64_t last;
} process;

static bool process_swings(uint64_t now)
{
    return atomic_load_explicit(&process.returns, memory_order_relaxed) >= RETURNS &&
           now - atomic_load_explicit(&process.last, memory_order_relaxed) < SOON;
}

/* A count lost between threads does no harm. */
static void note_return(uint64_t now, unsigned weight)
{
    uint64_t last = atomic_exchange_explicit(&process.last, now, memory_order_relaxed);
    unsigned before = atomic_load_explicit(&process.returns, memory_order_relaxed);
    unsigned returns = now - last < SOON ? before + weight : weight;
    atomic_store_explicit(&process.returns, returns, memory_order_relaxed);
}

void swing_grown(struct swing *s)
{
    if (s->trimmed == 0 || tune.thresholds_fixed || !tune.tcache)
        return;
    uint64_t now = sys_clock();
    bool soon = now - s->trimmed_at < SOON;
    unsigned weight = s->trimmed >= LARGE ? RETURNS_LARGE : 1;
    s->returns = soon ? s->returns + weight : 0;
    if (soon)
        note_return(now, weight);
    if (s->returns >= RETURNS) {
        s->hold = min_size(s->hold + s->trimmed, hold_max(s));
        s->held_at = now;
    }
    s->trimmed = 0;
}

size_t swing_hold(struct swing *s, size_t spare)
{
    if (s->hold > 0 && sys_clock() - s->held_at >= SOON) {
        s->hold = 0;
        /* The next swing is recognised at once. */
        s->returns = RETURNS - 1;
    } else if (spare > s->hold && !tune.thresholds_fixed && tune.tcache) {
        uint64_t now = sys_clock();
        if (process_swings(now)) {
            s->held_at = s->hold == 0 ? now : s->held_at;
            s->hold = min_size(spare, hold_max(s));
        }
    }
    return s->hold;
}
