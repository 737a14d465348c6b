/*
 * post.c - outboxes, and the two ways into an arena.
 */
#include "post.h"

#include "arenas.h"

enum {
    /* A message of so many chunks costs one atomic exchange, and no thread hoards much more. */
    FULL_BATCH = 64,
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

/* From first to last, which is not the end of a list if it was part of one. */
static void put_all(struct arena *a, struct link *first, struct link *last)
{
    assert(lock_held(&a->lock));
    struct link *l = first, *next;
    for (;; l = next) {
        next = l->next;
        bool was_last = l == last;
        arena_put(a, chunk_of(l));
        if (was_last)
            return;
    }
}

void post_put(struct arena *a, struct link *first, struct link *last, size_t n)
{
    assert(arena_owns(a, chunk_of(first)) && arena_owns(a, chunk_of(last))); /* I9 */
    if (!arenas_enter(a)) {
        arena_send(a, first, last, n);
        return;
    }
    put_all(a, first, last);
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

void post_put_list(struct link *list)
{
    while (list) {
        struct link *first = list, *last = list;
        struct arena *a = arenas_owner(chunk_of(first));
        size_t n = 1;
        while (last->next && arenas_owner(chunk_of(last->next)) == a) {
            last = last->next;
            n++;
        }
        list = last->next;
        post_put(a, first, last, n);
    }
}

/* Few so far: put them if that is possible now, and wait for more next time. */
static void send(struct outbox *box)
{
    struct outbox sent = *box;
    assert(sent.first && sent.goal >= 1 && sent.goal <= FULL_BATCH);
    __atomic_store_n(&box->first, NULL, __ATOMIC_RELEASE);
    box->count = 0;
    if (sent.goal < FULL_BATCH) {
        box->goal = 2 * sent.goal;
        post_put(sent.arena, sent.first, sent.last, sent.count);
        return;
    }
    size_t waiting = arena_send(sent.arena, sent.first, sent.last, sent.count);
    if (waiting > INBOX_LIMIT && lock_try(&sent.arena->lock))
        leave(sent.arena);
}

static void begin_box(struct outbox *box, struct arena *a)
{
    if (box->first)
        send(box);
    *box = (struct outbox){.arena = a, .goal = 1};
}

void post_add(struct cache *cache, struct arena *a, struct chunk *c)
{
    assert(arena_owns(a, c) && a != cache->arena); /* K5: what is its own goes into magazines */
    struct outbox *box = &cache->out[a->index % OUTBOXES];
    struct link *l = chunk_user(c);
    if (box->arena != a)
        begin_box(box, a);
    assert(box->arena == a && box->count < box->goal);
    l->next = box->first;
    if (!box->first)
        box->last = l;
    __atomic_store_n(&box->first, l, __ATOMIC_RELEASE);
    if (++box->count >= box->goal)
        send(box);
}

void post_flush(struct cache *cache)
{
    for (unsigned i = 0; i < OUTBOXES; i++)
        if (cache->out[i].first)
            send(&cache->out[i]);
}
