/*
 * rising.h - slots the lowest first, as a test likes to think of them; a magazine has them the
 * other way round.
 */
#ifndef TEST_RISING_H
#define TEST_RISING_H

#include "runs.h"

static inline unsigned take_rising(struct runs *r, unsigned sizeclass, void **slots, unsigned most)
{
    unsigned taken = runs_take(r, sizeclass, slots, most);
    for (unsigned i = 0; i < taken / 2; i++) {
        void *slot = slots[i];
        slots[i] = slots[taken - 1 - i];
        slots[taken - 1 - i] = slot;
    }
    return taken;
}

#endif
