/*
 * top_screen.c - where each part stands.
 *
 *      ashlar top - frag (16333) - glibc 2.36 - every 1 s           q quit  ? help
 *      RSS 44.4 MiB  live 4.5 MiB  retained 33.9 MiB  cached 437.4 KiB
 *      graph                                             | verdict
 *      ...                                               | what helps
 *      arena          live       free    retained   resident     mapped  threads
 *      ...
 *      heap map
 *      F1 memory F2 arenas F3 regions F4 bins F5 threads   heap every 5 s CPU 0.3 %
 *
 * What the screen has no room for is left out from the bottom up: the figures come first.
 */
#include "top_screen.h"

#include <curses.h>
#include <stdio.h>
#include <string.h>

/* At 80 columns the graph has 52 of them, and the verdict the rest. */
/* Columns of the verdict, and of a screen that has room for it; lines of the others. */
enum { VERDICT = 27, WIDE = 70, MAP = 2, GRAPH_MIN = 4, ARENAS_MAX = 6 };

/* Both ends of the line are worth more than its middle. */
static void draw_title(const struct top_screen *screen, const struct box *all)
{
    const struct top_watch *watch = screen->watch;
    struct box line = {all->y, all->x, 1, all->width};
    char name[SHOW_NAME], allocator[SHOW_NAME];
    for (int x = 0; x < line.width; x++)
        paint_text(&line, 0, x, PAINT_KEYS, " ");
    paint_format(&line, 0, 1, PAINT_KEYS, "ashlar top - %s (%d) - %s - every %g s",
                 show_name(watch->show, watch->account.name, name), (int)watch->account.pid,
                 show_name(watch->show, watch->account.allocator, allocator), screen->interval);
    paint_right(&line, 0, PAINT_KEYS, screen->paused ? " PAUSED  q quit " : " q quit  ? help ");
}

/* The figures of the last tick, or that there will be no other. */
static void draw_figures(const struct top_watch *watch, const struct box *line)
{
    const struct top_sample *now = top_sample(watch, 0);
    char rss[SHOW_NUMBER], live[SHOW_NUMBER], kept[SHOW_NUMBER], cached[SHOW_NUMBER];
    if (watch->ended) {
        paint_format(line, 0, 0, PAINT_WARNING,
                     "the process has ended: this is what was seen last");
        return;
    }
    show_size(watch->show, now ? now->resident : 0, rss);
    if (!watch->account.heap_known) {
        paint_format(line, 0, 0, PAINT_PLAIN, "RSS %s   its heap cannot be read", rss);
        return;
    }
    paint_format(line, 0, 0, PAINT_PLAIN, "RSS %s  live %s  retained %s  cached %s", rss,
                 show_size(watch->show, now ? now->live : 0, live),
                 show_size(watch->show, now ? now->retained : 0, kept),
                 show_size(watch->show, watch->account.cached, cached));
}

/* The sentence, then the weightiest cause. */
static void draw_verdict(const struct top_watch *watch, const struct box *box)
{
    int y = paint_paragraph(box, 0, PAINT_PLAIN, watch->verdict);
    paint_paragraph(box, y + (box->height > 8), PAINT_TITLE, watch->advice);
}

/* Beside the graph where there is room, and below it otherwise not at all. */
static void draw_upper(const struct top_watch *watch, const struct box *box)
{
    struct box graph = *box, verdict = *box;
    if (box->width >= WIDE) {
        graph.width = box->width - VERDICT - 2;
        verdict.x = box->x + graph.width + 2;
        verdict.width = VERDICT;
        for (int y = 0; y < box->height; y++)
            paint_text(box, y, graph.width, PAINT_PLAIN, show_glyph(watch->show, "│", "|"));
        draw_verdict(watch, &verdict);
    }
    top_draw_graph(watch, &graph);
}

/* The graph takes what arenas and the map leave. */
static void draw_memory(const struct top_watch *watch, struct box box)
{
    int arenas =
        (int)(watch->account.arena_count < ARENAS_MAX ? watch->account.arena_count : ARENAS_MAX);
    /* The head, and at least one line that says why there is none. */
    int lower = (arenas > 0 ? arenas : 1) + 1;
    int map = box.height >= GRAPH_MIN + lower + MAP + 1 ? MAP + 1 : 0;
    if (box.height < GRAPH_MIN + lower + map)
        lower = 0;
    struct box upper = {box.y, box.x, box.height - lower - map, box.width};
    struct box table = {box.y + upper.height, box.x, lower, box.width};
    struct box cells = {table.y + lower + 1, box.x, map ? MAP : 0, box.width};
    draw_upper(watch, &upper);
    top_draw_arenas(watch, &table, 0);
    top_draw_map(watch, &cells);
}

