/*
 * region.c - the table.
 */
#include "region.h"

uint8_t region_table[REGIONS] BEHIND_ALL;

void region_set(const void *start, enum region region)
{
    assert(is_aligned(start, HEAP_MAX));
    assert((uintptr_t)start >> REGION_SHIFT < REGIONS);
    __atomic_store_n(&region_table[(uintptr_t)start >> REGION_SHIFT], (uint8_t)region,
                     __ATOMIC_RELEASE);
}
