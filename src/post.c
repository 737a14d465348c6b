/*
 * post.c - outboxes, and the two ways into an arena.
 */
#include "post.h"

#include "arenas.h"

enum {
    /* So many chunks in an inbox mean that the owner does not come: the sender puts them itself. */
    INBOX_LIMIT = 1024,
};

/* Whoever found the lock busy meanwhile has left something: look once more. */
static void leave(struct arena *a)
{
    assert(lock_held(&a->lock));
    lock_release(&a->lock);
    while (unlikely(inbox_has_post(&a->inbox)) && lock_try(&a->lock)) {
        arena_put_received(a);
        lock_release(&a->lock);
    }
}

/* Put the first of n blocks that are this arena's; returns how many those were. */
static unsigned put_own(struct arena *a, void **users, unsigned n)
{
    unsigned put = runs_put_own(&a->runs, users, n);
    for (; put < n && !block_is_slot(users[put]) && arenas_owner_of(users[put]) == a; put++)
        arena_put(a, chunk_of(users[put]));
    return put;
}

/* The first of n blocks that are of one arena: how many. */
static unsigned count_own(const struct arena *a, void **users, unsigned n)
{
    unsigned count = 0;
    while (count < n && arenas_owner_of(users[count]) == a)
        count++;
    return count;
}

/* The blocks at the beginning that belong to the owner of the first go home. */
static unsigned put_some(void **users, unsigned n)
{
    struct arena *a = arenas_owner_of(users[0]);
    if (!arenas_enter(a)) {
        unsigned count = count_own(a, users, n);
        if (!SECURE)
            inbox_send(&a->inbox, users, count);
        return count;
    }
    unsigned put = put_own(a, users, n);
    leave(a);
    return put;
}

void post_put_all(void **users, unsigned n)
{
    for (unsigned put = 0; put < n;)
        put += put_some(users + put, n - put);
}

void post_put_one(struct arena *a, struct chunk *c)
{
    assert(arena_owns(a, c)); /* I9 */
    if (unlikely(!arenas_enter(a))) {
        void *user = chunk_user(c);
        inbox_send(&a->inbox, &user, 1);
        return;
    }
    arena_put(a, c);
    leave(a);
}

/* Few so far: put them if that is possible now, and wait for more next time. */
static void send(struct outbox *box)
{
    unsigned count = box->count;
    assert(count > 0 && box->goal >= 1 && box->goal <= OUTBOX_BLOCKS);
    __atomic_store_n(&box->count, 0, __ATOMIC_RELEASE);
    if (SECURE || box->goal < OUTBOX_BLOCKS) {
        box->goal = (unsigned)min_size(2 * box->goal, OUTBOX_BLOCKS);
        post_put_all(box->blocks, count);
        return;
    }
    size_t waiting = inbox_send(&box->arena->inbox, box->blocks, count);
    if (waiting > INBOX_LIMIT && lock_try(&box->arena->lock))
        leave(box->arena);
}

static void begin_box(struct cache *cache, unsigned at, struct arena *a)
{
    struct outbox *box = &cache->out[at];
    if (box->count > 0)
        send(box);
    box->arena = a;
    box->goal = 1;
    cache->abroad[at] = (uint16_t)(a->runs.owner / RUN_MARK_OFFSETS);
}

void post_add(struct cache *cache, struct arena *a, void *user)
{
    assert(a != cache->arena); /* K5: what is its own goes into magazines */
    unsigned at = (a->index + 1) % OUTBOXES;
    struct outbox *box = &cache->out[at];
    if (box->arena != a)
        begin_box(cache, at, a);
    assert(box->arena == a && box->count < box->goal);
    box->blocks[box->count] = user;
    __atomic_store_n(&box->count, box->count + 1, __ATOMIC_RELEASE);
    if (box->count >= box->goal)
        send(box);
}

void post_flush(struct cache *cache)
{
    for (unsigned i = 0; i < OUTBOXES; i++)
        if (cache->out[i].count > 0)
            send(&cache->out[i]);
}
