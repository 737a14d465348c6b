/*
 * ps_out.c - the list of processes as text, as fields between tabs, and as JSON.
 *
 *         PID USER      RSS MiB     LIVE RETAINED  ALLOCATOR             COMMAND
 *       16333 root         44.5      4.8     34.0  glibc 2.36 (4 arenas) ./frag 8
 *
 * The columns of numbers have fixed widths; the allocators' is as wide as they need, and the command
 * lines get what is left of the terminal, or of 80 columns.
 */
#include "json_out.h"
#include "ps_view.h"

#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS = 80, USER = 8, ALLOCATOR = 24 };

/* Arenas only where there are several: one is what everybody has. */
const char *ps_allocator(const struct ps_row *row, char text[ALLOCATOR_TEXT + 32])
{
    char name[ALLOCATOR_TEXT];
    if (!row->readable)
        return "-";
    allocator_text(&row->allocator, name);
    if (row->measured && row->heap.arenas > 1)
        snprintf(text, ALLOCATOR_TEXT + 32, "%s (%u arenas)", name, row->heap.arenas);
    else
        snprintf(text, ALLOCATOR_TEXT + 32, "%s", name);
    return text;
}

/* As wide as the terminal, for the command lines; 80 columns where there is none. */
static int columns(void)
{
    struct winsize window;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0;
    return known && window.ws_col > COLUMNS ? window.ws_col : COLUMNS;
}

/* All in one unit, so that a column can be compared at a glance. */
static void print_number(const struct show *show, bool known, uint64_t bytes, int width)
{
    char text[SHOW_NUMBER] = "-";
    if (known && show->bytes)
        snprintf(text, sizeof text, "%" PRIu64, bytes);
    else if (known)
        snprintf(text, sizeof text, "%.1f", (double)bytes / (1 << 20));
    show_padded(stdout, text, -width);
}

/* Cut to what the line still has room for; a letter is never cut in two. */
static void print_command(const struct show *show, const char *command, int room)
{
    char text[SHOW_NAME];
    show_name(show, command, text);
    char *end = text;
    while (*end && room > 0) {
        end++;
        while ((*end & 0xc0) == 0x80)
            end++;
        room--;
    }
    *end = '\0';
    printf(" %s\n", text);
}

/* The widths that depend on what is printed. */
struct widths {
    int number, allocator, command;
};

/* Measured before anything is printed, because each line needs the widest one's width. */
static struct widths widths_for(const struct show *show, const struct ps_row *rows, size_t count)
{
    struct widths widths = {.number = show->bytes ? 13 : 9, .allocator = 9};
    for (size_t i = 0; i < count; i++) {
        char text[ALLOCATOR_TEXT + 32];
        int columns = show_columns(ps_allocator(&rows[i], text));
        if (columns > widths.allocator)
            widths.allocator = columns < ALLOCATOR ? columns : ALLOCATOR;
    }
    widths.command = columns() - (8 + USER + 3 * widths.number + 2 + widths.allocator + 1);
    return widths;
}

/* An allocator with a long name takes its columns from the command. */
static void print_row(const struct show *show, const struct ps_row *row, struct widths widths)
{
    char user[33], text[ALLOCATOR_TEXT + 32];
    const struct process *process = &row->process;
    const char *allocator = ps_allocator(row, text);
    printf("%7d %-*.*s", (int)process->pid, USER, USER, process_user(process->user, user));
    print_number(show, true, process->resident, widths.number);
    print_number(show, row->measured, row->heap.live, widths.number);
    print_number(show, row->measured, row->heap.retained, widths.number);
    printf("  ");
    show_padded(stdout, allocator, widths.allocator);
    int more = show_columns(allocator) - widths.allocator;
    print_command(show, process->command, widths.command - (more > 0 ? more : 0));
}

void ps_print_text(const struct show *show, const struct ps_row *rows, size_t count)
{
    struct widths widths = widths_for(show, rows, count);
    printf("%s%7s %-*s%*s%*s%*s  %-*s COMMAND%s\n", show_style(show, STYLE_BOLD), "PID", USER,
           "USER", widths.number, show->bytes ? "RSS" : "RSS MiB", widths.number, "LIVE",
           widths.number, "RETAINED", widths.allocator, "ALLOCATOR", show_style(show, STYLE_NONE));
    for (size_t i = 0; i < count; i++)
        print_row(show, &rows[i], widths);
}

/* A dash, as in the text: 0 would be an answer. */
static void plain_number(bool known, uint64_t bytes)
{
    if (known)
        printf("\t%" PRIu64, bytes);
    else
        printf("\t-");
}

void ps_print_plain(const struct show *show, const struct ps_row *rows, size_t count)
{
    printf("pid\tuser\tresident\tlive\tretained\tallocator\tcommand\n");
    for (size_t i = 0; i < count; i++) {
        const struct ps_row *row = &rows[i];
        char user[33], text[ALLOCATOR_TEXT + 32], command[SHOW_NAME];
        printf("%d\t%s", (int)row->process.pid, process_user(row->process.user, user));
        plain_number(true, row->process.resident);
        plain_number(row->measured, row->heap.live);
        plain_number(row->measured, row->heap.retained);
        printf("\t%s\t%s\n", ps_allocator(row, text),
               show_name(show, row->process.command, command));
    }
}

/* A process that may not be looked at has what everybody may see of it, and nulls. */
static json_t *json_row(const struct ps_row *row)
{
    char user[33];
    json_t *object = json_object();
    json_put(object, "pid", json_integer(row->process.pid));
    json_put(object, "user", json_name(process_user(row->process.user, user)));
    json_put(object, "name", json_name(row->process.name));
    json_put(object, "command", json_name(row->process.command));
    json_put(object, "resident", json_size(row->process.resident));
    json_put(object, "live", row->measured ? json_size(row->heap.live) : json_null());
    json_put(object, "retained", row->measured ? json_size(row->heap.retained) : json_null());
    json_put(object, "arenas", row->measured ? json_integer(row->heap.arenas) : json_null());
    json_put(object, "allocator", row->readable ? json_allocator(&row->allocator) : json_null());
    return object;
}

void ps_print_json(const struct ps_row *rows, size_t count)
{
    json_t *document = json_document("ashlar.ps/1"), *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_append(list, json_row(&rows[i]));
    json_put(document, "processes", list);
    json_print(document);
}
