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
    while (unlikely(arena_has_post(a)) && lock_try(&a->lock)) {
        arena_put_received(a);
        lock_release(&a->lock);
    }
}

/* The lock could not be had: link the blocks through their user memory and leave them. */
static size_t leave_in_inbox(struct arena *a, void **users, unsigned n)
{
    assert(n > 0);
    for (unsigned i = 0; i + 1 < n; i++)
        ((struct link *)users[i])->next = users[i + 1];
    return arena_send(a, users[0], users[n - 1], n);
}

void post_put(struct arena *a, void **users, unsigned n)
{
    assert(n > 0 && arenas_owner_of(users[0]) == a); /* I9 */
    if (!arenas_enter(a)) {
        leave_in_inbox(a, users, n);
        return;
    }
    for (unsigned i = 0; i < n; i++)
        arena_put_user(a, users[i]);
    leave(a);
}

void post_put_one(struct arena *a, struct chunk *c)
{
    assert(arena_owns(a, c)); /* I9 */
    if (unlikely(!arenas_enter(a))) {
        arena_send(a, chunk_user(c), chunk_user(c), 1);
        return;
    }
    arena_put(a, c);
    leave(a);
}

void post_put_all(void **users, unsigned n)
{
    for (unsigned first = 0, next; first < n; first = next) {
        struct arena *a = arenas_owner_of(users[first]);
        for (next = first + 1; next < n && arenas_owner_of(users[next]) == a;)
            next++;
        post_put(a, users + first, next - first);
    }
}

/* Slots go home by a look at their bits; merging many chunks is better left to their owner. */
static bool is_quick_to_put(const struct outbox *box)
{
    return box->goal < OUTBOX_BLOCKS || region_at(box->blocks[0]) == REGION_RUNS;
}

/* Few so far: put them if that is possible now, and wait for more next time. */
static void send(struct outbox *box)
{
    unsigned count = box->count;
    assert(count > 0 && box->goal >= 1 && box->goal <= OUTBOX_BLOCKS);
    __atomic_store_n(&box->count, 0, __ATOMIC_RELEASE);
    bool quick = is_quick_to_put(box);
    if (box->goal < OUTBOX_BLOCKS)
        box->goal *= 2;
    if (quick) {
        post_put(box->arena, box->blocks, count);
        return;
    }
    size_t waiting = leave_in_inbox(box->arena, box->blocks, count);
    if (waiting > INBOX_LIMIT && lock_try(&box->arena->lock))
        leave(box->arena);
}

static void begin_box(struct outbox *box, struct arena *a)
{
    if (box->count > 0)
        send(box);
    box->arena = a;
    box->goal = 1;
}

void post_add(struct cache *cache, struct arena *a, void *user)
{
    assert(a != cache->arena); /* K5: what is its own goes into magazines */
    struct outbox *box = &cache->out[a->index % OUTBOXES];
    if (box->arena != a)
        begin_box(box, a);
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
