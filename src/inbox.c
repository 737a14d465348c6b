/*
 * inbox.c - pack and unpack.
 */
#include "inbox.h"

/* How many others a block can name. */
static unsigned capacity(struct packet *p)
{
    size_t words = block_usable(p) / WORD - 1;
    return (unsigned)min_size(words, PACKET_BLOCKS - 1);
}

/* Make a packet of the first of n blocks and as many others as fit; returns how many in all. */
static unsigned pack(void **blocks, unsigned n)
{
    struct packet *p = blocks[0];
    unsigned room = capacity(p), count = n - 1 < room ? n - 1 : room;
    for (unsigned i = 0; i < count; i++)
        p->blocks[i] = blocks[1 + i];
    if (count < room)
        p->blocks[count] = NULL;
    return 1 + count;
}

size_t inbox_send(struct inbox *in, void **blocks, unsigned n)
{
    assert(n > 0);
    struct packet *first = NULL, *last = blocks[0];
    for (unsigned sent = 0; sent < n;) {
        struct packet *p = blocks[sent];
        sent += pack(blocks + sent, n - sent);
        p->next = first;
        first = p;
    }
    struct packet *before = atomic_load_explicit(&in->newest, memory_order_relaxed);
    do
        last->next = before;
    while (!atomic_compare_exchange_weak_explicit(&in->newest, &before, first, memory_order_release,
                                                  memory_order_relaxed));
    return n + atomic_fetch_add_explicit(&in->waiting, n, memory_order_relaxed);
}

struct packet *inbox_take(struct inbox *in)
{
    atomic_store_explicit(&in->waiting, 0, memory_order_relaxed);
    return atomic_exchange_explicit(&in->newest, NULL, memory_order_acquire);
}

unsigned packet_open(struct packet *p, void **blocks)
{
    unsigned room = capacity(p), count = 0;
    blocks[count++] = p;
    for (unsigned i = 0; i < room && p->blocks[i]; i++)
        blocks[count++] = p->blocks[i];
    assert(count <= PACKET_BLOCKS);
    return count;
}
