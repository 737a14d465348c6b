/*
 * show.h - text for people's eyes and for other programs: how numbers, bars and names are written.
 *
 * Every verb that shows something takes the options of show_argp and asks here, so that all of them
 * write alike: 80 columns, binary units with one decimal, colour on a terminal only, ASCII where
 * the locale is not UTF-8.
 */
#ifndef TOOL_SHOW_H
#define TOOL_SHOW_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum show_format {
    SHOW_TEXT,  /* for people */
    SHOW_PLAIN, /* lines of fields between tabs, the first line names them */
    SHOW_JSON,
};

struct show {
    enum show_format format;
    bool bytes;  /* -b: numbers in bytes, without units */
    bool quiet;  /* -q: no hints */
    bool utf8;   /* else ASCII only */
    bool colour; /* else no escape sequences */
};

enum show_style {
    STYLE_NONE,
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_RED,
    STYLE_GREEN,
    STYLE_YELLOW,
    STYLE_BLUE,
    STYLE_CYAN
};

/* What makes a noun behind this number a plural: "s", or nothing behind 1. */
static inline const char *show_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* The options that all verbs share, for the `children` of the verb's own struct argp.  Their input
 * is a struct show, which is set up completely; the verb's parser says where, at ARGP_KEY_INIT:
 *     state->child_inputs[0] = &request->show; */
extern const struct argp_child show_children[];

/* Space for any one number or name below. */
enum { SHOW_NUMBER = 32, SHOW_NAME = 512 };

/* "400 B", "132 KiB", "27.3 MiB", or the bytes alone with -b. */
const char *show_size(const struct show *show, uint64_t bytes, char text[SHOW_NUMBER]);

/* "7ffe_4abe_5000": 14 columns, right-aligned. */
const char *show_address(uint64_t address, char text[SHOW_NUMBER]);

/* A name from outside (a process, a file) made fit for a terminal and for JSON: control characters
 * and what is not UTF-8 become '?', and what is longer ends in "...". */
const char *show_name(const struct show *show, const char *name, char text[SHOW_NAME]);

/* The UTF-8 text where it can be shown, else the ASCII one. */
const char *show_glyph(const struct show *show, const char *utf8, const char *ascii);

/* Print a bar that is as long among `columns` columns as part is of whole: eighths of a block, or
 * '#'.  Nothing fills the rest; how many columns it took is returned. */
int show_bar(const struct show *show, FILE *out, uint64_t part, uint64_t whole, int columns);

/* How many columns the UTF-8 text takes. */
int show_columns(const char *text);

/* Print the text in that many columns: left-aligned, or right-aligned if columns is negative.  A
 * longer text is not cut. */
void show_padded(FILE *out, const char *text, int columns);

/* What begins a style, STYLE_NONE ends it; empty without colour. */
const char *show_style(const struct show *show, enum show_style style);

#endif
