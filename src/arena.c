/*
 * arena.c - one arena: where a chunk is found and what becomes of it when it returns.
 *
 * The laws (I1 ..) are numbered in doc/invariants.md and proved by check.c.
 */
#include "arena.h"

#include "coarse.h"
#include "die.h"
#include "sys.h"
#include "tune.h"

/* A chunk of this size freed is reason to merge the fast bins and to look at the top. */
#define MERGE_FAST_FROM (64 * KIB)

/* So many unsorted chunks are sorted in one search; the others keep their chance for the next. */
enum { SORTED_AT_MOST = 10000 };

void arena_begin(struct arena *a, unsigned index, enum top_source source)
{
    assert(!a->top.chunk && fastbins_are_empty(&a->fast) && !inbox_has_post(&a->inbox));
    assert((index == 0) == (source == TOP_FROM_BREAK));
    a->index = index;
    a->top.source = source;
    runs_begin(&a->runs, a, index);
    bins_begin(&a->bins);
    a->bins.within = a->fast.within = &a->top.extent;
}

/* The chunk above lies where the arena's memory is, and says that c is in use. */
static void check_above(const struct arena *a, struct chunk *c)
{
    const struct chunk *above = chunk_above(c);
    if (chunk_is_fence(above))
        return;
    if (unlikely(!chunk_below_in_use(above)))
        die("double free or corruption (!prev)", chunk_user(c), above->head,
            above->head | CHUNK_PREV_IN_USE);
    if (unlikely(chunk_size(above) > a->top.system_max))
        die("free(): invalid next size (normal)", chunk_user(c), chunk_size(above),
            a->top.system_max);
}

static void check_put(const struct arena *a, struct chunk *c)
{
    const char *start = (const char *)c, *end = (const char *)chunk_above(c);
    const char *top = (const char *)a->top.chunk;
    if (unlikely(start >= top && start < top_end(&a->top)))
        die_at("double free or corruption (top)", chunk_user(c));
    bool overlaps_top = start < top && end > top;
    bool beyond_top = start > top || end < start;
    if (unlikely(overlaps_top || beyond_top) && !a->top.scattered)
        die("double free or corruption (out)", chunk_user(c), (uintptr_t)end, (uintptr_t)top);
    check_above(a, c);
}

/* P and the size of a free chunk below stand where others may write. */
static void check_below(const struct arena *a, struct chunk *c)
{
    if (!chunk_below_in_use(c) && unlikely(!extent_has(&a->top.extent, chunk_below(c))))
        die("corrupted size vs. prev_size while consolidating", chunk_user(c), c->prev_size, 0);
}

/* c and the free chunk below it, if there is one, which leaves its bin. */
static struct chunk *merge_below(struct arena *a, struct chunk *c)
{
    assert(lock_held(&a->lock));
    if (chunk_below_in_use(c))
        return c;
    struct chunk *below = chunk_below(c);
    if (unlikely(chunk_size(below) != c->prev_size))
        die("corrupted size vs. prev_size while consolidating", chunk_user(c), chunk_size(below),
            c->prev_size);
    size_t size = chunk_size(below) + chunk_size(c);
    bins_unlink(&a->bins, below);
    chunk_set_size(below, size);
    return below;
}

/* c and the free chunk above it, which is not the top. */
static void merge_above(struct arena *a, struct chunk *c)
{
    struct chunk *above = chunk_above(c);
    assert(lock_held(&a->lock) && above != a->top.chunk);
    if (chunk_is_fence(above) || chunk_in_use(above))
        return;
    bins_unlink(&a->bins, above);
    chunk_set_size(c, chunk_size(c) + chunk_size(above));
}

/* Since when the free neighbours of c wait, if they are the greater part of what it will join; or 0. */
static size_t age_of_greater(const struct arena *a, struct chunk *c)
{
    size_t greatest = max_size(chunk_size(c), CHUNK_PAGES_MIN - 1), freed_at = 0;
    struct chunk *below = chunk_below_in_use(c) ? NULL : chunk_below(c), *above = chunk_above(c);
    if (below && chunk_size(below) == c->prev_size && c->prev_size > greatest) {
        greatest = chunk_size(below);
        freed_at = below->freed_at;
    }
    if (above != a->top.chunk && !chunk_is_fence(above) && chunk_size(above) > greatest &&
        !chunk_in_use(above))
        freed_at = above->freed_at;
    return freed_at;
}

/* Free c, joined with its neighbours; returns the size of what it became part of. */
static size_t put_merged(struct arena *a, struct chunk *c)
{
    assert(arena_owns(a, c));
    decay_gather(&a->freed, chunk_size(c));
    check_below(a, c);
    size_t freed_at = age_of_greater(a, c);
    c = merge_below(a, c);
    assert(chunk_below_in_use(c)); /* I4 */
    if (chunk_above(c) == a->top.chunk) {
        top_absorb(&a->top, c);
        return top_size(&a->top);
    }
    merge_above(a, c);
    assert(chunk_is_fence(chunk_above(c)) || chunk_in_use(chunk_above(c))); /* I4 */
    chunk_set_free(c);
    if (freed_at != 0)
        bins_insert_aged(&a->bins, c, freed_at);
    else
        bins_insert_unsorted(&a->bins, c);
    return chunk_size(c);
}

