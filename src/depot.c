/*
 * depot.c - packs come, and go again in one of two orders.
 */
#include "depot.h"

#include <string.h>

static_assert(DEPOT_PACKS <= UINT8_MAX && DEPOT_BLOCKS <= UINT8_MAX, "a byte names a pack");

void depot_begin(struct depot *d, void *(*blocks)[DEPOT_BLOCKS])
{
    *d = (struct depot){.blocks = blocks};
}

/* A pack that holds nothing, those last used first: their memory is there; 0 if all are full. */
static unsigned unused_pack(struct depot *d)
{
    unsigned n = d->unused;
    if (n != 0)
        d->unused = d->packs[n].below;
    else if (d->begun < DEPOT_PACKS)
        n = ++d->begun;
    return n;
}

/* It is the newest of all, and of its list. */
static void link_pack(struct depot *d, unsigned n, unsigned list)
{
    struct pack *p = &d->packs[n], *all = &d->packs[0];
    *p = (struct pack){.list = (uint8_t)list, .older = all->older, .below = d->newest[list]};
    d->packs[p->older].newer = (uint8_t)n;
    all->older = (uint8_t)n;
    d->packs[p->below].above = (uint8_t)n;
    d->newest[list] = (uint8_t)n;
}

static void unlink_pack(struct depot *d, unsigned n)
{
    struct pack *p = &d->packs[n];
    assert(n != 0 && p->count == 0);
    d->packs[p->newer].older = p->older;
    d->packs[p->older].newer = p->newer;
    if (d->newest[p->list] == n)
        d->newest[p->list] = p->below;
    else
        d->packs[p->above].below = p->below;
    d->packs[p->below].above = p->above;
    p->below = d->unused;
    d->unused = (uint8_t)n;
}

bool depot_put(struct depot *d, unsigned list, void *const *blocks, unsigned count, size_t size)
{
    assert(count > 0 && count <= DEPOT_BLOCKS && list < DEPOT_LISTS);
    unsigned n = unused_pack(d);
    if (n == 0)
        return false;
    memcpy(d->blocks[n - 1], blocks, count * sizeof *blocks);
    link_pack(d, n, list);
    d->bytes += count * size;
    __atomic_store_n(&d->packs[n].count, (uint8_t)count, __ATOMIC_RELEASE);
    return true;
}

static unsigned take(struct depot *d, unsigned n, void **blocks, size_t size)
{
    unsigned count = d->packs[n].count;
    assert(count > 0 && d->bytes >= count * size);
    __atomic_store_n(&d->packs[n].count, 0, __ATOMIC_RELEASE);
    memcpy(blocks, d->blocks[n - 1], count * sizeof *blocks);
    d->bytes -= count * size;
    unlink_pack(d, n);
    return count;
}

unsigned depot_take(struct depot *d, unsigned list, void **blocks, size_t size)
{
    assert(list < DEPOT_LISTS);
    return d->newest[list] != 0 ? take(d, d->newest[list], blocks, size) : 0;
}

unsigned depot_oldest(const struct depot *d)
{
    return d->packs[d->packs[0].newer].list;
}

unsigned depot_take_oldest(struct depot *d, void **blocks, size_t size)
{
    assert(d->packs[0].newer != 0);
    return take(d, d->packs[0].newer, blocks, size);
}

size_t depot_count(const struct depot *d, unsigned list)
{
    size_t sum = 0;
    for (unsigned n = 1; n <= d->begun; n++)
        if (d->packs[n].list == list)
            sum += __atomic_load_n(&d->packs[n].count, __ATOMIC_RELAXED);
    return sum;
}

unsigned depot_rescue(struct depot *d, unsigned n, void **blocks)
{
    assert(n >= 1 && n <= DEPOT_PACKS);
    unsigned count = d->packs[n].count;
    __atomic_store_n(&d->packs[n].count, 0, __ATOMIC_RELEASE);
    if (count > 0)
        memcpy(blocks, d->blocks[n - 1], count * sizeof *blocks);
    return count;
}
