/*
 * door.c - the slow way through every door.
 */
#include "door.h"

#include "aligned.h"
#include "arenas.h"
#include "check.h"
#include "die.h"
#include "guard_report.h"
#include "keeper.h"
#include "mapped.h"
#include "resize.h"
#include "sampled.h"
#include "start.h"
#include "tune.h"

#include <errno.h>
#include <string.h>

/* A call begins.  A handler that has interrupted another one takes the heap as it is. */
static bool enter(void)
{
    bool before = thread_enter();
    if (unlikely(tune_is_watched()) && !before)
        check_at_times();
    return before;
}

static _Noreturn void die_guarded(enum guard_crime crime, const char *where)
{
    guard_die(crime, where, thread.own ? thread.own->stack_end : 0);
}

/* A block between guard pages is looked at whenever it comes by. */
static void examine_guarded(const void *user)
{
    const char *where;
    enum guard_crime crime = guard_examine(user, &where);
    if (unlikely(crime != GUARD_NONE))
        die_guarded(crime, where);
}

size_t door_usable(void *user)
{
    const char *phrase = "malloc_usable_size(): invalid pointer";
    if (unlikely(guard_has(user))) {
        examine_guarded(user);
        return guard_usable(user);
    }
    if (SECURE)
        return secure_usable(user, phrase);
    if (!block_is_slot(user))
        return chunk_usable(chunk_of(user));
    return span_at(user) ? span_usable(user, phrase) : run_usable(user, phrase);
}

/* Hand a block to the user, or say that there is none. */
static void *hand_out(enum call call, void *user, size_t n)
{
    size_t alignment = n <= RUN_SLOT_LEAST ? RUN_SLOT_LEAST : CHUNK_ALIGN;
    assert(!user || (door_usable(user) >= n && is_aligned(user, alignment)));
    if (unlikely(tune_is_watched()))
        watch_taken(call, user, n, user ? door_usable(user) : 0);
    if (unlikely(!user))
        errno = ENOMEM;
    return user;
}

static void *take(size_t n, size_t *dirty)
{
    start_ensure();
    return SECURE ? secure_take(n, CHUNK_ALIGN, dirty) : supply_take(n, dirty);
}

/*
 * The calling thread's cache if nothing forbids the quick way.  Spans have no magazine there, but what
 * lies ready of them needs no closer look either.
 */
static struct cache *cache_if_open(void)
{
    struct cache *cache = __atomic_load_n(&thread.open, __ATOMIC_RELAXED);
    return SECURE || cache != thread.own ? NULL : cache;
}

/* Who is next to be guarded, and what is to be mapped, is decided the slow way. */
static void *take_ready_span(struct cache *cache, size_t n)
{
    bool plain = cache->until_guard > 1 && chunk_size_for(n) < mapped_threshold();
    void *span = plain ? span_take_ready(&cache->spans, n) : NULL;
    cache->until_guard -= span != NULL;
    return span;
}

/* What the thread has ready beyond its magazine, if nothing forbids to look there. */
static void *take_beyond(size_t n)
{
    struct cache *cache = n <= SPAN_MAX ? cache_if_open() : NULL;
    if (!cache)
        return NULL;
    bool before = thread_enter();
    unsigned list = n <= RUN_SLOT_MAX ? cache_list_for(cache, n) : 0;
    void *user = n > RUN_SLOT_MAX ? take_ready_span(cache, n)
                 : list != 0      ? cache_take_any(cache, list)
                                  : NULL;
    thread_leave(before);
    return user;
}

/* The way back of what spans and the cache's own runs serve. */
static bool put_beyond(void *user)
{
    struct cache *cache = region_at(user) == REGION_RUNS ? cache_if_open() : NULL;
    if (!cache)
        return false;
    bool before = thread_enter(), put = false;
    run_mark offset = run_mark_of(user) ^ cache->owner;
    if (span_at(user))
        put = span_put_ready(&cache->spans, user);
    else if (offset < RUN_MARK_OFFSETS)
        put = cache_put_beyond(cache, cache_list_of(offset), user);
    thread_leave(before);
    return put;
}

void *door_take(size_t n)
{
    size_t dirty;
    void *user = take_beyond(n);
    if (user)
        return user;
    bool before = enter();
    user = hand_out(CALL_MALLOC, take(n, &dirty), n);
    thread_leave(before);
    return user;
}

void *door_take_zeroed(size_t n)
{
    size_t dirty;
    bool before = enter();
    void *user = hand_out(CALL_CALLOC, take(n, &dirty), n);
    thread_leave(before);
    if (user)
        memset(user, 0, min_size(n, dirty));
    return user;
}

/* Cut an aligned chunk out of c, which was taken large enough for that. */
static struct chunk *align(struct chunk *c, size_t size, size_t alignment)
{
    if (chunk_is_mapped(c))
        return mapped_align(c, alignment);
    struct arena *a = arenas_owner(c);
    if (!lock_take(&a->lock)) {
        supply_put_chunk(c);
        return NULL;
    }
    c = arena_align(a, c, size, alignment);
    lock_release(&a->lock);
    return c;
}

