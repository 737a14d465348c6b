/*
 * decay.c - the clock.
 */
#include "decay.h"

/* Nothing is pending until somebody says from when on it is. */
struct decay_clock decay_clock = {.now = 1, .wanted = DECAY_NEVER};

size_t decay_tick(void)
{
    uint32_t now = decay_now() + 1;
    atomic_store_explicit(&decay_clock.now, now ? now : 1, memory_order_relaxed);
    return atomic_exchange_explicit(&decay_clock.pending, 0, memory_order_relaxed);
}

void decay_begin(size_t wanted, uint32_t age)
{
    decay_clock.age = age;
    atomic_store_explicit(&decay_clock.wanted, wanted, memory_order_relaxed);
}
