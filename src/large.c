/*
 * large.c - mappings, and the table of them.
 */
#include "large.h"

#include "die.h"
#include "lock.h"
#include "mapped.h"
#include "sys.h"

/* So many freed ones keep their addresses, if these are no more bytes than that. */
enum { KEPT = 16 };
#define KEPT_BYTES_EACH (64 * MIB)

enum { FIRST_PLACES = 256 };

/* Open addressing: a block is at its own place or one of those behind it, with no gap between. */
static struct {
    struct lock lock;
    struct large *table;
    size_t places, used; /* a power of two, at most half of which is used */
    struct large kept[KEPT];
    unsigned next_kept;
} large;

const void *const large_roots[2] = {&large.table, &large.places};

static size_t place_of(const void *block)
{
    assert(is_power_of_two(large.places));
    return (uintptr_t)block / (4 * KIB) * (uint32_t)2654435761U % large.places;
}

/* Where a block is in the table, or the empty place where it would be. */
static struct large *find(const void *block)
{
    assert(lock_held(&large.lock) && large.used < large.places);
    size_t place = place_of(block);
    while (large.table[place].block && large.table[place].block != block)
        place = (place + 1) % large.places;
    return &large.table[place];
}

/* Room for one more in the table. */
static bool ensure_room(void)
{
    assert(lock_held(&large.lock));
    if (2 * large.used < large.places)
        return true;
    size_t before = large.places, places = before ? 2 * before : (size_t)FIRST_PLACES;
    struct large *old = large.table;
    struct large *table = sys_map(align_up(places * sizeof *table, sys_page()));
    if (!table)
        return false;
    large.table = table;
    large.places = places;
    for (size_t i = 0; i < before; i++)
        if (old[i].block)
            *find(old[i].block) = old[i];
    if (old)
        sys_unmap(old, align_up(before * sizeof *old, sys_page()));
    return true;
}

/* Take a block out of the table: those behind it close the gap. */
static struct large take_out(struct large *l)
{
    struct large found = *l;
    size_t gap = (size_t)(l - large.table), place = gap;
    assert(found.block && large.used > 0);
    large.used--;
    large.table[gap].block = NULL;
    while (large.table[place = (place + 1) % large.places].block) {
        size_t own = place_of(large.table[place].block);
        /* It may move if its own place is not between the gap and where it is. */
        if ((place - own) % large.places < (place - gap) % large.places)
            continue;
        large.table[gap] = large.table[place];
        large.table[place].block = NULL;
        gap = place;
    }
    return found;
}

/* A mapping for a block of whole pages, its guards closed; .block is NULL if refused. */
static struct large map_block(size_t size, size_t alignment)
{
    assert(size > 0 && size % sys_page() == 0 && is_power_of_two(alignment));
    struct large l = {.size = size, .mapped = size + 2 * sys_page()};
    if (alignment > sys_page())
        l.mapped += alignment;
    l.mapping = sys_map_nothing(l.mapped);
    if (!l.mapping)
        return l;
    l.block = (char *)align_up((uintptr_t)l.mapping + sys_page(), max_size(alignment, sys_page()));
    assert(l.block + size + sys_page() <= l.mapping + l.mapped);
    return l;
}

static bool is_possible(size_t size, size_t alignment)
{
    return size <= PTRDIFF_MAX / 4 && alignment <= PTRDIFF_MAX / 4;
}

void *large_take(size_t size, size_t alignment)
{
    assert(is_power_of_two(alignment));
    if (!is_possible(size, alignment))
        return NULL;
    size = align_up(size, sys_page());
    if (!mapped_count_in(size))
        return NULL;
    struct large l = map_block(size, alignment);
    bool done = l.block && sys_commit(l.block, size) && lock_take(&large.lock);
    if (done && (done = ensure_room())) {
        *find(l.block) = l;
        large.used++;
    }
    if (lock_held(&large.lock))
        lock_release(&large.lock);
    if (done)
        return l.block;
    mapped_count_out(size);
    if (l.mapping)
        sys_unmap(l.mapping, l.mapped);
    return NULL;
}

size_t large_size(const void *block)
{
    size_t size = 0;
    if (!lock_take(&large.lock))
        return 0;
    if (large.used > 0 && find(block)->block)
        size = find(block)->size;
    lock_release(&large.lock);
    return size;
}

/* The mapping that was freed longest ago goes, if this one is to be kept in its place. */
static struct large keep(struct large l)
{
    assert(lock_held(&large.lock));
    if (l.mapped > KEPT_BYTES_EACH || !sys_withdraw(l.block, l.size))
        return l;
    struct large *place = &large.kept[large.next_kept++ % KEPT];
    struct large oldest = *place;
    *place = l;
    return oldest;
}

static _Noreturn void die_unknown(const void *block)
{
    for (unsigned i = 0; i < KEPT; i++)
        if (large.kept[i].block == block)
            die_at("free(): double free detected in tcache 2", block);
    die_at("free(): invalid pointer", block);
}

void large_put(void *block)
{
    if (!lock_take(&large.lock))
        return; /* a handler has interrupted us: the block is lost */
    struct large *found = large.used > 0 ? find(block) : NULL;
    if (!found || !found->block)
        die_unknown(block);
    struct large l = take_out(found);
    mapped_count_out(l.size);
    l = keep(l);
    lock_release(&large.lock);
    if (l.mapping && !sys_unmap(l.mapping, l.mapped))
        sys_release(l.block, l.size);
}

/* The pages of one block go to another one's place; no other thread knows of either. */
static bool move_pages(const struct large *from, const struct large *to)
{
    assert(lock_held(&large.lock) && from->block && to->block);
    return sys_remap_to(from->block, from->size, to->block, to->size);
}

/* The block's pages in a mapping of another size; .block is NULL if refused, and all as it was. */
static struct large move_to(const struct large *old, size_t size)
{
    if (!mapped_count_in(size))
        return (struct large){.block = NULL};
    struct large moved = map_block(size, 1);
    if (moved.block && move_pages(old, &moved))
        return moved;
    mapped_count_out(size);
    if (moved.mapping)
        sys_unmap(moved.mapping, moved.mapped);
    return (struct large){.block = NULL};
}

void *large_resize(void *block, size_t size)
{
    if (!is_possible(size, 1) || !lock_take(&large.lock))
        return NULL;
    struct large *found = large.used > 0 ? find(block) : NULL;
    if (!found || !found->block)
        die_at("realloc(): invalid pointer", block);
    size = align_up(size, sys_page());
    struct large old = *found, moved = size == old.size ? old : move_to(&old, size);
    if (moved.block && moved.block != old.block) {
        take_out(found);
        *find(moved.block) = moved;
        large.used++;
        mapped_count_out(old.size);
        sys_unmap(old.mapping, old.mapped);
    }
    lock_release(&large.lock);
    return moved.block;
}

bool large_hold(unsigned milliseconds)
{
    return lock_hold(&large.lock, milliseconds);
}

void large_let_go(void)
{
    lock_let_go(&large.lock);
}

void large_abandon(void)
{
    lock_abandon(&large.lock);
}

bool large_is_interrupted(void)
{
    return lock_is_interrupted(&large.lock);
}