void arena_put_merged(struct arena *a, struct chunk *c)
{
    assert(lock_held(&a->lock));
    check_put(a, c);
    put_merged(a, c);
}

void arena_put_returned(struct arena *a, struct chunk *c, size_t size)
{
    assert(lock_held(&a->lock));
    check_put(a, c);
    a->freed = minus_or_zero(a->freed, size);
    if (put_merged(a, c) == size && c != a->top.chunk && c->freed_at != 0)
        bins_note_returned(&a->bins, c);
}

void arena_merge_fast(struct arena *a)
{
    struct chunk *c;
    assert(lock_held(&a->lock));
    while ((c = fastbins_take_any(&a->fast)))
        arena_put_merged(a, c);
}

size_t arena_leave_free_heaps(struct arena *a)
{
    assert(lock_held(&a->lock));
    size_t left, total = 0;
    while ((left = top_leave_heap(&a->top))) {
        struct chunk *top = a->top.chunk;
        total += left;
        /* The fence that is the top now may have a free chunk below it: they join. */
        if (chunk_below_in_use(top))
            continue;
        struct chunk *below = chunk_below(top);
        assert(arena_owns(a, below) && chunk_above(below) == top);
        bins_unlink(&a->bins, below);
        top_absorb(&a->top, below);
    }
    return total;
}

/*
 * Whether arena_trim() would do anything: asked on every large free, so that it is seldom called.
 */
static inline bool trim_is_due(const struct arena *a)
{
    size_t size = top_size(&a->top);
    if (a->top.source == TOP_FROM_HEAPS && a->top.chunk == heap_around(a->top.chunk)->first)
        return true;
    return size > tune.trim_threshold && size >= tune.top_pad + CHUNK_MIN + sys_page();
}

void arena_trim(struct arena *a)
{
    assert(lock_held(&a->lock) && a->top.chunk);
    arena_leave_free_heaps(a);
    a->swing.system = a->top.system_max;
    size_t hold = swing_hold(&a->swing, minus_or_zero(top_size(&a->top), tune.top_pad));
    if (minus_or_zero(top_size(&a->top), hold) <= tune.trim_threshold)
        return;
    size_t trimmed = top_trim(&a->top, tune.top_pad + hold);
    if (trimmed > 0)
        swing_trimmed(&a->swing, trimmed);
}

void arena_trim_held(struct arena *a)
{
    assert(lock_held(&a->lock) && a->top.chunk);
    a->swing.hold = 0;
    if (top_size(&a->top) > tune.trim_threshold)
        top_trim(&a->top, tune.top_pad);
}

static void check_put_fast(const struct arena *a, struct chunk *c)
{
    const struct chunk *above = chunk_above(c);
    if (unlikely(chunk_size(c) < CHUNK_MIN))
        die("free(): invalid size", chunk_user(c), chunk_size(c), CHUNK_MIN);
    if (unlikely(chunk_size(above) > a->top.system_max || above->head < CHUNK_FENCE))
        die("free(): invalid next size (fast)", chunk_user(c), above->head, a->top.system_max);
}

void arena_put(struct arena *a, struct chunk *c)
{
    assert(lock_held(&a->lock) && arena_owns(a, c));
    demand_returned(&a->demand, chunk_size(c));
    if (chunk_size(c) <= tune_fast_max()) {
        check_put_fast(a, c);
        fastbins_put(&a->fast, c);
        return;
    }
    check_put(a, c);
    coarse_release_end(c);
    if (put_merged(a, c) < MERGE_FAST_FROM)
        return;
    if (!fastbins_are_empty(&a->fast))
        arena_merge_fast(a);
    if (unlikely(trim_is_due(a)))
        arena_trim(a);
}

/* c, taken out of its bin, cut to `size`.  What is left over waits in the unsorted bin. */
static struct chunk *split_taken(struct arena *a, struct chunk *c, size_t size)
{
    assert(lock_held(&a->lock) && chunk_size(c) >= size);
    if (chunk_size(c) < size + CHUNK_MIN) {
        chunk_set_in_use(c);
        return c;
    }
    size_t freed_at = chunk_size(c) >= CHUNK_PAGES_MIN ? c->freed_at : 0;
    struct chunk *rest = chunk_split(c, size);
    chunk_set_free(rest);
    bins_insert_aged(&a->bins, rest, freed_at);
    assert(chunk_in_use(c) && chunk_size(c) == size);
    if (size_is_small(size))
        a->last_remainder = rest;
    return c;
}

/* The last remainder, if it is the only unsorted chunk and large enough to be split again. */
static struct chunk *take_from_remainder(struct arena *a, size_t size)
{
    assert(size_is_small(size)); /* only such a split leaves a last remainder */
    struct chunk *c = bins_unsorted_next(&a->bins);
    if (!c || c != a->last_remainder || c->bk != bin_end(&a->bins, BIN_UNSORTED) ||
        chunk_size(c) < size + CHUNK_MIN)
        return NULL;
    bins_unlink(&a->bins, c);
    return split_taken(a, c, size);
}

