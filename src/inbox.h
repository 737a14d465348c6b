/*
 * inbox.h - blocks that other threads have freed, left where the owner will find them.
 *
 * Sending needs no lock and waits for nobody: one exchange for a whole batch.  The blocks carry the
 * post themselves: the first of them becomes a packet that names as many others as fit into it, so
 * that most are not touched at all.
 *
 *   newest -> | next | block | block | block | ..  -> | next | block | ..
 */
#ifndef ASHLAR_INBOX_H
#define ASHLAR_INBOX_H

#include "block.h"

#include <stdatomic.h>

enum { PACKET_BLOCKS = 64 }; /* at most, its own included */

struct packet {
    struct packet *next;
    void *blocks[]; /* as many as fit, or up to a NULL */
};

struct inbox {
    _Atomic(struct packet *) newest;
    _Atomic size_t waiting; /* how many blocks those are, about */
};

static inline bool inbox_has_post(struct inbox *in)
{
    return atomic_load_explicit(&in->newest, memory_order_relaxed) != NULL;
}

/* Leave n blocks; returns about how many wait now. */
size_t inbox_send(struct inbox *in, void **blocks, unsigned n);

/* Take all packets there are; NULL if none. */
struct packet *inbox_take(struct inbox *in);

/* The blocks of a packet, its own among them, at most PACKET_BLOCKS; returns how many. */
unsigned packet_open(struct packet *p, void **blocks);

#endif
