/* top_screen.h - the live view on the screen: which parts, where, and how they look. */
#ifndef TOOL_TOP_SCREEN_H
#define TOOL_TOP_SCREEN_H

#include "top_paint.h"
#include "top_watch.h"

enum top_page {
    TOP_MEMORY, /* graph, verdict, arenas, heap map */
    TOP_ARENAS, /* all arenas */
    TOP_REGIONS,
    TOP_HELP,
};

struct top_screen {
    const struct top_watch *watch;
    enum top_page page;
    double interval; /* seconds between ticks */
    bool paused;
};

/* Draw everything anew; ncurses sends what has changed. */
void top_draw(const struct top_screen *screen);

/* Parts of it, in files of their own. */
void top_draw_graph(const struct top_watch *watch, const struct box *box);
void top_draw_map(const struct top_watch *watch, const struct box *box);
void top_draw_arenas(const struct top_watch *watch, const struct box *box);
void top_draw_regions(const struct top_watch *watch, const struct box *box);

#endif
