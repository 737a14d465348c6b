/*
 * top.c - cut from the top, grow it, give it back.
 */
#include "top.h"

#include "held.h"
#include "sys.h"
#include "tune.h"

/* What mapped memory replaces a break that cannot grow comes in pieces of at least this size. */
#define REGION_MIN (1 * MIB)

static size_t flags_of(const struct top *t)
{
    return t->source == TOP_FROM_HEAPS ? CHUNK_NOT_MAIN : 0;
}

static void count_system(struct top *t, size_t more)
{
    assert(more > 0 && more <= SIZE_MAX - t->system && t->system <= t->system_max); /* I13 */
    t->system += more;
    held_add(more);
    t->system_max = max_size(t->system_max, t->system);
}

static void set_top(struct top *t, struct chunk *c, size_t size)
{
    assert(size >= CHUNK_MIN && size % CHUNK_ALIGN == 0); /* I12, I1 */
    assert(is_aligned(c, CHUNK_ALIGN));
    t->chunk = c;
    chunk_set_head(c, size, CHUNK_PREV_IN_USE | flags_of(t));
}

/* The first region has grown, if it is still the only one. */
static void note_span(struct top *t)
{
    if (!t->scattered)
        t->span = max_size(t->span, (size_t)(top_end(t) - (char *)t->first));
    /* Others look at it without the lock, whose chunk was there before they got it. */
    if (t->source == TOP_FROM_BREAK) {
        __atomic_store_n(&t->extent.from, (uintptr_t)t->first, __ATOMIC_RELAXED);
        __atomic_store_n(&t->extent.span, t->scattered ? SIZE_MAX : t->span, __ATOMIC_RELAXED);
    }
}

void top_begin(struct top *t, struct chunk *start, char *end)
{
    assert((char *)start < end && is_aligned(end, sys_page())); /* I11 */
    set_top(t, start, (size_t)(end - (char *)start));
    /* The kernel's pages are zero; the rest of a page that others had before us need not be. */
    t->fresh =
        (char *)max_size((uintptr_t)start + CHUNK_HEADER, align_up((uintptr_t)start, sys_page()));
    assert(t->fresh > (char *)start && t->fresh <= end); /* I16 */
    if (!t->first)
        t->first = start;
    note_span(t);
}

void top_yield(struct top *t, size_t bytes)
{
    assert(bytes % CHUNK_ALIGN == 0 && top_size(t) >= bytes + CHUNK_MIN); /* I12 */
    set_top(t, chunk_at(t->chunk, bytes), top_size(t) - bytes);
    char *user = chunk_user(t->chunk);
    if (t->fresh < user)
        t->fresh = user;
}

struct chunk *top_cut(struct top *t, size_t size)
{
    assert(size >= CHUNK_MIN && size % CHUNK_ALIGN == 0);
    struct chunk *c = t->chunk;
    size_t whole = top_size(t);
    if (whole < size + CHUNK_MIN)
        return NULL;
    char *user = chunk_user(c);
    t->dirty = t->fresh > user ? min_size((size_t)(t->fresh - user), size - WORD) : 0;
    top_yield(t, size);
    chunk_set_head(c, size, CHUNK_PREV_IN_USE | flags_of(t));
    assert(chunk_above(c) == t->chunk && chunk_in_use(c)); /* I10 */
    return c;
}

void top_absorb(struct top *t, struct chunk *c)
{
    assert(chunk_above(c) == t->chunk && chunk_below_in_use(c));  /* I10 */
    assert(chunk_is_of_main(c) == (t->source == TOP_FROM_BREAK)); /* I8 */
    set_top(t, c, chunk_size(c) + top_size(t));
}

static void extend_to(struct top *t, char *end)
{
    assert(end > top_end(t) && is_aligned(end, sys_page())); /* I11 */
    size_t more = (size_t)(end - top_end(t));
    set_top(t, t->chunk, top_size(t) + more);
    count_system(t, more);
    note_span(t);
}

