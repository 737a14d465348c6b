/* top_paint.c - a thin layer over ncurses that cuts instead of wrapping. */
#include "top_paint.h"

#include "show.h"

#include <curses.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Set once, when the screen begins. */
static bool has_colour;

/* Pairs of colours by paint; -1 is the terminal's own. */
static const struct {
    short front, back;
    attr_t without; /* where there are no colours */
} paints[PAINTS] = {
    [PAINT_PLAIN] = {-1, -1, A_NORMAL},
    [PAINT_TITLE] = {COLOR_CYAN, -1, A_BOLD},
    [PAINT_LIVE] = {COLOR_GREEN, -1, A_NORMAL},
    [PAINT_REST] = {COLOR_BLUE, -1, A_NORMAL},
    [PAINT_EDGE] = {COLOR_GREEN, COLOR_BLUE, A_NORMAL},
    [PAINT_WARNING] = {COLOR_RED, -1, A_BOLD},
    [PAINT_KEYS] = {COLOR_BLACK, COLOR_CYAN, A_REVERSE},
};

/* use_default_colors lets the terminal keep its own background. */
void paint_begin(bool colour)
{
    has_colour = colour && has_colors() && start_color() == OK && use_default_colors() == OK;
    for (short i = 1; has_colour && i < PAINTS; i++)
        init_pair(i, paints[i].front, paints[i].back);
}

bool paint_has_colour(void)
{
    return has_colour;
}

/* How many bytes of the text fill at most that many columns. */
static int bytes_of(const char *text, int columns)
{
    int n = 0;
    while (text[n] && (columns > 0 || ((unsigned char)text[n] & 0xc0) == 0x80)) {
        columns -= ((unsigned char)text[n] & 0xc0) != 0x80;
        n++;
    }
    /* The bytes that continue the last letter belong to it. */
    while (((unsigned char)text[n] & 0xc0) == 0x80)
        n++;
    return n;
}

/* Never past the box, nor past the screen: ncurses would wrap. */
void paint_text(const struct box *box, int y, int x, enum paint paint, const char *text)
{
    int room = box->width - x, screen = COLS - box->x - x;
    attr_t look = has_colour ? COLOR_PAIR(paint) : paints[paint].without;
    if (y < 0 || y >= box->height || box->y + y >= LINES || x < 0)
        return;
    room = room < screen ? room : screen;
    if (room <= 0)
        return;
    attron(look);
    mvaddnstr(box->y + y, box->x + x, text, bytes_of(text, room));
    attroff(look);
}

void paint_format(const struct box *box, int y, int x, enum paint paint, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    paint_text(box, y, x, paint, text);
}

void paint_right(const struct box *box, int y, enum paint paint, const char *text)
{
    paint_text(box, y, box->width - show_columns(text), paint, text);
}

/* A word that is longer than a line is cut. */
int paint_paragraph(const struct box *box, int y, enum paint paint, const char *text)
{
    int x = 0;
    while (*text && y < box->height) {
        char word[128];
        size_t n = strcspn(text, " ");
        snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), text);
        int columns = show_columns(word);
        if (x > 0 && x + 1 + columns > box->width) {
            y++;
            x = 0;
        }
        x += x > 0;
        paint_text(box, y, x, paint, word);
        x += columns;
        text += n + strspn(text + n, " ");
    }
    return y + 1;
}
