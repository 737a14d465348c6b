/*
 * check.c - the specification of the heap, as code.
 *
 * One walk over all chunks of an arena says what is there; one look into its bins says what the
 * arena believes is free.  The laws tie the two together.
 */
#include "check.h"

#include "arenas.h"
#include "guard.h"
#include "print.h"
#include "runs_check.h"
#include "spans_check.h"
#include "sys.h"
#include "tune.h"
#include "walk.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* Where the walk has been; a link that leads elsewhere is not followed. */
enum { WALKED_RANGES = 64 };

struct checked {
    struct arena *arena;
    struct {
        struct chunk *from, *to;
    } walked[WALKED_RANGES];
    unsigned ranges;
    unsigned broken;
    size_t used_chunks; /* met by the walk, as what follows */
    size_t free_chunks, free_bytes;
    size_t binned_chunks, binned_bytes; /* met in the bins */
    size_t aged_chunks, aged_bytes;     /* of these, those that say they wait .. */
    size_t returned_bytes;              /* .. and those that say their pages are back */
    size_t bytes;                       /* of all chunks, fences and the top */
    bool below_free;                    /* the chunk visited last was free */
    struct chunk *end;                  /* where the one visited last ends */
};

static void break_law(struct checked *k, const char *law, const void *where)
{
    enum { TOLD_AT_MOST = 20 };
    if (++k->broken > TOLD_AT_MOST)
        return;
    struct line l = {.length = 0};
    print_text(&l, "ashlar: broken law ");
    print_text(&l, law);
    print_text(&l, " in arena ");
    print_number(&l, k->arena->index);
    print_text(&l, " at ");
    print_hex(&l, (uintptr_t)where);
    print_text(&l, "\n");
    print_out(&l, STDERR_FILENO);
}

static void expect(struct checked *k, bool law_holds, const char *law, const void *where)
{
    if (!law_holds)
        break_law(k, law, where);
}

/* A region's first chunk has nobody below it. */
static void begin_range(struct checked *k, struct chunk *c)
{
    k->below_free = false;
    if (++k->ranges <= WALKED_RANGES)
        k->walked[k->ranges - 1].from = c;
}

static void extend_range(struct checked *k)
{
    if (k->ranges <= WALKED_RANGES)
        k->walked[k->ranges - 1].to = k->end;
}

/* Whether this can be a chunk of the arena, so that its words may be read; after the walk. */
static bool is_walked(const struct checked *k, const struct chunk *c)
{
    if (!is_aligned(c, CHUNK_ALIGN))
        return false;
    for (unsigned i = 0; i < k->ranges && i < WALKED_RANGES; i++)
        if (c >= k->walked[i].from && c < k->walked[i].to)
            return true;
    return k->ranges > WALKED_RANGES;
}

/* The same, or the end of a ring, which lies among the bins. */
static bool is_link(const struct checked *k, const struct chunk *c)
{
    const struct bins *b = &k->arena->bins;
    bool is_end = c >= bin_end(b, 0) && c <= bin_end(b, BIN_LAST);
    return is_end || is_walked(k, c);
}

static void check_owner(struct checked *k, struct chunk *c)
{
    bool of_main = k->arena == &main_arena;
    expect(k, chunk_is_of_main(c) == of_main, "I8 (N says whose chunk it is)", c);
    if (!of_main)
        expect(k, heap_around(c)->arena == k->arena, "I9 (the heap names the arena)", c);
}

static void check_visited(struct chunk *c, enum walked_state state, void *context)
{
    struct checked *k = context;
    if (k->end != c)
        begin_range(k, c);
    check_owner(k, c);
    expect(k, is_aligned(c, CHUNK_ALIGN), "I1 (chunks are aligned)", c);
    expect(k, chunk_below_in_use(c) == !k->below_free, "I3 (P tells of the chunk below)", c);
    bool free = state == WALKED_FREE;
    k->used_chunks += state == WALKED_IN_USE;
    expect(k, !(free && k->below_free), "I4 (two free chunks are never neighbours)", c);
    if (free) {
        k->free_chunks++;
        k->free_bytes += chunk_size(c);
        expect(k, chunk_above(c)->prev_size == chunk_size(c), "I2 (a free size stands twice)", c);
        expect(k, chunk_above(c) != k->arena->top.chunk, "I10 (below the top is in use)", c);
    }
    k->bytes += state == WALKED_FENCE ? 0 : chunk_size(c);
    k->below_free = free;
    k->end = chunk_above(c);
    extend_range(k);
}

/* Reading never touched pages costs time but no memory; only checking builds take that time. */
static bool is_zero(const char *start, const char *end)
{
    while (start < end && *start == 0)
        start++;
    return start >= end;
}