static void *take_aligned(size_t alignment, size_t n)
{
    assert(is_power_of_two(alignment));
    start_ensure();
    size_t dirty;
    if (SECURE)
        return hand_out(CALL_MALLOC, secure_take(n, alignment, &dirty), n);
    struct cache *cache = thread_cache();
    void *guarded = cache ? sampled_take(cache, n, alignment) : NULL;
    if (unlikely(guarded))
        return hand_out(CALL_MALLOC, guarded, n);
    void *slot = supply_take_aligned_slot(alignment, n);
    if (slot)
        return hand_out(CALL_MALLOC, slot, n);
    size_t size = chunk_size_for(n);
    size_t need = size ? aligned_need(size, alignment) : 0;
    struct chunk *c = need ? supply_take_chunk(need, &dirty) : NULL;
    if (c)
        c = align(c, size, alignment);
    assert(!c || is_aligned(chunk_user(c), alignment));
    return hand_out(CALL_MALLOC, c ? chunk_user(c) : NULL, n);
}

void *door_take_aligned(size_t alignment, size_t n)
{
    /* What is no smaller than its alignment has that anyway, up to CHUNK_ALIGN. */
    if (alignment <= CHUNK_ALIGN)
        return door_take(max_size(n, alignment));
    bool before = enter();
    void *user = take_aligned(alignment, n);
    thread_leave(before);
    return user;
}

static void give_back(enum call call, void *user)
{
    assert(user && (call == CALL_FREE || call == CALL_REALLOC));
    if (unlikely(!region_is_possible(user)))
        die_at("free(): invalid pointer", user);
    if (unlikely(tune_is_watched()))
        watch_freed(call, user, door_usable(user));
    if (unlikely(guard_has(user))) {
        examine_guarded(user);
        if (unlikely(!sampled_put(thread_cache(), user)))
            die_guarded(GUARD_NOT_LIVE, user);
    } else if (SECURE)
        secure_put(user);
    else if (block_is_slot(user))
        supply_put_slot(user);
    else if (chunk_is_mapped(chunk_of(user)))
        supply_put_mapped(chunk_of(user));
    else
        supply_put_chunk(chunk_of(user));
}

void door_put(void *user)
{
    if (put_beyond(user))
        return;
    int saved = errno;
    start_ensure();
    bool before = enter();
    give_back(CALL_FREE, user);
    if (decay_is_due())
        keeper_mind(__builtin_return_address(0));
    thread_leave(before);
    errno = saved;
}

/* Resize a chunk of an arena where it stands, if its lock can be had. */
static bool resize_in_arena(struct chunk *c, size_t size)
{
    size_t old = chunk_size(c);
    if (size <= old && old - size < CHUNK_MIN)
        return true;
    struct arena *a = arenas_owner(c);
    if (!arenas_enter(a))
        return size <= old;
    bool done = arena_resize(a, c, size);
    lock_release(&a->lock);
    return done;
}

/* A slot serves as long as it is neither too small nor twice too large. */
static void *resize_slot(void *slot, size_t n)
{
    if (span_at(slot))
        return span_resize(slot, n) ? slot : NULL;
    size_t usable = run_usable(slot, "realloc(): invalid pointer");
    return n <= usable && 2 * n >= usable ? slot : NULL;
}

static void check_chunk(struct chunk *c)
{
    bool ours = chunk_is_mapped(c) ? is_aligned(c, CHUNK_ALIGN) : arenas_have(c);
    if (unlikely(!ours || (uintptr_t)c > -chunk_size(c) || chunk_size(c) < CHUNK_MIN))
        die("realloc(): invalid pointer", chunk_user(c), c->head, 0);
}

/* A block at its new size without its contents being copied; NULL if they must be. */
static void *resize(void *user, size_t n)
{
    if (unlikely(guard_has(user)))
        return NULL;
    if (SECURE)
        return secure_resize(user, n);
    if (block_is_slot(user))
        return resize_slot(user, n);
    struct chunk *c = chunk_of(user);
    check_chunk(c);
    size_t size = chunk_size_for(n);
    if (chunk_is_mapped(c)) {
        c = mapped_resize(c, size);
        return c ? chunk_user(c) : NULL;
    }
    return resize_in_arena(c, size) ? user : NULL;
}

/* Take, copy, put. */
static void *move(void *user, size_t n)
{
    size_t dirty, usable = door_usable(user);
    void *moved = hand_out(CALL_REALLOC, take(n, &dirty), n);
    if (moved) {
        memcpy(moved, user, min_size(usable, n));
        give_back(CALL_REALLOC, user);
    }
    return moved;
}

static void *resize_or_move(void *user, size_t n)
{
    if (chunk_size_for(n) == 0) {
        errno = ENOMEM;
        return NULL;
    }
    size_t watched = unlikely(tune_is_watched()) ? door_usable(user) : 0;
    void *resized = resize(user, n);
    if (!resized)
        return move(user, n);
    if (unlikely(tune_is_watched()))
        watch_resized(watched, door_usable(resized));
    return resized;
}

void *door_resize(void *user, size_t n)
{
    assert(user && n > 0);
    start_ensure();
    bool before = enter();
    void *resized = resize_or_move(user, n);
    /* What the keeper's work meets is not why the request failed. */
    int saved = errno;
    if (decay_is_due())
        keeper_mind(__builtin_return_address(0));
    errno = saved;
    thread_leave(before);
    return resized;
}
