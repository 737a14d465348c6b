/*
 * decay.c - the clock.
 */
#include "decay.h"

/* Nothing is pending until somebody says from when on it is. */
struct decay_clock decay_clock = {.now = 1, .wanted = DECAY_NEVER};

static bool is_enough(size_t pending)
{
    return pending >= atomic_load_explicit(&decay_clock.wanted, memory_order_relaxed);
}

void decay_note(size_t bytes)
{
    size_t before = atomic_fetch_add_explicit(&decay_clock.pending, bytes, memory_order_relaxed);
    if (!is_enough(before + bytes) || decay_is_due())
        return;
    atomic_store_explicit(&decay_clock.due, true, memory_order_relaxed);
}

bool decay_is_pending(void)
{
    return atomic_load_explicit(&decay_clock.pending, memory_order_relaxed) > 0;
}

size_t decay_tick(void)
{
    uint32_t now = decay_now() + 1;
    atomic_store_explicit(&decay_clock.now, now ? now : 1, memory_order_relaxed);
    return atomic_exchange_explicit(&decay_clock.pending, 0, memory_order_relaxed);
}

void decay_set(size_t wanted, uint32_t age)
{
    decay_clock.age = age;
    atomic_store_explicit(&decay_clock.wanted, wanted, memory_order_relaxed);
    size_t pending = atomic_load_explicit(&decay_clock.pending, memory_order_relaxed);
    atomic_store_explicit(&decay_clock.due, is_enough(pending), memory_order_relaxed);
}
