/*
 * coarse.c - round, note, and give back.
 */
#include "coarse.h"

#include "sys.h"
#include "tune.h"

#define COARSE_FROM (2 * MIB)

/* A good part of what the chunk is: an eighth at first, and then less. */
size_t coarse_size(size_t size)
{
    if (likely(size < COARSE_FROM) || !tune.tcache)
        return size;
    return align_up(size, size < 8 * MIB ? 256 * KIB : MIB);
}

void coarse_note(struct chunk *c, size_t size)
{
    assert(!chunk_is_mapped(c) && chunk_in_use(c));
    /* Where the bytes asked for reach into the borrowed word there is no place for it, nor need. */
    if (unlikely(size >= COARSE_FROM) && chunk_size(c) > size)
        chunk_above(c)->prev_size = size;
}

void coarse_release_end(struct chunk *c)
{
    assert(!chunk_is_mapped(c));
    if (likely(chunk_size(c) < COARSE_FROM))
        return;
    size_t asked = chunk_above(c)->prev_size;
    if (asked < COARSE_FROM || asked >= chunk_size(c) || coarse_size(asked) != chunk_size(c))
        return;
    /* Of n bytes the last lies in the last CHUNK_MIN of the chunk that they take, or right above. */
    uintptr_t end = (uintptr_t)c + asked + WORD, first = align_down(end - CHUNK_MIN, sys_page());
    sys_release_whole(first, min_size(align_up(end, sys_page()), (uintptr_t)chunk_above(c)));
}
