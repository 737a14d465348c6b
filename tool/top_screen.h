/* top_screen.h - the live view on the screen: which parts, where, and how they look. */
#ifndef TOOL_TOP_SCREEN_H
#define TOOL_TOP_SCREEN_H

#include "top_paint.h"
#include "top_watch.h"

enum top_page {
    TOP_MEMORY, /* graph, verdict, arenas, heap map */
    TOP_ARENAS, /* all arenas */
    TOP_REGIONS,
    TOP_BINS,    /* where free chunks wait */
    TOP_THREADS, /* and their caches */
    TOP_HELP,
};

struct top_screen {
    struct top_watch *watch;
    enum top_page page;
    double interval; /* seconds between ticks */
    bool paused;
    size_t first;                /* the line of a table that is shown first */
    char message[NAME_MAX + 64]; /* about the last key; empty = none */
};

/* Draw everything anew; ncurses sends what has changed.  Where the table ends is corrected. */
void top_draw(struct top_screen *screen);

/* Which key stands for what is written at that place of the screen; 0 = none. */
int top_key_at(int y, int x);

/* Parts of it, in files of their own. */
void top_draw_graph(const struct top_watch *watch, const struct box *box);
void top_draw_map(const struct top_watch *watch, const struct box *box);

/* Tables, from their line `first` on.  How many lines there are. */
size_t top_draw_arenas(const struct top_watch *watch, const struct box *box, size_t first);
size_t top_draw_regions(const struct top_watch *watch, const struct box *box, size_t first);
size_t top_draw_bins(const struct top_watch *watch, const struct box *box, size_t first);
size_t top_draw_threads(const struct top_watch *watch, const struct box *box, size_t first);

#endif
