/*
 * guard.c - places, and what stands in them.
 *
 * Whoever allocates never waits here: if the lock is busy the block is an ordinary one.
 */
#include "guard.h"

#include "chunk.h"
#include "held.h"
#include "lock.h"
#include "sys.h"

#include <stdatomic.h>
#include <string.h>

/* What lies around a block in its pages: no text, no small number, no address. */
enum { FILL = 0xc7 };
static_assert(GUARD_BLOCK_MAX % (4 * KIB) == 0, "the end of a place ends a page");

/* A part of all places is kept from use after a free: the first of these freed is used first. */
enum { KEPT_SHARE = 4 };

#define NOWHERE UINT32_MAX

static struct {
    struct lock lock;
    char *region;            /* NULL: there is none */
    struct guarded *records; /* of all places */
    uint32_t places, used;   /* `used`: from here on they never were */
    uint32_t oldest, newest; /* of those freed; NOWHERE */
    size_t live, freed, bytes;
    size_t kept; /* places that were freed, whose pages could not go back yet */
    unsigned turn;
} guard = {.oldest = NOWHERE, .newest = NOWHERE};

const void *const guard_roots[3] = {&guard.region, &guard.records, &guard.used};

static size_t place_bytes(void)
{
    return GUARD_BLOCK_MAX + sys_page();
}

/* Where what may be touched of a place begins at the lowest; a guard page stands before it. */
static char *place_start(size_t place)
{
    assert(guard.region && place < guard.places);
    return guard.region + place * place_bytes() + sys_page();
}

bool guard_begin(void)
{
    if (guard.region || !sys_address_space_is_ample() || sys_page() > GUARD_BLOCK_MAX)
        return guard.region;
    /* The last guard page stands behind the last place. */
    guard.places = (uint32_t)((HEAP_MAX - sys_page()) / place_bytes());
    guard.records = sys_map(align_up(guard.places * sizeof *guard.records, sys_page()));
    guard.region = guard.records ? sys_reserve(HEAP_MAX) : NULL;
    if (guard.region)
        region_set(guard.region, REGION_GUARD);
    return guard.region;
}

/* The place for the next block; NOWHERE if too many are in use. */
static uint32_t find_place(void)
{
    assert(lock_held(&guard.lock));
    if (guard.used < guard.places)
        return guard.used++;
    if (guard.freed <= guard.places / KEPT_SHARE)
        return NOWHERE;
    uint32_t place = guard.oldest;
    assert(guard.records[place].state == GUARD_FREED); /* G2 */
    guard.oldest = guard.records[place].next;
    if (guard.oldest == NOWHERE)
        guard.newest = NOWHERE;
    guard.freed--;
    return place;
}

/* A place that is free: the last of these to be used. */
static void add_free(uint32_t place)
{
    assert(lock_held(&guard.lock));
    guard.records[place].next = NOWHERE;
    if (guard.newest != NOWHERE)
        guard.records[guard.newest].next = place;
    else
        guard.oldest = place;
    guard.newest = place;
    guard.freed++;
}

/* At the end of a place or at its start, by turns. */
static void lay_out(struct guarded *g, char *start, size_t n, size_t alignment)
{
    char *end = start + GUARD_BLOCK_MAX;
    size_t least = n <= sizeof(uint64_t) ? sizeof(uint64_t) : CHUNK_ALIGN;
    size_t room = max_size(n, 1);
    bool at_end = guard.turn++ % 2 == 0;
    uintptr_t highest = align_down((uintptr_t)end - room, max_size(alignment, least));
    g->n = n;
    g->user = at_end ? (char *)highest : start;
    g->pages = (char *)align_down((uintptr_t)g->user, sys_page());
    g->pages_bytes = align_up((size_t)(g->user - g->pages) + room, sys_page());
    assert(g->pages >= start && g->pages + g->pages_bytes <= end);
}

static void fill_around(const struct guarded *g)
{
    char *end = g->pages + g->pages_bytes;
    memset(g->pages, FILL, (size_t)(g->user - g->pages));
    memset(g->user + g->n, FILL, (size_t)(end - g->user) - g->n);
}

/* Make a place a block in use; false if the kernel refuses. */
static bool begin_block(uint32_t place, size_t n, size_t alignment)
{
    struct guarded *g = &guard.records[place];
    lay_out(g, place_start(place), n, alignment);
    if (!held_allows(g->pages_bytes) || !sys_commit(g->pages, g->pages_bytes))
        return false;
    fill_around(g);
    guard.live++;
    guard.bytes += g->pages_bytes;
    held_add(g->pages_bytes);
    return true;
}

/* A freed block's pages go; false if the kernel does not want them now. */
static bool give_back(struct guarded *g)
{
    assert(lock_held(&guard.lock) && g->state == GUARD_FREED);
    /* Refused means too many mappings: then nothing is forbidden, but the memory goes back. */
    if (!sys_withdraw(g->pages, g->pages_bytes) && !sys_release(g->pages, g->pages_bytes))
        return false;
    held_sub(g->pages_bytes);
    add_free((uint32_t)(g - guard.records));
    return true;
}

/* What could not be given back is tried again, until the kernel refuses once more. */
static void give_back_kept(void)
{
    for (uint32_t place = 0; guard.kept > 0 && place < guard.used; place++) {
        struct guarded *g = &guard.records[place];
        if (g->kept && !give_back(g))
            return;
        guard.kept -= g->kept;
        g->kept = false;
    }
}

