/*
 * run_pages.c - find what is free from the bits, without a look at the memory itself.
 */
#include "run_pages.h"

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

/* Every row of free slots, which are what lies between the slots in use. */
static size_t each_row(const struct run *run, size_t (*give_back)(uintptr_t, uintptr_t))
{
    uintptr_t start = (uintptr_t)run_start(run);
    size_t released = 0;
    for (size_t i = 0; i < run->slots;) {
        size_t end = free_until(run, run_bits(run), i);
        /* What lies beyond the last slot is nobody's either. */
        size_t to = end == run->slots ? RUN_SIZE : end * run->size;
        released += give_back(start + i * run->size, start + to);
        i = end + 1;
    }
    return released;
}

void run_pages_release(const struct run *run)
{
    each_row(run, sys_release_whole);
}

size_t run_pages_release_counted(const struct run *run)
{
    return each_row(run, sys_release_resident);
}
