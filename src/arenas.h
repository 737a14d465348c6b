/*
 * arenas.h - all arenas: which one a thread takes from, how many there may be, who owns a chunk.
 *
 * The main arena is a static object of the library and serves the process's first thread.  Every
 * further thread gets an arena of its own while the limit allows; the arena of a thread that has
 * ended serves the next new one; at the limit threads share.
 *
 * Lock order: the list's lock, then an arena's.  Arenas are never destroyed, so that the list can
 * be walked without the lock.
 */
#ifndef ASHLAR_ARENAS_H
#define ASHLAR_ARENAS_H

#include "arena.h"
#include "tune.h"

extern struct arena main_arena;

/* Called once, before everything else here. */
void arenas_begin(void);

/* The arena the calling thread is to take from; never NULL.  The process's first has the main one. */
struct arena *arenas_attach(bool is_first);

/* The calling thread takes no longer from a. */
void arenas_detach(struct arena *a);

/*
 * An arena to take from, locked: `last`, the one used last, unless others share it and have it
 * locked; then any whose lock is free; then `last` when it is.  NULL only if a signal has
 * interrupted this thread while it held every one.
 */
struct arena *arenas_lock(struct arena *last);

/* Another arena than a to take from when a has nothing, locked; NULL if there is none. */
struct arena *arenas_lock_other(struct arena *a);

/* The arena c belongs to; c is not mapped. */
static inline struct arena *arenas_owner(const struct chunk *c)
{
    assert(!chunk_is_mapped(c));
    return arena_of(c, &main_arena);
}

/* Whether c, any address that can be read and not mapped, lies where its arena has chunks. */
static inline bool arenas_have(const struct chunk *c)
{
    if (!is_aligned(c, CHUNK_ALIGN))
        return false;
    if (chunk_is_of_main(c))
        return extent_has(&main_arena.top.extent, c);
    return region_at(c) == REGION_CHUNKS;
}

/* The arena a block belongs to, slot or chunk. */
static inline struct arena *arenas_owner_of(void *user)
{
    return block_is_slot(user) ? run_around(user)->arena : arenas_owner(chunk_of(user));
}

/*
 * The lock of an arena that a chunk is to go back to, or grow in: nobody waits for it, but in
 * classic mode, as in ptmalloc2, and in the secure build.  False if it could not be had.
 */
static inline bool arenas_enter(struct arena *a)
{
    return tune.tcache && !SECURE ? lock_try(&a->lock) : lock_take(&a->lock);
}

/* All arenas in turn, the main one first; NULL after the last. */
static inline struct arena *arenas_first(void)
{
    return &main_arena;
}

struct arena *arenas_next(const struct arena *a);

/*
 * For fork: take every lock there is here, waiting for each at most so many milliseconds, and let
 * the thread come in again meanwhile.  Locks that it holds for an operation a signal has
 * interrupted are left as they are.  Returns how many could not be had.
 */
unsigned arenas_hold(unsigned milliseconds);

/* Let go of what arenas_hold() took. */
void arenas_let_go(void);

/* Whether a signal has interrupted the calling thread while it held one of these locks. */
bool arenas_are_interrupted(void);

/* In the child of fork: arenas that a thread which is not there has locked are never used again. */
void arenas_abandon(void);

/* In the child of fork: only the arena of the calling thread (or none: NULL) has a thread now. */
void arenas_keep_only(struct arena *mine);

#endif