/* Turn the end of the top into fences; what is left of it is returned as a chunk, or NULL. */
static struct chunk *fence_off(struct top *t, struct chunk *next_region)
{
    static_assert(CHUNK_MIN >= 2 * CHUNK_FENCE, "the least top has room for two fences");
    assert(next_region && next_region != t->chunk);
    struct chunk *rest = t->chunk;
    size_t left = top_size(t) - 2 * CHUNK_FENCE;
    if (left < CHUNK_MIN)
        left = 0;
    struct chunk *fence = chunk_at(rest, left);
    char *end = top_end(t);
    for (char *at = (char *)fence; at < end; at += CHUNK_FENCE)
        chunk_set_head((struct chunk *)(uintptr_t)at, CHUNK_FENCE, CHUNK_PREV_IN_USE | flags_of(t));
    assert(chunk_is_fence(fence) && chunk_is_fence(chunk_above(fence))); /* K1 */
    chunk_above(fence)->prev_size = (size_t)next_region;
    if (t->source == TOP_FROM_HEAPS) {
        assert(!heap_around(fence)->fence); /* I17: it was the newest heap */
        heap_around(fence)->fence = fence;
    }
    if (left == 0)
        return NULL;
    chunk_set_head(rest, left, CHUNK_PREV_IN_USE | flags_of(t));
    return rest;
}

struct chunk *fence_next_region(const struct chunk *fence)
{
    assert(chunk_is_fence(fence));
    return (struct chunk *)chunk_above(fence)->prev_size;
}

/* Begin another region, [start, end), and close the one before. */
static void begin_region(struct top *t, struct chunk *start, char *end, struct chunk **leftover)
{
    if (t->chunk) {
        *leftover = fence_off(t, start);
        t->scattered = true;
    }
    top_begin(t, start, end);
}

/* What the top must measure to serve `size`, with the pad for later requests. */
static size_t wanted_size(size_t size)
{
    assert(tune.top_pad <= PTRDIFF_MAX / 2 && size <= SIZE_MAX - tune.top_pad - CHUNK_MIN);
    return size + tune.top_pad + CHUNK_MIN;
}

static bool grow_by_break(struct top *t, size_t size, struct chunk **leftover)
{
    char *now = sys_break();
    bool adjoins = t->chunk && now == top_end(t);
    char *start = adjoins ? (char *)t->chunk : (char *)align_up((uintptr_t)now, CHUNK_ALIGN);
    char *end = (char *)align_up((uintptr_t)start + wanted_size(size), sys_page());
    if (end <= now)
        return false;
    char *at = sys_break_move(end - now);
    if (!at)
        return false;
    if (at != now) {
        /* Another caller of sbrk came between.  Undo, if we still can. */
        if (sys_break() == at + (end - now))
            sys_break_move(now - end);
        return false;
    }
    if (adjoins) {
        extend_to(t, end);
        return true;
    }
    begin_region(t, (struct chunk *)(uintptr_t)start, end, leftover);
    count_system(t, (size_t)(end - now));
    return true;
}

/* The break cannot move: mapped memory, of the wanted size or else of the least that serves. */
static bool grow_by_map(struct top *t, size_t size, struct chunk **leftover)
{
    size_t length = max_size(align_up(wanted_size(size), sys_page()), REGION_MIN);
    char *start = sys_map(length);
    if (!start) {
        length = align_up(size + CHUNK_MIN, sys_page());
        start = sys_map(length);
    }
    if (!start)
        return false;
    if (t->chunk && start == top_end(t)) {
        extend_to(t, start + length);
        return true;
    }
    begin_region(t, (struct chunk *)(uintptr_t)start, start + length, leftover);
    t->scattered = true;
    note_span(t);
    count_system(t, length);
    return true;
}

/* Extend the newest heap, with the pad if there is room for it. */
static bool grow_in_heap(struct top *t, size_t size)
{
    struct heap *h = heap_around(t->chunk);
    assert(top_end(t) == heap_end(h) && top_size(t) < size + CHUNK_MIN); /* I17 */
    size_t least = align_up(size + CHUNK_MIN - top_size(t), sys_page());
    size_t room = HEAP_MAX - h->size;
    size_t bytes = min_size(align_up(wanted_size(size) - top_size(t), sys_page()), room);
    if (least > room || (!heap_grow(h, bytes) && !heap_grow(h, bytes = least)))
        return false;
    extend_to(t, heap_end(h));
    return true;
}

