/*
 * top_graph.c - what changes with time as columns, and what lies in the heap as a line.
 *
 *     44.5 MiB |      ▂▆█████        one column a tick, the newest at the right
 *              |  ▃▆█████████        an eighth of a line is the smallest step
 *          0   |▄▄████▄▄▄▄▄▄▄        live below, the rest of RSS above it
 *
 *     ▇▅▂▁····▃▇▇▁·········T         live in eighths of a cell, nothing live, the top
 */
#include "top_screen.h"

#include <stdio.h>

/* Steps of a cell, and columns of the scale at the left. */
enum { EIGHTHS = 8, SCALE = 11 };

static const char *const levels[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

/* The largest RSS of the columns that are seen: the scale follows what is on the screen. */
static uint64_t largest(const struct top_watch *watch, int columns)
{
    uint64_t most = 1;
    for (int i = 0; i < columns; i++) {
        const struct top_sample *sample = top_sample(watch, (size_t)i);
        if (sample && sample->resident > most)
            most = sample->resident;
    }
    return most;
}

/* How many eighths of the line that begins at `base` are filled. */
static int filled(uint64_t value, uint64_t most, int lines, int base)
{
    int steps = (int)((double)value / (double)most * lines * EIGHTHS + 0.5) - base;
    return steps < 0 ? 0 : steps > EIGHTHS ? EIGHTHS : steps;
}

/* Without colours or without block letters the two are told apart by the letter. */
static void draw_simple(const struct top_watch *watch, const struct box *box, int y, int x,
                        int rest, int live)
{
    if (live >= EIGHTHS / 2)
        paint_text(box, y, x, PAINT_LIVE, show_glyph(watch->show, "█", "#"));
    else if (rest >= EIGHTHS / 2)
        paint_text(box, y, x, PAINT_REST, show_glyph(watch->show, "▒", ":"));
}

/* One cell.  Where the border of both lies in it, live stands before the rest. */
static void draw_cell(const struct top_watch *watch, const struct box *box, int y, int x, int rest,
                      int live)
{
    if (!watch->show->utf8 || !paint_has_colour())
        draw_simple(watch, box, y, x, rest, live);
    else if (live == 0)
        paint_text(box, y, x, PAINT_REST, levels[rest]);
    else
        paint_text(box, y, x, live < EIGHTHS && rest == EIGHTHS ? PAINT_EDGE : PAINT_LIVE,
                   levels[live]);
}

/* From the bottom up, line by line. */
static void draw_column(const struct top_watch *watch, const struct box *box, int x,
                        const struct top_sample *sample, uint64_t most)
{
    for (int line = 0; line < box->height; line++) {
        int base = line * EIGHTHS;
        draw_cell(watch, box, box->height - 1 - line, x,
                  filled(sample->resident, most, box->height, base),
                  filled(sample->live, most, box->height, base));
    }
}

/* The newest tick stands at the right edge and moves left. */
void top_draw_graph(const struct top_watch *watch, const struct box *box)
{
    char text[SHOW_NUMBER];
    struct box plot = {box->y, box->x + SCALE, box->height, box->width - SCALE};
    if (plot.width <= 0 || plot.height <= 0)
        return;
    uint64_t most = largest(watch, plot.width);
    paint_format(box, 0, 0, PAINT_PLAIN, "%9s", show_size(watch->show, most, text));
    paint_format(box, box->height - 1, 0, PAINT_PLAIN, "%9s", "0");
    for (int i = 0; i < box->height; i++)
        paint_text(box, i, SCALE - 1, PAINT_PLAIN, show_glyph(watch->show, "│", "|"));
    for (int x = 0; x < plot.width; x++) {
        const struct top_sample *sample = top_sample(watch, (size_t)(plot.width - 1 - x));
        if (sample)
            draw_column(watch, &plot, x, sample, most);
    }
}

/* The fine cells from `first` to `last` as one. */
static const char *cell_glyph(const struct top_watch *watch, size_t first, size_t last)
{
    uint64_t live = 0, size = 0;
    bool is_top = false;
    for (size_t i = first; i < last; i++) {
        live += watch->cells[i].live;
        size += watch->cells[i].size;
        is_top = is_top || watch->cells[i].is_top;
    }
    if (is_top)
        return "T";
    if (live == 0)
        return show_glyph(watch->show, "·", ".");
    /* What is there at all is to be seen. */
    uint64_t level = size ? live * EIGHTHS / size : 0;
    level = level < 1 ? 1 : level > EIGHTHS ? EIGHTHS : level;
    return show_glyph(watch->show, levels[level], level >= EIGHTHS / 2 ? "#" : "+");
}

/* As many columns as there are, and never more than cells. */
void top_draw_map(const struct top_watch *watch, const struct box *box)
{
    size_t columns = box->width > 0 ? (size_t)box->width : 0, n = watch->cell_count;
    char text[SHOW_NUMBER];
    if (n == 0 || columns == 0) {
        paint_text(box, 0, 0, PAINT_TITLE, "heap map: no arena");
        return;
    }
    columns = columns < n ? columns : n;
    uint64_t each = watch->cells[0].size * n / columns;
    paint_format(box, 0, 0, PAINT_TITLE, "heap map: arena %s, one cell %s", watch->map_arena,
                 show_size(watch->show, each, text));
    for (size_t x = 0; x < columns; x++) {
        const char *glyph = cell_glyph(watch, x * n / columns, (x + 1) * n / columns);
        paint_text(box, 1, (int)x, glyph[0] == 'T' ? PAINT_REST : PAINT_LIVE, glyph);
    }
}