void *guard_take(size_t n, size_t alignment, uintptr_t stack_end)
{
    if (n > GUARD_BLOCK_MAX || alignment > sys_page() || !guard.region || !lock_try(&guard.lock))
        return NULL;
    give_back_kept();
    uint32_t place = find_place();
    struct guarded *g = place == NOWHERE ? NULL : &guard.records[place];
    if (g && !begin_block(place, n, alignment)) {
        atomic_store(&g->state, GUARD_FREED);
        add_free(place);
        g = NULL;
    }
    if (g) {
        g->freed.count = 0;
        frames_of_caller(&g->taken, stack_end);
        atomic_store(&g->state, GUARD_LIVE);
    }
    lock_release(&guard.lock);
    assert(!g || is_aligned(g->user, alignment));
    return g ? g->user : NULL;
}

/* The record of the place whose pages or guard page before them an address lies in. */
static struct guarded *record_of(const void *address)
{
    assert(guard.region && guard_has(address));
    size_t place = (size_t)((const char *)address - guard.region) / place_bytes();
    return place < guard.places ? &guard.records[place] : NULL;
}

/* The first byte that is not as it was filled; NULL if all are. */
static const char *first_changed(const char *from, const char *to)
{
    while (from < to && *(const unsigned char *)from == FILL)
        from++;
    return from < to ? from : NULL;
}

enum guard_crime guard_examine(const void *user, const char **where)
{
    struct guarded *g = record_of(user);
    *where = user;
    if (!g || g->state == GUARD_UNUSED || g->user != user)
        return GUARD_NO_BLOCK;
    if (g->state != GUARD_LIVE)
        return GUARD_NOT_LIVE;
    if ((*where = first_changed(g->user + g->n, g->pages + g->pages_bytes)))
        return GUARD_OVERFLOWN;
    return (*where = first_changed(g->pages, g->user)) ? GUARD_UNDERFLOWN : GUARD_NONE;
}

bool guard_put(void *user, uintptr_t stack_end)
{
    struct guarded *g = record_of(user);
    assert(g && g->user == user);
    /* Only a handler that has interrupted us gets no lock; the block stays what it is, for ever. */
    if (!lock_take(&guard.lock))
        return true;
    bool live = g->state == GUARD_LIVE;
    if (live)
        frames_of_caller(&g->freed, stack_end);
    if (live) {
        atomic_store(&g->state, GUARD_FREED);
        guard.live--;
        guard.bytes -= g->pages_bytes;
        g->kept = !give_back(g);
        guard.kept += g->kept;
    }
    lock_release(&guard.lock);
    return live;
}

size_t guard_usable(const void *user)
{
    const struct guarded *g = record_of(user);
    return g && g->state == GUARD_LIVE && g->user == user ? g->n : 0;
}

/* How far an address is from what is or was a block. */
static size_t distance(const struct guarded *g, const char *address)
{
    if (!g || g->state == GUARD_UNUSED)
        return SIZE_MAX;
    if (address < g->user)
        return (size_t)(g->user - address);
    return minus_or_zero((size_t)(address - g->user), g->n);
}

const struct guarded *guard_around(const void *address)
{
    if (!guard.region)
        return NULL;
    /* In a guard page it may be the block below that was left. */
    const struct guarded *g = record_of(address);
    const struct guarded *below = (const char *)address - guard.region >= (ptrdiff_t)place_bytes()
                                      ? record_of((const char *)address - place_bytes())
                                      : NULL;
    if (distance(below, address) < distance(g, address))
        g = below;
    return distance(g, address) == SIZE_MAX ? NULL : g;
}

struct guard_count guard_counted(void)
{
    struct guard_count c = {.live = 0};
    if (!lock_take(&guard.lock))
        return c;
    c = (struct guard_count){guard.live, guard.freed, guard.bytes, guard.places};
    lock_release(&guard.lock);
    return c;
}

/* Blocks in use lie in their places, with what is around them as it was filled. */
static void check_block(uint32_t place, void (*tell)(const char *, const void *, void *),
                        void *context)
{
    const struct guarded *g = &guard.records[place];
    char *start = place_start(place), *end = start + GUARD_BLOCK_MAX;
    if (g->pages < start || g->user < g->pages || g->user + g->n > g->pages + g->pages_bytes ||
        g->pages + g->pages_bytes > end)
        tell("G1 (a guarded block lies in its place)", g->user, context);
    else if (first_changed(g->pages, g->user) ||
             first_changed(g->user + g->n, g->pages + g->pages_bytes))
        tell("G3 (around a guarded block nothing is written)", g->user, context);
}

void guard_check(void (*tell)(const char *, const void *, void *), void *context)
{
    size_t live = 0, bytes = 0, freed = 0;
    if (!guard.region || !lock_take(&guard.lock))
        return;
    for (uint32_t place = 0; place < guard.used; place++)
        if (guard.records[place].state == GUARD_LIVE) {
            check_block(place, tell, context);
            live++;
            bytes += guard.records[place].pages_bytes;
        }
    uint32_t place = guard.oldest;
    for (; place != NOWHERE && freed <= guard.places; place = guard.records[place].next, freed++)
        if (guard.records[place].state != GUARD_FREED)
            tell("G2 (what waits to be used again is free)", place_start(place), context);
    if (live != guard.live || bytes != guard.bytes || freed != guard.freed)
        tell("G4 (guarded blocks are counted)", guard.region, context);
    lock_release(&guard.lock);
}

bool guard_hold(unsigned milliseconds)
{
    return lock_hold(&guard.lock, milliseconds);
}

void guard_let_go(void)
{
    lock_let_go(&guard.lock);
}

void guard_abandon(void)
{
    lock_abandon(&guard.lock);
}

bool guard_is_interrupted(void)
{
    return lock_is_interrupted(&guard.lock);
}
