/*
 * post.c - outboxes, and the two ways into an arena.
 */
#include "post.h"

#include "arenas.h"
#include "tune.h"

enum {
    /* A message of so many chunks costs one atomic exchange, and no thread hoards much more. */
    FULL_BATCH = 64,
    /* So many chunks in an inbox mean that the owner does not come: the sender puts them itself. */
    INBOX_LIMIT = 1024,
};

static bool enter(struct arena *a)
{
    return tune.tcache ? lock_try(&a->lock) : lock_take(&a->lock);
}

/* From first to last, which is not the end of a list if it was part of one. */
static void put_all(struct arena *a, struct link *first, struct link *last)
{
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
    if (!enter(a)) {
        arena_send(a, first, last, n);
        return;
    }
    arena_put_received(a);
    put_all(a, first, last);
    lock_release(&a->lock);
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
    __atomic_store_n(&box->first, NULL, __ATOMIC_RELEASE);
    box->count = 0;
    if (sent.goal < FULL_BATCH) {
        box->goal = 2 * sent.goal;
        post_put(sent.arena, sent.first, sent.last, sent.count);
        return;
    }
    size_t waiting = arena_send(sent.arena, sent.first, sent.last, sent.count);
    if (waiting > INBOX_LIMIT && lock_try(&sent.arena->lock)) {
        arena_put_received(sent.arena);
        lock_release(&sent.arena->lock);
    }
}

static void begin_box(struct outbox *box, struct arena *a)
{
    if (box->first)
        send(box);
    *box = (struct outbox){.arena = a, .goal = 1};
}

void post_add(struct cache *cache, struct arena *a, struct chunk *c)
{
    struct outbox *box = &cache->out[a->index % OUTBOXES];
    struct link *l = chunk_user(c);
    if (box->arena != a)
        begin_box(box, a);
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
