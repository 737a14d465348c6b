/*
 * runs_trim.c - find what is free from the bits, without a look at the memory itself.
 */
#include "runs_trim.h"

#include "sys.h"

/* The end of the row of free slots that begins with slot i; i itself if that one is in use. */
static size_t free_until(const struct run *run, const uint64_t *bits, size_t i)
{
    while (i < run->slots) {
        uint64_t used = ~bits[i / 64] >> i % 64;
        if (used != 0)
            return min_size(i + (size_t)__builtin_ctzll(used), run->slots);
        i += 64 - i % 64;
    }
    return run->slots;
}

/* Release what lies between the slots in use.  Behind the last slot nothing ever was. */
static size_t trim_run(const struct run *run)
{
    uintptr_t start = (uintptr_t)run_start(run);
    size_t released = 0;
    for (size_t i = 0; i < run->slots;) {
        size_t end = free_until(run, run_bits(run), i);
        released += sys_release_resident(start + i * run->size, start + end * run->size);
        i = end + 1;
    }
    return released;
}

/* Full runs are in no list, and have nothing to give. */
size_t runs_trim(const struct runs *r)
{
    size_t released = 0;
    for (unsigned sizeclass = 0; sizeclass < RUN_CLASSES; sizeclass++)
        for (const struct run *run = r->some[sizeclass]; run; run = run->next)
            released += trim_run(run);
    return released;
}
