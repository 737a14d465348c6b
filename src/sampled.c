/*
 * sampled.c - counting down.
 */
#include "sampled.h"

#include "kept.h"
#include "tune.h"

/* How many blocks until the next one that is guarded: by chance, as many as the rate on average. */
static ptrdiff_t draw_guard(struct cache *cache)
{
    size_t chance = (size_t)kept_chance(cache) << 16 | kept_chance(cache);
    return (ptrdiff_t)(1 + chance % (2 * tune.guard_rate - 1));
}

void *sampled_take(struct cache *cache, size_t n, size_t alignment)
{
    enum { LOOK_AGAIN = 4096 };
    assert(is_power_of_two(alignment));
    if (likely(--cache->until_guard > 0))
        return NULL;
    /* The settings may not be known yet. */
    if (tune.guard_rate == 0) {
        cache->until_guard = LOOK_AGAIN;
        return NULL;
    }
    cache->until_guard += draw_guard(cache);
    return guard_take(n, alignment, cache->stack_end);
}

bool sampled_put(const struct cache *cache, void *user)
{
    assert(guard_has(user));
    return guard_put(user, cache ? cache->stack_end : 0);
}
