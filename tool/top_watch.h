/*
 * top_watch.h - what the live view knows: the figures of now, and those of the last minutes.
 *
 * RSS is asked of the kernel at every tick, which costs microseconds.  The heap is read as often as
 * one two-hundredth of a processor pays for, because a heap of a gigabyte takes a second:
 *
 *     tick   |    |    |    |    |    |    |    |    |
 *     RSS    x    x    x    x    x    x    x    x    x
 *     heap   xx                       xx
 *              '--- 200 times as long --'
 */
#ifndef TOOL_TOP_WATCH_H
#define TOOL_TOP_WATCH_H

#include "account.h"
#include "top_details.h"

enum { TOP_HISTORY = 512, TOP_CELLS = 512 };

/* One tick. */
struct top_sample {
    uint64_t resident, live, retained;
};

/* One piece of the largest arena. */
struct top_cell {
    uint64_t live, size; /* bytes; the rest is free */
    bool is_top;         /* the top chunk reaches into it */
};

struct top_watch {
    struct target *target;
    const struct show *show;
    struct account account;                 /* of the last reading */
    struct top_details details;             /* of the same one */
    char verdict[512];                      /* its sentence */
    char advice[512];                       /* the weightiest cause and what helps */
    struct top_sample history[TOP_HISTORY]; /* a ring: tick n stands at n % TOP_HISTORY */
    size_t ticks;                           /* how many there were */
    struct top_cell cells[TOP_CELLS];       /* low addresses first */
    size_t cell_count;
    char map_arena[24];      /* which arena that is */
    bool ended;              /* the process is gone; what is known stays */
    double started;          /* seconds of the monotonic clock */
    double read_at, read_in; /* when the heap was read last, and what that cost */
};

/* The first look.  False if the process is gone. */
bool top_begin(struct top_watch *watch, struct target *target, const struct show *show);

/* One more tick; does nothing when the process has ended. */
void top_tick(struct top_watch *watch);

/* Write a snapshot of now into the current directory.  Its name, or NULL if the process has ended; if
 * the file cannot be written, say why and exit. */
const char *top_keep(struct top_watch *watch, char name[NAME_MAX + 1]);

/* The share of one processor that we ourselves have used since the beginning, in percent. */
double top_own_share(const struct top_watch *watch);

/* Seconds between two readings of the heap, at least. */
double top_pause(const struct top_watch *watch);

/* The sample `back` ticks ago, or NULL if there was none. */
const struct top_sample *top_sample(const struct top_watch *watch, size_t back);

/* Seconds of a clock that nobody sets. */
double top_now(void);

void top_end(struct top_watch *watch);

#endif
