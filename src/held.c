/*
 * held.c - one sum.
 */
#include "held.h"

#include "tune.h"

#include <stdatomic.h>

static _Atomic size_t held;

size_t held_now(void)
{
    return atomic_load_explicit(&held, memory_order_relaxed);
}

bool held_allows(size_t more)
{
    return likely(tune.hard_limit == 0) || more <= minus_or_zero(tune.hard_limit, held_now());
}

void held_add(size_t bytes)
{
    atomic_fetch_add_explicit(&held, bytes, memory_order_relaxed);
}

void held_sub(size_t bytes)
{
    atomic_fetch_sub_explicit(&held, bytes, memory_order_relaxed);
}

bool held_is_tight(void)
{
    return unlikely(tune.soft_limit != 0) && held_now() > tune.soft_limit;
}