/* fresh may lie beyond the end: then nothing in the top is promised to be zero. */
static void check_fresh(struct checked *k)
{
    const struct top *t = &k->arena->top;
    bool above = t->fresh >= (char *)chunk_user(t->chunk);
    expect(k, above, "I16 (the top's header is not fresh)", t->fresh);
    if (CHECKING && above && k->bytes <= t->system)
        expect(k, is_zero(t->fresh, top_end(t)), "I16 (what is fresh is zero)", t->fresh);
}

static void check_heap(struct checked *k, struct heap *h)
{
    bool newest = h == heap_around(k->arena->top.chunk);
    bool whole = h->size % sys_page() == 0 && h->committed % sys_page() == 0;
    bool nested = h->size <= h->committed && h->committed <= HEAP_MAX;
    expect(k, whole && nested, "I17 (a heap's sizes nest)", h);
    if (newest)
        expect(k, heap_end(h) == top_end(&k->arena->top), "I17 (the newest heap ends the top)", h);
    bool fenced = h->fence && heap_around(h->fence) == h && chunk_is_fence(h->fence);
    expect(k, newest ? !h->fence : fenced, "I17 (all heaps but the newest are fenced)", h);
}

static void check_heaps(struct checked *k)
{
    size_t bytes = 0;
    for (struct heap *h = heap_around(k->arena->top.chunk); h; h = h->prev) {
        check_heap(k, h);
        bytes += h->size;
    }
    expect(k, bytes == k->arena->top.system, "I18 (the heaps are all there is)", k->arena);
}

static void check_top(struct checked *k)
{
    const struct top *t = &k->arena->top;
    expect(k, is_aligned(top_end(t), sys_page()), "I11 (the top ends with a page)", t->chunk);
    expect(k, top_size(t) >= CHUNK_MIN, "I12 (some of the top is always left)", t->chunk);
    expect(k, k->bytes <= t->system, "I13 (chunks fit what the kernel gave)", t->chunk);
    expect(k, t->system <= t->system_max, "I13 (the maximum is the maximum)", t->chunk);
}

static void check_large_order(struct checked *k, struct chunk *end, struct chunk *c)
{
    if (c->fd != end && is_link(k, c->fd))
        expect(k, chunk_size(c) >= chunk_size(c->fd), "I6 (a large bin is sorted)", c);
    bool first_of_size = c == end->fd || chunk_size(c->bk) != chunk_size(c);
    expect(k, first_of_size == (c->fd_nextsize != NULL), "I6 (one chunk stands for a size)", c);
    if (!c->fd_nextsize)
        return;
    if (!is_walked(k, c->fd_nextsize) || !is_walked(k, c->bk_nextsize)) {
        break_law(k, "I6 (the ring of sizes closes)", c);
        return;
    }
    expect(k, c->fd_nextsize->bk_nextsize == c && c->bk_nextsize->fd_nextsize == c,
           "I6 (the ring of sizes closes)", c);
}

/* False if its links lead nowhere. */
static bool check_binned(struct checked *k, unsigned index, struct chunk *c)
{
    struct chunk *end = bin_end(&k->arena->bins, index);
    if (!is_link(k, c->fd) || !is_link(k, c->bk)) {
        break_law(k, "I5 (links lead to chunks of this arena)", c);
        return false;
    }
    expect(k, c->fd->bk == c && c->bk->fd == c, "I5 (links agree in both directions)", c);
    expect(k, !chunk_in_use(c), "I5 (what is in a bin is free)", c);
    if (index != BIN_UNSORTED)
        expect(k, bin_index(chunk_size(c)) == index, "I5 (each size in its bin)", c);
    if (index >= BIN_LARGE)
        check_large_order(k, end, c);
    k->binned_chunks++;
    k->binned_bytes += chunk_size(c);
    if (chunk_size(c) < CHUNK_PAGES_MIN)
        return true;
    k->aged_chunks += c->freed_at != 0;
    k->aged_bytes += c->freed_at != 0 ? chunk_size(c) : 0;
    k->returned_bytes += c->freed_at != 0 ? 0 : chunk_size(c);
    return true;
}

/* Chunks of the row, as many as there can be; after check_bins(). */
static void check_row(struct checked *k)
{
    const struct bins *b = &k->arena->bins;
    struct chunk *older = NULL, *c = b->oldest;
    size_t count = 0, bytes = 0;
    for (; c && count <= k->aged_chunks; older = c, c = c->newer) {
        if (!is_walked(k, c))
            break;
        expect(k, c->older == older, "I26 (the row's links agree)", c);
        bool waits = chunk_size(c) >= CHUNK_PAGES_MIN && !chunk_in_use(c) && c->freed_at != 0;
        expect(k, waits, "I26 (what is in the row waits)", c);
        count++;
        bytes += chunk_size(c);
    }
    expect(k, c || older == b->newest, "I26 (the newest is the last)", b->newest);
    expect(k, count == k->aged_chunks && bytes == k->aged_bytes, "I26 (what waits is in the row)",
           b);
    expect(k, b->waiting == k->aged_bytes, "I26 (what waits is counted)", b);
    expect(k, b->returned == k->returned_bytes, "I26 (what is back is counted)", b);
}