/* Instead of the parts; the title and the figures stay. */
static void draw_help(const struct box *box)
{
    static const char *const lines[] = {
        "q          quit",
        "space      pause: the picture stands still",
        "+ -        more seconds between ticks, or fewer",
        "F1 or m    memory: graph, verdict, arenas, heap map",
        "F2 or a    all arenas          F3 or r    all regions, as in ashlar map",
        "F4 or b    bins                F5 or t    threads and their caches",
        "arrows     and Page Up, Page Down, the mouse's wheel: move in a table",
        "w          write a snapshot:   ashlar explain FILE.asnap  shows it later",
        "? or h     this page; the words of the last line can be clicked",
        "",
        "graph      below: live; above it: the rest of RSS",
        "heap map   low blocks: little is live; a dot: nothing is; T: the top chunk",
        "RSS is read at every tick, the heap as often as costs half a percent of one",
        "processor.  Nothing is stopped.  Memory can be returned from inside only: call",
        "malloc_trim(0), or  gdb -p PID -batch -ex 'call (int)malloc_trim(0)'",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        paint_text(box, (int)i, 1, PAINT_PLAIN, lines[i]);
}

/* The pages as the last line names them, and the key that stands for each. */
static const struct {
    const char *word;
    int key;
} pages[] = {{"F1 memory", 'm'}, {"F2 arenas", 'a'},  {"F3 regions", 'r'},
             {"F4 bins", 'b'},   {"F5 threads", 't'}, {"? keys", '?'}};

enum { PAGES = sizeof pages / sizeof *pages };

/* Behind the words there is one column. */
int top_key_at(int y, int x)
{
    int left = 1;
    if (y == 0 && x >= COLS - 16)
        return x < COLS - 9 ? 'q' : '?';
    for (size_t i = 0; y == LINES - 1 && i < PAGES; i++) {
        int length = (int)strlen(pages[i].word);
        if (x >= left && x < left + length)
            return pages[i].key;
        left += length + 1;
    }
    return 0;
}

/* How often the heap is read, and what we ourselves cost; narrower screens tell less. */
static void draw_cost(const struct top_screen *screen, const struct box *line, int left)
{
    char text[64];
    double pause = top_pause(screen->watch), share = top_own_share(screen->watch);
    int n = snprintf(text, sizeof text, " heap every %.0f s CPU %.1f %% ",
                     pause > screen->interval ? pause : screen->interval, share);
    if (left + n > line->width)
        n = snprintf(text, sizeof text, " CPU %.1f %% ", share);
    paint_right(line, 0, PAINT_KEYS, text);
}

/* Keys at the left, or what the last one did. */
static void draw_footer(const struct top_screen *screen, const struct box *all)
{
    struct box line = {all->y + all->height - 1, all->x, 1, all->width};
    char name[SHOW_NAME];
    int x = 1;
    for (int i = 0; i < line.width; i++)
        paint_text(&line, 0, i, PAINT_KEYS, " ");
    if (screen->message[0]) {
        paint_text(&line, 0, 1, PAINT_KEYS, show_name(screen->watch->show, screen->message, name));
        return;
    }
    for (size_t i = 0; i < PAGES; i++) {
        paint_text(&line, 0, x, PAINT_KEYS, pages[i].word);
        x += (int)strlen(pages[i].word) + 1;
    }
    draw_cost(screen, &line, x);
}

/* The page's table; how many lines it has. */
static size_t draw_page(const struct top_screen *screen, const struct box *middle)
{
    switch (screen->page) {
    case TOP_MEMORY: draw_memory(screen->watch, *middle); break;
    case TOP_ARENAS: return top_draw_arenas(screen->watch, middle, screen->first);
    case TOP_REGIONS: return top_draw_regions(screen->watch, middle, screen->first);
    case TOP_BINS: return top_draw_bins(screen->watch, middle, screen->first);
    case TOP_THREADS: return top_draw_threads(screen->watch, middle, screen->first);
    case TOP_HELP: draw_help(middle); break;
    }
    return 0;
}

void top_draw(struct top_screen *screen)
{
    struct box all = {0, 0, LINES, COLS}, figures = {1, 1, LINES > 2, COLS - 2};
    struct box middle = {3, 1, LINES - 5, COLS - 2};
    /* ncurses compares with what is on the terminal, and sends the difference. */
    erase();
    draw_title(screen, &all);
    draw_figures(screen->watch, &figures);
    size_t count = draw_page(screen, &middle);
    if (screen->first >= count)
        screen->first = count > 0 ? count - 1 : 0;
    if (LINES > 1)
        draw_footer(screen, &all);
    refresh();
}
