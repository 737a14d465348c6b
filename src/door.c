/*
 * door.c - the slow way through every door.
 */
#include "door.h"

#include "aligned.h"
#include "arenas.h"
#include "die.h"
#include "mapped.h"
#include "resize.h"
#include "start.h"
#include "tune.h"

#include <errno.h>
#include <string.h>

/* Hand a chunk to the user, or say that there is none. */
static void *hand_out(enum call call, struct chunk *c, size_t n)
{
    assert(!c || (chunk_usable(c) >= n && is_aligned(chunk_user(c), CHUNK_ALIGN)));
    void *user = c ? chunk_user(c) : NULL;
    if (unlikely(tune_is_watched()))
        watch_taken(call, user, n, c ? chunk_usable(c) : 0);
    if (unlikely(!user))
        errno = ENOMEM;
    return user;
}

static struct chunk *take(size_t n, size_t *dirty)
{
    start_ensure();
    size_t size = chunk_size_for(n);
    return size ? thread_take(size, dirty) : NULL;
}

void *door_take(size_t n)
{
    size_t dirty;
    return hand_out(CALL_MALLOC, take(n, &dirty), n);
}

void *door_take_zeroed(size_t n)
{
    size_t dirty;
    struct chunk *c = take(n, &dirty);
    if (c)
        memset(chunk_user(c), 0, min_size(n, dirty));
    return hand_out(CALL_CALLOC, c, n);
}

/* Cut an aligned chunk out of c, which was taken large enough for that. */
static struct chunk *align(struct chunk *c, size_t size, size_t alignment)
{
    if (chunk_is_mapped(c))
        return mapped_align(c, alignment);
    struct arena *a = arenas_owner(c);
    if (!lock_take(&a->lock)) {
        thread_put(c);
        return NULL;
    }
    c = arena_align(a, c, size, alignment);
    lock_release(&a->lock);
    return c;
}

void *door_take_aligned(size_t alignment, size_t n)
{
    assert(is_power_of_two(alignment));
    if (alignment <= CHUNK_ALIGN)
        return door_take(n);
    start_ensure();
    size_t size = chunk_size_for(n), dirty;
    size_t need = size ? aligned_need(size, alignment) : 0;
    struct chunk *c = need ? thread_take(need, &dirty) : NULL;
    if (c)
        c = align(c, size, alignment);
    assert(!c || is_aligned(chunk_user(c), alignment));
    return hand_out(CALL_MALLOC, c, n);
}

static void give_back(enum call call, void *user)
{
    assert(user && (call == CALL_FREE || call == CALL_REALLOC));
    struct chunk *c = chunk_of(user);
    if (unlikely(tune_is_watched()))
        watch_freed(call, user, chunk_usable(c));
    if (chunk_is_mapped(c))
        mapped_put(c);
    else
        thread_put(c);
}

void door_put(void *user)
{
    int saved = errno;
    start_ensure();
    give_back(CALL_FREE, user);
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

/* c at its new size without its contents being copied; NULL if it must be. */
static struct chunk *resize_chunk(struct chunk *c, size_t size)
{
    if (chunk_is_mapped(c))
        return mapped_resize(c, size);
    return resize_in_arena(c, size) ? c : NULL;
}

static void check_user(void *user)
{
    struct chunk *c = chunk_of(user);
    if (unlikely(!is_aligned(user, CHUNK_ALIGN) || (uintptr_t)c > -chunk_size(c) ||
                 chunk_size(c) < CHUNK_MIN))
        die("realloc(): invalid pointer", user, c->head, 0);
}

/* Take, copy, put. */
static void *move(void *user, size_t n)
{
    struct chunk *old = chunk_of(user);
    size_t dirty, usable = chunk_usable(old);
    void *moved = hand_out(CALL_REALLOC, take(n, &dirty), n);
    if (moved) {
        memcpy(moved, user, min_size(usable, n));
        give_back(CALL_REALLOC, user);
    }
    return moved;
}

void *door_resize(void *user, size_t n)
{
    assert(user && n > 0);
    start_ensure();
    check_user(user);
    struct chunk *c = chunk_of(user);
    size_t size = chunk_size_for(n), usable = chunk_usable(c);
    if (size == 0) {
        errno = ENOMEM;
        return NULL;
    }
    struct chunk *resized = resize_chunk(c, size);
    if (!resized)
        return move(user, n);
    if (unlikely(tune_is_watched()))
        watch_resized(usable, chunk_usable(resized));
    return chunk_user(resized);
}
