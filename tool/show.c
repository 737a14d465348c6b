/*
 * show.c - sizes, addresses, bars and foreign names as text.
 *
 * Names come from outside: a process may call itself what it likes, a file may have any bytes in its
 * name.  Printed as they are, they could move the cursor, change colours or end a line.  Here they
 * become text that does nothing but be read, before they meet a terminal or JSON.
 */
#include "show.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum option_key { KEY_JSON = 0x100, KEY_PLAIN, KEY_COLOUR };

/* In a group of their own, below the verb's. */
static const struct argp_option options[] = {
    {"bytes", 'b', NULL, 0, "Sizes in bytes", 50},
    {"quiet", 'q', NULL, 0, "No hints", 50},
    {"plain", KEY_PLAIN, NULL, 0, "Lines of fields between tabs, for other programs", 50},
    {"json", KEY_JSON, NULL, 0, "One JSON document", 50},
    {"color", KEY_COLOUR, "WHEN", 0, "Colors: auto (on a terminal), always or never", 50},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* https://no-color.org: set to anything but the empty string. */
static bool colour_by_default(void)
{
    const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(no_colour && no_colour[0]) &&
           !(terminal && strcmp(terminal, "dumb") == 0);
}

/* A program that never calls setlocale sees the C locale, which says nothing about the terminal. */
static bool locale_is_utf8(void)
{
    setlocale(LC_CTYPE, "");
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* --color overrides NO_COLOR, which is a wish for programs that were not asked. */
static error_t parse_colour(const char *when, struct show *show, struct argp_state *state)
{
    if (strcmp(when, "always") == 0)
        show->colour = true;
    else if (strcmp(when, "never") == 0)
        show->colour = false;
    else if (strcmp(when, "auto") == 0)
        show->colour = colour_by_default();
    else
        argp_error(state, "--color is auto, always or never, not \"%s\"", when);
    return 0;
}

/* The parent's parser has said where the input is before this one is asked for the first time. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct show *show = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        *show = (struct show){.colour = colour_by_default(), .utf8 = locale_is_utf8()};
        return 0;
    case 'b': show->bytes = true; return 0;
    case 'q': show->quiet = true; return 0;
    case KEY_PLAIN: show->format = SHOW_PLAIN; return 0;
    case KEY_JSON: show->format = SHOW_JSON; return 0;
    case KEY_COLOUR: return parse_colour(arg, show, state);
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp show_argp = {.options = options, .parser = parse};
const struct argp_child show_children[] = {{&show_argp, 0, NULL, 0}, {NULL, 0, NULL, 0}};

/* One decimal, but whole kibibytes as they are: sizes of mappings are whole pages. */
const char *show_size(const struct show *show, uint64_t bytes, char text[SHOW_NUMBER])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (show->bytes || bytes < 1024) {
        snprintf(text, SHOW_NUMBER, show->bytes ? "%" PRIu64 : "%" PRIu64 " B", bytes);
        return text;
    }
    size_t unit = 0;
    uint64_t scale = 1024;
    /* What would round to 1024.0 of a unit is 1.0 of the next. */
    while ((double)bytes / (double)scale >= 1023.95 && unit + 1 < sizeof units / sizeof *units) {
        scale *= 1024;
        unit++;
    }
    int decimals = unit == 0 && bytes % 1024 == 0 ? 0 : 1;
    snprintf(text, SHOW_NUMBER, "%.*f %s", decimals, (double)bytes / (double)scale, units[unit]);
    return text;
}

/* Groups of four digits, because twelve cannot be compared by eye. */
const char *show_address(uint64_t address, char text[SHOW_NUMBER])
{
    unsigned high = (unsigned)(address >> 32), middle = (unsigned)(address >> 16) & 0xffff;
    unsigned low = (unsigned)address & 0xffff;
    if (high)
        snprintf(text, SHOW_NUMBER, "%4x_%04x_%04x", high, middle, low);
    else
        snprintf(text, SHOW_NUMBER, "     %4x_%04x", middle, low);
    return text;
}

/* How letters of one to four bytes begin, and the least code each length may hold: a longer
 * spelling of a smaller code is none. */
static const struct {
    unsigned char mask, head;
    uint32_t least;
} letters[] = {
    {0x80, 0x00, 0x20},    /* 0xxxxxxx, without control characters */
    {0xe0, 0xc0, 0xa0},    /* 110xxxxx, without those of ISO 8859 */
    {0xf0, 0xe0, 0x800},   /* 1110xxxx */
    {0xf8, 0xf0, 0x10000}, /* 11110xxx */
};

enum { LETTER_BYTES = sizeof letters / sizeof *letters };

/* Neither a control character nor half of a pair of UTF-16. */
static bool is_printable(uint32_t code)
{
    return code != 0x7f && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

/* The code of the letter that has `more` bytes behind its first, or 0 if they do not belong to it.
 * The zero byte at the end of the text belongs to none. */
static uint32_t code_of(const unsigned char *text, size_t more)
{
    uint32_t code = text[0] & (unsigned char)~letters[more].mask;
    for (size_t i = 1; i <= more; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (text[i] & 0x3f);
    }
    return code;
}

/* How many bytes the UTF-8 letter at `text` has; 0 if it is none that may be printed. */
static size_t letter(const unsigned char *text)
{
    for (size_t more = 0; more < LETTER_BYTES; more++) {
        if ((text[0] & letters[more].mask) != letters[more].head)
            continue;
        uint32_t code = code_of(text, more);
        return code >= letters[more].least && is_printable(code) ? more + 1 : 0;
    }
    return 0;
}

const char *show_name(const struct show *show, const char *name, char text[SHOW_NAME])
{
    size_t n = 0;
    while (*name && n + sizeof "..." + 4 < SHOW_NAME) {
        size_t length = letter((const unsigned char *)name);
        /* What is skipped is one byte: the next may begin a letter again. */
        if (length == 0 || (length > 1 && !show->utf8)) {
            text[n++] = '?';
            name += length ? length : 1;
            continue;
        }
        memcpy(text + n, name, length);
        n += length;
        name += length;
    }
    strcpy(text + n, *name ? "..." : "");
    return text;
}

/* Lines, arrows and dots have stand-ins on old terminals and in logs. */
const char *show_glyph(const struct show *show, const char *utf8, const char *ascii)
{
    return show->utf8 ? utf8 : ascii;
}

/* Half a step is rounded up, and ASCII has only whole ones. */
int show_bar(const struct show *show, FILE *out, uint64_t part, uint64_t whole, int columns)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    double share = whole ? (double)part / (double)whole : 0;
    int steps = (int)((share > 1 ? 1 : share) * columns * 8 + 0.5);
    /* What is there at all is to be seen. */
    if (part > 0 && steps == 0)
        steps = 1;
    int full = show->utf8 ? steps / 8 : (steps + 7) / 8, rest = show->utf8 ? steps % 8 : 0;
    for (int i = 0; i < full; i++)
        fputs(show->utf8 ? "█" : "#", out);
    fputs(eighths[rest], out);
    return full + (rest > 0);
}

/* Every byte but the ones that continue a letter; no letter that is written here is wide. */
int show_columns(const char *text)
{
    int columns = 0;
    for (; *text; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

void show_padded(FILE *out, const char *text, int columns)
{
    int blank = abs(columns) - show_columns(text);
    if (columns < 0)
        fprintf(out, "%*s", blank > 0 ? blank : 0, "");
    fputs(text, out);
    if (columns > 0)
        fprintf(out, "%*s", blank > 0 ? blank : 0, "");
}

/* The eight colours that every terminal has, so that the user's own palette is kept. */
const char *show_style(const struct show *show, enum show_style style)
{
    static const char *const codes[] = {"\033[0m",  "\033[1m",  "\033[2m",  "\033[31m",
                                        "\033[32m", "\033[33m", "\033[34m", "\033[36m"};
    return show->colour ? codes[style] : "";
}
