/*
 * purge.c - steps.
 */
#include "purge.h"

#include "arenas.h"
#include "run_pages.h"
#include "sys.h"
#include "tune.h"

/* So much is given back under one hold of an arena's lock. */
#define STEP_BYTES (256 * KIB)
/* Larger chunks are let go of meanwhile: a page takes the kernel a tenth of a microsecond. */
#define LARGE (128 * KIB)

/*
 * Less than this in an arena is left to its decay time.  An arena whose sizes have changed to runs
 * has about a MiB of chunks that nobody will ask for again.
 */
#define GROWTH_LEAST (256 * KIB)

enum { STEP_RUNS = 32, STEP_PLACES = 512 };

/* Its header, links and age stay, and the copy of its size in the chunk above. */
static void release_pages(struct chunk *c)
{
    sys_release_whole((uintptr_t)c + sizeof *c, (uintptr_t)chunk_above(c));
}

/* Whether c is to go back with no lock held: one at a time, so that a fork knows which. */
static bool goes_unlocked(const struct arena *a, const struct chunk *c)
{
    return chunk_size(c) > LARGE && !a->purged;
}

/* While its pages go back a large chunk is in use, and the arena anybody's. */
static void release_unlocked(struct arena *a, struct chunk *c)
{
    size_t size = chunk_size(c);
    bins_unlink(&a->bins, c);
    chunk_set_in_use(c);
    a->purged = c;
    lock_release(&a->lock);
    release_pages(c);
    /* Nobody else waits for the keeper: it may. */
    while (!lock_take(&a->lock))
        continue;
    a->purged = NULL;
    arena_put_returned(a, c, size);
}

void purge_inherit(struct arena *a)
{
    if (!a->purged || !lock_take(&a->lock))
        return;
    struct chunk *c = a->purged;
    a->purged = NULL;
    arena_put_merged(a, c);
    lock_release(&a->lock);
}

/* Give a waiting chunk's pages back; returns its size. */
static size_t purge_chunk(struct arena *a, struct chunk *c)
{
    size_t size = chunk_size(c);
    if (goes_unlocked(a, c)) {
        release_unlocked(a, c);
        return size;
    }
    release_pages(c);
    bins_note_returned(&a->bins, c);
    return size;
}

/* The chunk that has waited longest, ripe or not; its size, or 0 if there is none. */
static size_t purge_oldest(struct arena *a)
{
    return a->bins.oldest ? purge_chunk(a, a->bins.oldest) : 0;
}

/* Read without the lock: it may be a little late. */
static bool has_much_free(const struct arena *a)
{
    return __atomic_load_n(&a->bins.waiting, __ATOMIC_RELAXED) >= GROWTH_LEAST;
}

/* Who uses a fourth of what he has or more may want the rest again. */
static bool is_mostly_free(const struct arena *a)
{
    assert(lock_held(&a->lock));
    size_t free_bytes = a->bins.waiting + a->bins.returned + top_size(&a->top);
    return minus_or_zero(a->top.system, free_bytes) < a->top.system / 4;
}

void purge_for_growth(const struct arena *grown, size_t bytes)
{
    if (tune.decay == DECAY_NEVER || !tune.tcache)
        return;
    for (struct arena *a = arenas_first(); a && bytes > 0; a = arenas_next(a)) {
        if (a == grown || !has_much_free(a) || !lock_try(&a->lock))
            continue;
        for (size_t done; is_mostly_free(a) && bytes > 0 && (done = purge_oldest(a)) > 0;)
            bytes = minus_or_zero(bytes, done);
        lock_release(&a->lock);
    }
}

/* The chunk that has waited longest, if it is ripe. */
static struct chunk *next_ripe(const struct arena *a, bool *waiting)
{
    struct chunk *c = a->bins.oldest;
    if (!c || decay_is_ripe((uint32_t)c->freed_at))
        return c;
    *waiting = true;
    return NULL;
}

/* False if nothing else is ripe. */
static bool purge_chunks(struct arena *a, bool *waiting)
{
    assert(lock_held(&a->lock));
    struct chunk *c;
    for (size_t bytes = 0; bytes < STEP_BYTES && (c = next_ripe(a, waiting));) {
        /* One that needs no lock is a step of its own. */
        bool unlocked = goes_unlocked(a, c);
        bytes += purge_chunk(a, c);
        if (unlocked)
            break;
    }
    return next_ripe(a, waiting) != NULL;
}

