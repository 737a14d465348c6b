/*
 * medium.h - ready chunks of one thread from 1 to 256 KiB, for sizes it takes and frees in turn.
 *
 * A shelf holds the chunks of an eighth of a doubling, newest first.  It has to be earned: only
 * when a thread has often taken what it had just freed are the next ones kept for it.  A program
 * that fills its memory and empties it again has its chunks merged and returned at once, as the
 * textbook says.
 */
#ifndef ASHLAR_MEDIUM_H
#define ASHLAR_MEDIUM_H

#include "chunk.h"

#define MEDIUM_CHUNK_MAX (288 * KIB - CHUNK_ALIGN) /* 256 KiB are on the last eighth */
#define MEDIUM_LARGE (128 * KIB)
#define MEDIUM_BYTES_MAX (512 * KIB) /* on all shelves of a thread */

enum {
    /* From 1 KiB (512 on 32-bit) on, eight shelves a doubling. */
    MEDIUM_SHELVES = 74,
    /* So many times must a size have come back before its shelf opens .. */
    MEDIUM_EARNED = 32,
    /* .. and a large one, each of whose turns costs a page fault for every page. */
    MEDIUM_EARNED_LARGE = 1,
    /* A shelf that has served so many requests would be a magazine. */
    MEDIUM_BUSY = 8192,
    /* .. and more frees than this in a row close it again. */
    MEDIUM_CREDIT = 4,
};

/* A chunk on a shelf: its user memory's first word names the next older one. */
struct link {
    struct link *next;
};

struct shelf {
    struct link *newest;
    uint8_t count, credit, returns;
    uint16_t served; /* requests, no further than MEDIUM_BUSY */
};

struct medium {
    struct shelf shelves[MEDIUM_SHELVES];
    size_t chunks, bytes; /* on all shelves */
};

/* A chunk of at least `size`, and less than a quarter more; NULL if none is ready. */
struct chunk *medium_take(struct medium *m, size_t size);

/* Keep a freed chunk.  False if its shelf is full or not earned yet; dies if it lies there. */
bool medium_put(struct medium *m, struct chunk *c);

/* Whether this size's shelf is busy; if so it has to become so anew. */
bool medium_was_busy(struct medium *m, size_t size);

/* A chunk of this size was freed that had a mapping of its own: the next may be of the heap. */
void medium_note_freed(struct medium *m, size_t size);

/* Take out a chunk of this size's shelf if it has been closed; NULL if it is open or empty. */
struct link *medium_take_closed(struct medium *m, size_t size);

/* Take out any chunk; NULL when all shelves are empty. */
struct link *medium_take_any(struct medium *m);

#endif
