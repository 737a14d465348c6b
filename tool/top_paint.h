/*
 * top_paint.h - text into rectangles of the screen; what does not fit is cut, so that no size of a
 * terminal is too small.
 */
#ifndef TOOL_TOP_PAINT_H
#define TOOL_TOP_PAINT_H

#include <stdbool.h>

/* A rectangle of the screen; it may be empty, or lie outside. */
struct box {
    int y, x, height, width;
};

enum paint {
    PAINT_PLAIN,
    PAINT_TITLE,   /* names of parts */
    PAINT_LIVE,    /* what the program uses */
    PAINT_REST,    /* the rest of RSS */
    PAINT_EDGE,    /* live before the rest: both colours in one cell */
    PAINT_WARNING, /* the process has ended */
    PAINT_KEYS,    /* the first and the last line */
    PAINTS,
};

/* Set the colours up, if there are to be any. */
void paint_begin(bool colour);
bool paint_has_colour(void);

/* Write at a place of the box; what is longer than the rest of the line is cut. */
void paint_text(const struct box *box, int y, int x, enum paint paint, const char *text);
__attribute__((format(printf, 5, 6))) void paint_format(const struct box *box, int y, int x,
                                                        enum paint paint, const char *format, ...);

/* Write at the line's end. */
void paint_right(const struct box *box, int y, enum paint paint, const char *text);

/* Break the text at blanks, from line y on.  The line behind the last. */
int paint_paragraph(const struct box *box, int y, enum paint paint, const char *text);

#endif