/* The top keeps its addresses; what it shares with the chunk below it and its links stay. */
static void release_top(struct top *t)
{
    uintptr_t start = align_up((uintptr_t)t->chunk + CHUNK_MIN, sys_page());
    uintptr_t end = align_down((uintptr_t)top_end(t), sys_page());
    if (start < end && sys_release((void *)start, end - start) && t->fresh > (char *)start)
        t->fresh = (char *)start;
}

static size_t trace_of(const struct arena *a)
{
    return (size_t)a->top.chunk ^ top_size(&a->top) << 1 ^ a->fast.count << 3;
}

/* Nothing moves in this arena's top and fast bins: what they hold ready is not wanted. */
static void settle(struct arena *a, bool *waiting)
{
    assert(lock_held(&a->lock));
    if (a->seen != trace_of(a)) {
        a->seen = trace_of(a);
        a->seen_at = decay_now();
    }
    if (a->seen_at == 0)
        return;
    if (!decay_is_ripe(a->seen_at)) {
        *waiting = true;
        return;
    }
    if (!fastbins_are_empty(&a->fast))
        arena_merge_fast(a);
    arena_trim(a);
    if (a->top.chunk)
        release_top(&a->top);
    a->seen = trace_of(a);
    a->seen_at = 0;
}

bool purge_arena(struct arena *a, bool *waiting)
{
    if (!lock_take(&a->lock))
        return false;
    arena_put_received(a);
    if (a->top.chunk)
        settle(a, waiting);
    bool more = purge_chunks(a, waiting);
    lock_release(&a->lock);
    return more;
}

/* A run's free pages go back once; whoever frees a slot there makes it wait again. */
static void purge_run(struct run *run, bool *waiting)
{
    if (run->put_at == 0 || run->free == 0)
        return;
    if (!decay_is_ripe(run->put_at)) {
        *waiting = true;
        return;
    }
    run_pages_release(run);
    run->put_at = 0;
}

/* The run at this place, and others of its arena that follow. */
static size_t purge_runs_of(struct arena *a, struct purge_place *at, bool *waiting)
{
    struct run_heap *h = (struct run_heap *)(uintptr_t)at->heap;
    size_t looked = 0;
    for (; looked < STEP_RUNS && at->place < RUNS_PER_HEAP; looked++, at->place++) {
        run_mark mark = __atomic_load_n(&h->marks[at->place], __ATOMIC_ACQUIRE);
        if (mark / RUN_MARK_OFFSETS == a->runs.owner / RUN_MARK_OFFSETS)
            purge_run(&h->run[at->place], waiting);
        else if (mark != 0)
            break;
    }
    return looked;
}

/* The arena that has a run at this place; NULL if none has. */
static struct arena *arena_at(const struct purge_place *at)
{
    run_mark mark = __atomic_load_n(&at->heap->marks[at->place], __ATOMIC_ACQUIRE);
    bool is_run = mark % RUN_MARK_OFFSETS != 0;
    return is_run ? __atomic_load_n(&at->heap->run[at->place].arena, __ATOMIC_RELAXED) : NULL;
}

/* The next place, of the next heap if this one ends; false after the last. */
static bool go_on(struct purge_place *at)
{
    if (at->heap && at->place < RUNS_PER_HEAP)
        return true;
    at->heap = at->heap ? __atomic_load_n(&at->heap->newer, __ATOMIC_ACQUIRE) : places_heaps();
    at->place = 0;
    return at->heap != NULL;
}

bool purge_runs(struct purge_place *at, bool *waiting)
{
    for (size_t looked = 0; looked < STEP_PLACES; looked++) {
        if (!go_on(at))
            return false;
        struct arena *a = arena_at(at);
        if (!a || !lock_take(&a->lock)) {
            at->place++;
            continue;
        }
        size_t met = purge_runs_of(a, at, waiting);
        lock_release(&a->lock);
        /* The run was given up meanwhile, or is another arena's. */
        if (met == 0)
            at->place++;
        looked += 8 * met;
    }
    return true;
}
