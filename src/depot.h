/*
 * depot.h - the full magazines that a thread has set aside.
 *
 * A magazine that finds no room in a list is packed up here before it goes home, and is the next
 * that the list is filled with: a thread that takes and frees some hundred blocks in turn need not
 * go to its arena for every one of them, nor have its runs end and begin.
 *
 *   list A   newest <-> older <-> oldest          row of all packs by age: the oldest goes home
 *   list B   newest                               first when there are too many bytes
 *
 * fork may copy the process between any two instructions of another thread.  What a pack holds is
 * told by its count alone, which is set last and cleared first; the child trusts nothing else.
 */
#ifndef ASHLAR_DEPOT_H
#define ASHLAR_DEPOT_H

#include "base.h"

enum {
    DEPOT_PACKS = 128,
    DEPOT_BLOCKS = 64, /* in one pack at most */
    DEPOT_LISTS = 131,
};

/* Packs are named by their position, from 1; 0 is none. */
struct pack {
    uint8_t list, count;  /* 0: it holds nothing */
    uint8_t newer, older; /* in the row of all */
    uint8_t above, below; /* of the same list, the newest above */
};

struct depot {
    struct pack packs[DEPOT_PACKS + 1]; /* [0] ends the row of all: its older is the newest */
    uint8_t newest[DEPOT_LISTS];
    uint8_t unused; /* packs that hold nothing, through `below` .. */
    uint8_t begun;  /* .. and those beyond were never used */
    size_t bytes;   /* of all blocks */
    void *(*blocks)[DEPOT_BLOCKS];
};

/* An empty depot whose packs are kept there: room for DEPOT_PACKS. */
void depot_begin(struct depot *d, void *(*blocks)[DEPOT_BLOCKS]);

/* No pack is left. */
static inline bool depot_is_full(const struct depot *d)
{
    return d->unused == 0 && d->begun == DEPOT_PACKS;
}

/* Pack these blocks of one list, `size` bytes each; false if no pack is left. */
bool depot_put(struct depot *d, unsigned list, void *const *blocks, unsigned count, size_t size);

/* Copy out the pack of a list that came last; returns how many blocks, 0 if there is none. */
unsigned depot_take(struct depot *d, unsigned list, void **blocks, size_t size);

/* The list of the pack that came first of all; 0 if there is none. */
unsigned depot_oldest(const struct depot *d);

/* Copy out that one; returns how many blocks. */
unsigned depot_take_oldest(struct depot *d, void **blocks, size_t size);

/* How many blocks of a list there are, of another thread's about. */
size_t depot_count(const struct depot *d, unsigned list);

/*
 * Copy out pack n, 1 .. DEPOT_PACKS, if it holds anything, by its count alone; returns how many
 * blocks.  When all are out, depot_begin() makes it good for use again.
 */
unsigned depot_rescue(struct depot *d, unsigned n, void **blocks);

#endif
