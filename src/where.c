/*
 * where.c - the lines of /proc/self/maps, one after the other, in a buffer of our own.
 */
#include "where.h"

#include "file.h"

#include <stdlib.h>
#include <string.h>

/* A line holds no more than five numbers and a path. */
enum { LINE_MAX_BYTES = 256 + 4096, PATH_BYTES = 256 };
static_assert(sizeof(((struct line *)NULL)->text) >= 2 * 256 + 64, "a frame fits in a line");

/* What has been read so far: one file's first page comes before its others. */
struct search {
    uintptr_t wanted, first; /* `first`: where the file of the current line begins */
    bool found;
    char path[PATH_BYTES];
};

/* One line, "START-END RIGHTS OFFSET DEVICE INODE PATH". */
static void read_line(struct search *s, const char *line)
{
    char *after;
    uintptr_t start = (uintptr_t)strtoull(line, &after, 16);
    uintptr_t end = *after == '-' ? (uintptr_t)strtoull(after + 1, &after, 16) : 0;
    const char *path = strchr(line, '/');
    if (!path) {
        s->path[0] = '\0';
        return;
    }
    if (strncmp(path, s->path, PATH_BYTES - 1) != 0) {
        s->first = start;
        strncpy(s->path, path, PATH_BYTES - 1);
    }
    s->found = s->wanted >= start && s->wanted < end;
}

/* Whole lines are read; what is left of the last one goes to the front.  Returns its length. */
static size_t read_lines(struct search *s, char *text, size_t length)
{
    char *line = text, *end;
    assert(length < LINE_MAX_BYTES);
    text[length] = '\0';
    while (!s->found && (end = memchr(line, '\n', length - (size_t)(line - text)))) {
        *end = '\0';
        read_line(s, line);
        line = end + 1;
    }
    size_t rest = length - (size_t)(line - text);
    memmove(text, line, rest);
    return rest;
}

static void search(struct search *s)
{
    char text[LINE_MAX_BYTES];
    size_t length = 0;
    int file = file_open("/proc/self/maps");
    if (file < 0)
        return;
    while (!s->found && length < sizeof text - 1) {
        ssize_t more = file_read_more(file, text + length, sizeof text - 1 - length);
        if (more <= 0)
            break;
        length = read_lines(s, text, length + (size_t)more);
    }
    file_close(file);
}

void where_print(struct line *l, uintptr_t address)
{
    struct search s = {.wanted = address};
    search(&s);
    if (!s.found) {
        print_hex(l, address);
        return;
    }
    assert(address >= s.first);
    print_foreign(l, s.path, strlen(s.path), PATH_BYTES);
    print_text(l, "+");
    print_hex(l, address - s.first);
}
