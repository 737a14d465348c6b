/*
 * mappings.c - a short table, searched from its beginning: a mapping costs the kernel far more.
 */
#include "mappings.h"

#include <stdatomic.h>

/* A place is nobody's (0), somebody's who has not told its length yet (CLAIMED), or a mapping's. */
#define CLAIMED ((uintptr_t)1)

static struct known {
    _Atomic uintptr_t start;
    _Atomic size_t length;
} known[MAPPINGS_KNOWN];

static _Atomic size_t begun;  /* places that were ever anybody's */
static _Atomic size_t beyond; /* mappings that found no place */

static void raise_begun(size_t count)
{
    size_t seen = atomic_load_explicit(&begun, memory_order_relaxed);
    while (seen < count && !atomic_compare_exchange_weak(&begun, &seen, count))
        continue;
}

void mappings_note(const void *start, size_t length)
{
    assert((uintptr_t)start > CLAIMED && length > 0);
    for (size_t i = 0; i < MAPPINGS_KNOWN; i++) {
        uintptr_t nobody = 0;
        if (!atomic_compare_exchange_strong(&known[i].start, &nobody, CLAIMED))
            continue;
        raise_begun(i + 1);
        atomic_store_explicit(&known[i].length, length, memory_order_relaxed);
        atomic_store_explicit(&known[i].start, (uintptr_t)start, memory_order_release);
        return;
    }
    atomic_fetch_add(&beyond, 1);
}

static struct known *find(const void *start)
{
    size_t count = atomic_load_explicit(&begun, memory_order_acquire);
    for (size_t i = 0; i < count; i++)
        if (atomic_load_explicit(&known[i].start, memory_order_acquire) == (uintptr_t)start)
            return &known[i];
    return NULL;
}

bool mappings_have(const void *start, size_t length)
{
    const struct known *k = find(start);
    return k ? atomic_load_explicit(&k->length, memory_order_relaxed) == length
             : atomic_load(&beyond) > 0;
}

bool mappings_strike(const void *start, size_t length)
{
    struct known *k = find(start);
    uintptr_t expected = (uintptr_t)start;
    if (k)
        return atomic_load_explicit(&k->length, memory_order_relaxed) == length &&
               atomic_compare_exchange_strong(&k->start, &expected, 0);
    size_t left = atomic_load(&beyond);
    while (left > 0)
        if (atomic_compare_exchange_weak(&beyond, &left, left - 1))
            return true;
    return false;
}