static void check_bins(struct checked *k)
{
    const struct bins *b = &k->arena->bins;
    for (unsigned index = BIN_UNSORTED; index <= BIN_LAST; index++) {
        struct chunk *end = bin_end(b, index);
        bool marked = b->map[index / BINMAP_BITS] >> index % BINMAP_BITS & 1;
        if (index != BIN_UNSORTED)
            expect(k, marked || bin_is_empty(b, index), "I7 (the binmap misses no bin)", end);
        /* A ring that never closes would hold us for ever: no more chunks than were walked. */
        for (struct chunk *c = end->fd; c != end && k->binned_chunks <= k->free_chunks; c = c->fd)
            if (!check_binned(k, index, c))
                break;
    }
    expect(k, k->binned_chunks == k->free_chunks && k->binned_bytes == k->free_bytes,
           "I14 (every free chunk is in one bin)", b);
}

static void check_fast(struct checked *k)
{
    const struct fastbins *f = &k->arena->fast;
    size_t count = 0, bytes = 0;
    for (unsigned list = 0; list < FASTBINS; list++)
        for (struct chunk *c = f->newest[list]; c && count <= f->count; c = c->fd) {
            if (!is_walked(k, c))
                break;
            expect(k, chunk_size(c) == CHUNK_MIN + list * CHUNK_ALIGN, "I15 (fast: one size)", c);
            expect(k, chunk_in_use(c), "I15 (fast: in use for its neighbours)", c);
            expect(k, arena_owns(k->arena, c), "I15 (fast: chunks of this arena)", c);
            count++;
            bytes += chunk_size(c);
        }
    expect(k, count == f->count && bytes == f->bytes, "I15 (fast: counted right)", f);
}

static void check_waiting(struct checked *k, void *user)
{
    expect(k, arenas_owner_of(user) == k->arena, "I19 (inbox: blocks of this arena)", user);
    expect(k, block_is_slot(user) || chunk_in_use(chunk_of(user)),
           "I19 (inbox: in use for its neighbours)", user);
}

/* Others may send meanwhile, but under the lock nobody receives: what follows the first stays. */
static void check_inbox(struct checked *k)
{
    void *blocks[PACKET_BLOCKS];
    size_t count = 0, used = k->used_chunks + runs_count_used(&k->arena->runs);
    struct packet *p = atomic_load_explicit(&k->arena->inbox.newest, memory_order_acquire);
    for (; p && count <= used; p = p->next) {
        unsigned packed = packet_open(p, blocks);
        for (unsigned i = 0; i < packed; i++)
            check_waiting(k, blocks[i]);
        count += packed;
    }
    expect(k, count <= used, "I19 (inbox: none is there twice)", k->arena);
}

static void other_law_broken(const char *law, const void *where, void *checked)
{
    break_law(checked, law, where);
}

static unsigned check_arena(struct arena *a)
{
    assert(lock_held(&a->lock));
    struct checked k = {.arena = a};
    struct chunk *bad = walk_arena(a, check_visited, &k);
    if (bad) {
        break_law(&k, "I1 (chunks stand wall to wall)", bad);
        return k.broken;
    }
    if (a->top.chunk) {
        check_top(&k);
        check_fresh(&k);
    }
    if (a->top.chunk && a->top.source == TOP_FROM_HEAPS)
        check_heaps(&k);
    check_bins(&k);
    check_row(&k);
    check_fast(&k);
    check_inbox(&k);
    runs_check(&a->runs, other_law_broken, &k);
    return k.broken;
}

/* Spans and guarded blocks are no arena's; the main one stands for the process. */
static unsigned check_spans(void)
{
    struct checked k = {.arena = &main_arena};
    spans_check(other_law_broken, &k);
    guard_check(other_law_broken, &k);
    return k.broken;
}

unsigned check_all(void)
{
    unsigned broken = check_spans();
    for (struct arena *a = arenas_first(); a; a = arenas_next(a)) {
        if (!lock_take(&a->lock))
            continue;
        broken += check_arena(a);
        lock_release(&a->lock);
    }
    return broken;
}

static _Noreturn void stop_before(size_t call)
{
    struct line l = {.length = 0};
    print_text(&l, "ashlar: the heap is broken, check=");
    print_number(&l, tune.check);
    print_text(&l, " found before call ");
    print_number(&l, call);
    print_text(&l, "\n");
    print_out(&l, STDERR_FILENO);
    abort();
}

void check_at_times(void)
{
    static _Atomic size_t calls;
    if (likely(tune.check == 0))
        return;
    size_t call = 1 + atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    if (call % tune.check == 0 && check_all() > 0)
        stop_before(call);
}
