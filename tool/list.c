/* list.c - growth by doubling, and the one binary search that all lists of stretches share. */
#include "list.h"

#include "say.h"

#include <stdlib.h>
#include <string.h>

/* Most lists stay below this and are allocated once. */
enum { FIRST = 64 };

/* Room ends at FIRST and at each power of two above it, so that no field has to remember it. */
void *list_room(void *array, size_t count, size_t size)
{
    if (count != 0 && (count < FIRST || (count & (count - 1)) != 0))
        return array;
    array = reallocarray(array, count ? count * 2 : FIRST, size);
    if (!array)
        say_and_exit(EXIT_OURS, "out of memory");
    return array;
}

/* Copied, because the elements are of several types and this function knows none of them. */
static uint64_t word(const void *array, size_t size, size_t i, size_t which)
{
    uint64_t value;
    memcpy(&value, (const char *)array + i * size + which * sizeof value, sizeof value);
    return value;
}

size_t list_from(const void *array, size_t count, size_t size, uint64_t at)
{
    size_t below = 0, above = count;
    while (below < above) {
        size_t middle = below + (above - below) / 2;
        if (word(array, size, middle, 1) <= at)
            below = middle + 1;
        else
            above = middle;
    }
    return below;
}

const void *list_find(const void *array, size_t count, size_t size, uint64_t at)
{
    size_t i = list_from(array, count, size, at);
    if (i == count || word(array, size, i, 0) > at)
        return NULL;
    return (const char *)array + i * size;
}
