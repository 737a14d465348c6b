/*
 * swing.h - a top that is given back and asked for again, over and over.
 *
 * Every such swing costs two system calls and a page fault for each page of it.  When what was
 * trimmed has been needed again within a second, RETURNS times in a row, so much is held back from
 * the next trims; after a second in which it was not asked for, it goes back after all.
 *
 * Nothing is held back in classic mode, nor when the program has set a threshold itself.  The
 * arena's lock protects it.
 */
#ifndef ASHLAR_SWING_H
#define ASHLAR_SWING_H

#include "base.h"

struct swing {
    size_t system;       /* the most bytes the arena ever had: set by arena.c */
    size_t hold;         /* bytes to leave in the top beyond its pad */
    size_t trimmed;      /* bytes trimmed since the top last had to grow */
    uint64_t trimmed_at; /* when the last of it was, in milliseconds */
    uint64_t held_at;    /* when there was reason to hold */
    unsigned returns;    /* how often in a row what was trimmed came back soon */
};

/* The top was trimmed by so many bytes. */
void swing_trimmed(struct swing *s, size_t bytes);

/* The top had to grow. */
void swing_grown(struct swing *s);

/* How many bytes of the `spare` beyond the pad the next trim leaves. */
size_t swing_hold(struct swing *s, size_t spare);

#endif
