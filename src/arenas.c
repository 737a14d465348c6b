/*
 * arenas.c - the list of arenas and its limit.
 */
#include "arenas.h"

#include "cpus.h"
#include "guard.h"
#include "held.h"
#include "large.h"
#include "sys.h"

struct arena main_arena;

static struct {
    struct lock lock;
    unsigned count;       /* arenas there are, the main one included */
    unsigned limit;       /* 0: not worked out yet */
    struct arena *newest; /* the last of the list */
    struct arena *free;   /* those no thread takes from, newest first */
} arenas;

/* What lies before the first chunk costs no page of its own. */
static_assert(sizeof(struct heap) + sizeof(struct arena) + CHUNK_MIN + 2 * CHUNK_ALIGN <= 4 * KIB,
              "a heap's head, its arena and a chunk fit in its first page");

/* Enough that two threads seldom meet, few enough that little memory lies idle. */
enum { ARENAS_PER_CPU = WORD == 8 ? 8 : 2 };

void arenas_begin(void)
{
    assert(arenas.count == 0);
    arena_begin(&main_arena, 0, TOP_FROM_BREAK);
    arenas.count = 1;
    arenas.newest = &main_arena;
}

struct arena *arenas_next(const struct arena *a)
{
    return __atomic_load_n(&a->next, __ATOMIC_ACQUIRE);
}

static bool limit_is_reached(void)
{
    assert(lock_held(&arenas.lock) && arenas.count >= 1);
    if (tune.arena_max > 0)
        return arenas.count >= tune.arena_max;
    if (arenas.count <= tune.arena_test)
        return false;
    if (arenas.limit == 0)
        arenas.limit = ARENAS_PER_CPU * cpus_usable() + 1;
    assert(arenas.limit >= ARENAS_PER_CPU); /* there is a CPU at least: we run on it */
    return arenas.count >= arenas.limit;
}

/* An arena at the start of a first heap of its own; NULL if the kernel refuses. */
static struct arena *arena_new(void)
{
    assert(lock_held(&arenas.lock));
    size_t head = align_up(sizeof(struct heap), CHUNK_ALIGN);
    size_t before = head + align_up(sizeof(struct arena), CHUNK_ALIGN);
    struct heap *h = heap_begin(min_size(before + CHUNK_MIN + tune.top_pad, HEAP_MAX), NULL);
    if (!h)
        return NULL;
    struct arena *a = (struct arena *)(uintptr_t)((char *)h + head);
    h->arena = a;
    h->first = chunk_at(h, before);
    arena_begin(a, arenas.count++, TOP_FROM_HEAPS);
    top_begin(&a->top, h->first, heap_end(h));
    a->top.system = a->top.system_max = h->size;
    held_add(h->size);
    assert(arenas_owner(h->first) == a && !arenas_next(arenas.newest)); /* I9, L7 */
    __atomic_store_n(&arenas.newest->next, a, __ATOMIC_RELEASE);
    arenas.newest = a;
    return a;
}

static struct arena *take_free(void)
{
    assert(lock_held(&arenas.lock));
    struct arena *a = arenas.free;
    if (a)
        arenas.free = a->next_free;
    return a;
}

/* The one with the fewest threads whose lock is free now, or the one with the fewest of all. */
static struct arena *choose_shared(void)
{
    assert(lock_held(&arenas.lock) && !arenas.free); /* an arena of nobody's comes first */
    struct arena *calm = NULL, *least = &main_arena;
    for (struct arena *a = arenas_first(); a; a = arenas_next(a)) {
        if (a->threads < least->threads)
            least = a;
        if ((calm && calm->threads <= a->threads) || !lock_try(&a->lock))
            continue;
        lock_release(&a->lock);
        calm = a;
    }
    return calm ? calm : least;
}

static struct arena *choose(bool is_first)
{
    if (is_first)
        return &main_arena;
    struct arena *a = take_free();
    if (!a && !limit_is_reached())
        a = arena_new();
    return a ? a : choose_shared();
}

struct arena *arenas_attach(bool is_first)
{
    /* A signal handler that interrupted this very function makes do with the main arena. */
    if (!lock_take(&arenas.lock))
        return &main_arena;
    struct arena *a = choose(is_first);
    a->threads++;
    lock_release(&arenas.lock);
    return a;
}

void arenas_detach(struct arena *a)
{
    if (!lock_take(&arenas.lock))
        return;
    if (a->threads > 0 && --a->threads == 0 && a != &main_arena) {
        a->next_free = arenas.free;
        arenas.free = a;
    }
    lock_release(&arenas.lock);
}

/* The first arena after `start`, all around, whose lock is free: locked.  NULL if none is. */
static struct arena *lock_any_but(struct arena *start)
{
    struct arena *a = start;
    do {
        a = arenas_next(a);
        if (!a)
            a = arenas_first();
        if (a != start && lock_try(&a->lock))
            return a;
    } while (a != start);
    return NULL;
}

struct arena *arenas_lock(struct arena *last)
{
    if (likely(lock_try(&last->lock)))
        return last;
    assert(!lock_held(&last->lock) || !last->lock.open_to_owner); /* L4: it would be ours now */
    bool shared = last->threads > 1 || last->lock.abandoned || lock_held(&last->lock);
    struct arena *a = shared ? lock_any_but(last) : NULL;
    if (a)
        return a;
    return lock_take(&last->lock) ? last : NULL;
}

struct arena *arenas_lock_other(struct arena *a)
{
    /* What is larger than a heap only the main arena can have: that one is worth waiting for. */
    if (a != &main_arena && lock_take(&main_arena.lock))
        return &main_arena;
    return lock_any_but(a);
}

unsigned arenas_hold(unsigned milliseconds)
{
    unsigned missed = !lock_hold(&arenas.lock, milliseconds);
    for (struct arena *a = arenas_first(); a; a = arenas_next(a))
        missed += !lock_hold(&a->lock, milliseconds);
    missed += !places_hold(milliseconds);
    missed += !guard_hold(milliseconds);
    missed += !large_hold(milliseconds);
    return missed;
}

void arenas_let_go(void)
{
    large_let_go();
    guard_let_go();
    places_let_go();
    for (struct arena *a = arenas_first(); a; a = arenas_next(a))
        lock_let_go(&a->lock);
    lock_let_go(&arenas.lock);
}

bool arenas_are_interrupted(void)
{
    bool interrupted = lock_is_interrupted(&arenas.lock) || places_are_interrupted() ||
                       guard_is_interrupted() || large_is_interrupted();
    for (struct arena *a = arenas_first(); a && !interrupted; a = arenas_next(a))
        interrupted = lock_is_interrupted(&a->lock);
    return interrupted;
}

void arenas_abandon(void)
{
    for (struct arena *a = arenas_first(); a; a = arenas_next(a))
        lock_abandon(&a->lock);
    places_abandon();
    guard_abandon();
    large_abandon();
    lock_abandon(&arenas.lock);
}

void arenas_keep_only(struct arena *mine)
{
    /* A handler that interrupted attach or detach finds the list half done, and leaves it alone. */
    if (!lock_take(&arenas.lock))
        return;
    arenas.free = NULL;
    for (struct arena *a = arenas_next(&main_arena); a; a = arenas_next(a)) {
        a->threads = a == mine;
        if (a == mine || a->lock.abandoned)
            continue;
        a->next_free = arenas.free;
        arenas.free = a;
    }
    main_arena.threads = mine == &main_arena;
    lock_release(&arenas.lock);
}