static void check_unsorted(const struct arena *a, struct chunk *c)
{
    if (unlikely(!extent_has(&a->top.extent, c)))
        die_at("malloc(): invalid size (unsorted)", c);
    size_t size = chunk_size(c);
    if (unlikely(size <= CHUNK_FENCE || size > a->top.system_max))
        die("malloc(): invalid size (unsorted)", c, size, 0);
    if (unlikely(chunk_below_in_use(chunk_above(c))))
        die_at("malloc(): invalid next->prev_inuse (unsorted)", c);
}

/* Give each unsorted chunk its one chance: an exact fit is taken, all others are sorted. */
static struct chunk *take_unsorted(struct arena *a, size_t size)
{
    for (int looked = 0; looked < SORTED_AT_MOST; looked++) {
        struct chunk *c = bins_unsorted_next(&a->bins);
        if (!c)
            break;
        check_unsorted(a, c);
        if (size_is_small(size)) {
            struct chunk *piece = take_from_remainder(a, size);
            if (piece)
                return piece;
        }
        assert(arena_owns(a, c) && !chunk_in_use(c)); /* I5 */
        if (chunk_size(c) == size) {
            bins_unlink(&a->bins, c);
            chunk_set_in_use(c);
            return c;
        }
        bins_sort(&a->bins, c);
    }
    return NULL;
}

struct chunk *arena_take_binned(struct arena *a, size_t size)
{
    assert(lock_held(&a->lock) && size >= CHUNK_MIN && size % CHUNK_ALIGN == 0);
    struct chunk *c = NULL;
    if (size <= tune_fast_max() && (c = fastbins_take(&a->fast, size)))
        return c;
    if (size_is_small(size)) {
        c = bins_take_small(&a->bins, size);
        if (c) {
            chunk_set_in_use(c);
            return c;
        }
    } else if (!fastbins_are_empty(&a->fast)) {
        arena_merge_fast(a);
    }
    c = take_unsorted(a, size);
    if (c)
        return c;
    c = bins_take_best(&a->bins, size);
    return c ? split_taken(a, c, size) : NULL;
}

static struct chunk *cut_top(struct arena *a, size_t size)
{
    assert(lock_held(&a->lock));
    if (unlikely(top_size(&a->top) > a->top.system_max))
        die("malloc(): corrupted top size", a->top.chunk, top_size(&a->top), a->top.system_max);
    return top_cut(&a->top, size);
}

static struct chunk *grow_and_cut(struct arena *a, size_t size)
{
    assert(lock_held(&a->lock));
    struct chunk *leftover;
    if (!top_grow(&a->top, size, &leftover))
        return NULL;
    swing_grown(&a->swing);
    assert(!leftover || arena_owns(a, leftover));
    if (leftover) {
        chunk_set_free(leftover);
        bins_insert_unsorted(&a->bins, leftover);
    }
    return top_cut(&a->top, size);
}

struct chunk *arena_take_fresh(struct arena *a, size_t size, size_t *dirty)
{
    assert(lock_held(&a->lock) && size >= CHUNK_MIN && size % CHUNK_ALIGN == 0);
    struct chunk *c = cut_top(a, size);
    if (!c && !fastbins_are_empty(&a->fast)) {
        arena_merge_fast(a);
        c = arena_take_binned(a, size);
        if (c) {
            *dirty = SIZE_MAX;
            return c;
        }
        c = cut_top(a, size);
    }
    if (!c)
        c = grow_and_cut(a, size);
    assert(!c || (arena_owns(a, c) && chunk_in_use(c) && chunk_size(c) == size));
    *dirty = a->top.dirty;
    return c;
}

static struct chunk *take_without_growing(struct arena *a, size_t size)
{
    struct chunk *c = arena_take_binned(a, size);
    return c ? c : cut_top(a, size);
}

unsigned arena_take_more(struct arena *a, size_t size, unsigned most, void **users)
{
    assert(lock_held(&a->lock));
    unsigned taken = 0;
    struct chunk *c;
    while (taken < most && (c = take_without_growing(a, size)))
        users[taken++] = chunk_user(c);
    return taken;
}

void arena_put_all(struct arena *a, void **users, unsigned n)
{
    for (unsigned put = 0; put < n;) {
        put += runs_put_own(&a->runs, users + put, n - put);
        unsigned slots_end = put;
        for (; put < n && !block_is_slot(users[put]); put++)
            arena_put(a, chunk_of(users[put]));
        /* A slot of another arena is not ours to put, and says why it is none. */
        if (unlikely(put == slots_end && put < n))
            runs_put(&a->runs, users[put++]);
    }
}

void arena_put_received(struct arena *a)
{
    assert(lock_held(&a->lock));
    void *blocks[PACKET_BLOCKS];
    struct packet *next, *p = inbox_has_post(&a->inbox) ? inbox_take(&a->inbox) : NULL;
    for (; p; p = next) {
        next = p->next;
        arena_put_all(a, blocks, packet_open(p, blocks));
    }
}
