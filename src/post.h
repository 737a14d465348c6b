/*
 * post.h - blocks on their way home.
 *
 * A freed block belongs to the arena it was cut from.  Nobody waits to bring it there: if the
 * arena's lock is free the block is put at once, otherwise it is left in the arena's inbox, and
 * whoever has the lock next takes it in.  What a thread frees for other arenas again and again
 * goes in batches, through an outbox for each; the first ones go one by one, so that a program
 * that frees little sees its memory return at once.
 *
 * In classic mode there are no batches and the lock is waited for, as in ptmalloc2.  The secure build
 * waits as well: an inbox lies in freed blocks, where a wrong program may write.  What it cannot
 * return, because a signal has interrupted the lock's holder, is lost.
 */
#ifndef ASHLAR_POST_H
#define ASHLAR_POST_H

#include "tcache.h"

static_assert((OUTBOXES & (OUTBOXES - 1)) == 0, "an arena finds its outbox without a division");

/* Return blocks, each to its own arena. */
void post_put_all(void **users, unsigned n);

/* The same for a single chunk of a known arena. */
void post_put_one(struct arena *a, struct chunk *c);

/* Lay a block of an arena that is not the cache's into an outbox; sends it when it is time. */
void post_add(struct cache *cache, struct arena *a, void *user);

/*
 * The same for a slot of another arena's run with this mark, if its outbox is open and need not be
 * sent: neither the arena nor the run is looked at, whose lines another processor writes to.
 */
static inline bool post_add_quickly(struct cache *cache, run_mark mark, void *slot)
{
    unsigned owner = mark / RUN_MARK_OFFSETS, at = owner % OUTBOXES;
    if (unlikely(owner == 0) || cache->abroad[at] != owner)
        return false;
    struct outbox *box = &cache->out[at];
    unsigned count = box->count;
    if (unlikely(count + 1 >= box->goal))
        return false;
    box->blocks[count] = slot;
    __atomic_store_n(&box->count, count + 1, __ATOMIC_RELEASE);
    return true;
}

/* Send what lies in all outboxes. */
void post_flush(struct cache *cache);

#endif