static bool grow_by_heap(struct top *t, size_t size, struct chunk **leftover)
{
    struct heap *old = heap_around(t->chunk);
    size_t head = align_up(sizeof *old, CHUNK_ALIGN);
    struct heap *h = heap_begin(min_size(head + wanted_size(size), HEAP_MAX), old);
    if (!h)
        return false;
    if (h->size < head + size + CHUNK_MIN) {
        heap_end_of_life(h);
        return false;
    }
    assert(h != old && h->prev == old);
    h->arena = old->arena; /* I9 */
    h->first = chunk_at(h, head);
    begin_region(t, h->first, heap_end(h), leftover);
    count_system(t, h->size);
    return true;
}

static bool grow(struct top *t, size_t size, struct chunk **leftover)
{
    if (t->source == TOP_FROM_BREAK)
        return grow_by_break(t, size, leftover) || grow_by_map(t, size, leftover);
    return size < HEAP_MAX && (grow_in_heap(t, size) || grow_by_heap(t, size, leftover));
}

bool top_grow(struct top *t, size_t size, struct chunk **leftover)
{
    *leftover = NULL;
    if (!held_allows(size))
        return false;
    /* No address space holds more; and no sum below overflows. */
    if (size > PTRDIFF_MAX - 2 * MIB - 2 * sys_page() - min_size(tune.top_pad, PTRDIFF_MAX / 2))
        return false;
    bool grown = grow(t, size, leftover);
    assert(!grown || top_size(t) >= size + CHUNK_MIN); /* the next cut succeeds */
    assert(!*leftover || chunk_in_use(*leftover));
    return grown;
}

/* The new end is `bytes` lower.  What lies above it is zero if it ever comes back. */
static void lower_end(struct top *t, size_t bytes, bool zero)
{
    char *old_end = top_end(t);
    assert(bytes % sys_page() == 0 && bytes < top_size(t) && bytes < t->system); /* I11, I13 */
    set_top(t, t->chunk, top_size(t) - bytes);
    t->system -= bytes;
    held_sub(bytes);
    /* Beyond the old end may lie pages that an earlier refusal left as they were. */
    if (zero && t->fresh <= old_end && t->fresh > top_end(t))
        t->fresh = top_end(t);
}

static bool trim_break(struct top *t, size_t bytes)
{
    /* Somebody else's memory lies above, or this region is a mapping: nothing to lower. */
    char *end = top_end(t);
    if (sys_break() != end || !sys_break_move(-(ptrdiff_t)bytes))
        return false;
    lower_end(t, bytes, true);
    return true;
}

static bool trim_heap(struct top *t, size_t bytes)
{
    struct heap *h = heap_around(t->chunk);
    lower_end(t, bytes, heap_shrink(h, bytes));
    assert(top_end(t) == heap_end(h)); /* I17 */
    return true;
}

size_t top_trim(struct top *t, size_t pad)
{
    size_t keep = pad > PTRDIFF_MAX / 2 ? SIZE_MAX : pad + CHUNK_MIN;
    size_t bytes = align_down(minus_or_zero(top_size(t), keep), sys_page());
    if (bytes == 0 && t->source == TOP_FROM_HEAPS)
        heap_release_kept(heap_around(t->chunk));
    if (bytes == 0)
        return 0;
    bool done = t->source == TOP_FROM_BREAK ? trim_break(t, bytes) : trim_heap(t, bytes);
    assert(!done || top_size(t) >= keep);
    return done ? bytes : 0;
}

size_t top_leave_heap(struct top *t)
{
    struct heap *h = heap_around(t->chunk);
    if (t->source != TOP_FROM_HEAPS || t->chunk != h->first || !h->prev)
        return 0;
    struct heap *prev = h->prev;
    size_t size = h->size;
    if (!heap_end_of_life(h))
        return 0;
    struct chunk *fence = prev->fence;
    assert(fence && heap_around(fence) == prev); /* I17 */
    size_t below_in_use = fence->head & CHUNK_PREV_IN_USE;
    set_top(t, fence, (size_t)(heap_end(prev) - (char *)fence));
    if (!below_in_use)
        fence->head &= ~CHUNK_PREV_IN_USE;
    prev->fence = NULL;
    /* Nothing is known of what that heap's last pages hold. */
    t->fresh = (char *)prev + HEAP_MAX;
    assert(t->system >= size + prev->size); /* I18 */
    t->system -= size;
    held_sub(size);
    return size;
}
