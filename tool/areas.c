/*
 * areas.c - the text of /proc/PID/maps and smaps, read line by line.
 *
 * smaps has the lines of maps, each followed by its measures, in kilobytes:
 *
 *     7f66695da000-7f666965a000 r-xp 00028000 fe:00 332835      /usr/lib/libc.so.6
 *     Size:                512 kB
 *     Rss:                 440 kB
 *     ...
 *     VmFlags: rd ex mr mw me
 *
 * One parser reads both.  A line is told by its first letter: addresses are written in lower case,
 * measures begin with a capital.  Kernels differ in which measures they write, and in what order.
 */
#include "areas.h"

#include "list.h"
#include "say.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The lines of smaps that are read, and where their kilobytes go. */
static const struct {
    const char *key;
    size_t field;
} measures[] = {
    {"Rss:", offsetof(struct usage, resident)},
    {"Pss:", offsetof(struct usage, proportional)},
    {"Private_Dirty:", offsetof(struct usage, private_dirty)},
    {"Swap:", offsetof(struct usage, swapped)},
    {"LazyFree:", offsetof(struct usage, lazily_free)},
    {"AnonHugePages:", offsetof(struct usage, huge)},
};

/* The order is the kernel's promise and the searches' need: what breaks it does not get in. */
struct area *areas_add(struct areas *areas, const struct area *area)
{
    if (area->start >= area->end)
        return NULL;
    if (areas->count > 0 && areas->list[areas->count - 1].end > area->start)
        return NULL;
    areas->list = list_room(areas->list, areas->count, sizeof *areas->list);
    struct area *added = &areas->list[areas->count++];
    *added = *area;
    added->name = strdup(area->name);
    if (!added->name)
        say_and_exit(EXIT_OURS, "out of memory");
    return added;
}

/* "r-xp": the last letter says whether writes stay with the process or reach the file. */
static unsigned access_of(const char letters[4])
{
    return (letters[0] == 'r' ? ACCESS_READ : 0U) | (letters[1] == 'w' ? ACCESS_WRITE : 0U) |
           (letters[2] == 'x' ? ACCESS_EXECUTE : 0U) | (letters[3] == 's' ? ACCESS_SHARED : 0U);
}

/* "7f0c0000-7f0c1000 rw-p 00000000 fe:00 1234       /usr/lib/name": false if it is no such line.
 * The name may hold spaces, and begins after those that make the columns. */
static bool parse_area(char *line, struct area *area)
{
    char letters[5];
    int name = 0;
    int fields = sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*x:%*x %" SCNu64 " %n",
                        &area->start, &area->end, letters, &area->offset, &area->inode, &name);
    if (fields != 5 || name == 0 || strlen(letters) != 4)
        return false;
    area->access = access_of(letters);
    line[strcspn(line, "\n")] = '\0';
    area->name = line + name;
    return true;
}

/* "Rss:      12 kB".  Lines with other keys are none of our business. */
static bool parse_measure(const char *line, struct usage *usage)
{
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        size_t length = strlen(measures[i].key);
        if (strncmp(line, measures[i].key, length) != 0)
            continue;
        uint64_t kilobytes;
        /* The sum must fit into bytes; no machine has so much that it would not. */
        if (sscanf(line + length, "%" SCNu64, &kilobytes) != 1 || kilobytes > UINT64_MAX / 1024)
            return false;
        memcpy((char *)usage + measures[i].field, &(uint64_t){kilobytes * 1024}, sizeof kilobytes);
        return true;
    }
    return true;
}

/* Whether the line begins as the measures of smaps do, with a capital. */
static bool is_measure(const char *line)
{
    return isupper((unsigned char)line[0]);
}

/* Measures belong to the last area; those of a line that was no area belong to nobody. */
static bool parse_line(char *line, struct areas *areas, struct area **last)
{
    struct area area = {0};
    if (is_measure(line)) {
        areas->measured = true;
        return *last && parse_measure(line, &(*last)->usage);
    }
    *last = parse_area(line, &area) ? areas_add(areas, &area) : NULL;
    return *last != NULL;
}

/* getline, because a name may be as long as a path, and the kernel writes four letters for some of
 * its characters. */
bool areas_parse(FILE *text, struct areas *areas, size_t *strange)
{
    char *line = NULL;
    size_t room = 0, others = 0;
    struct area *last = NULL;
    errno = 0;
    while (getline(&line, &room, text) > 0)
        others += !parse_line(line, areas, &last);
    bool read = !ferror(text) && feof(text);
    free(line);
    if (strange)
        *strange = others;
    return read;
}

void areas_free(struct areas *areas)
{
    for (size_t i = 0; i < areas->count; i++)
        free(areas->list[i].name);
    free(areas->list);
    *areas = (struct areas){0};
}

const struct area *areas_from(const struct areas *areas, uint64_t at)
{
    size_t i = list_from(areas->list, areas->count, sizeof *areas->list, at);
    return i < areas->count ? &areas->list[i] : NULL;
}

const struct area *areas_find(const struct areas *areas, uint64_t at)
{
    return list_find(areas->list, areas->count, sizeof *areas->list, at);
}

bool area_is_anonymous(const struct area *area)
{
    if (area->inode != 0 || (area->access & ACCESS_SHARED))
        return false;
    /* A name that the program gave by prctl(PR_SET_VMA) changes nothing. */
    return area->name[0] == '\0' || strncmp(area->name, "[anon:", 6) == 0;
}

void usage_add(struct usage *sum, const struct usage *part)
{
    sum->resident += part->resident;
    sum->proportional += part->proportional;
    sum->private_dirty += part->private_dirty;
    sum->swapped += part->swapped;
    sum->lazily_free += part->lazily_free;
    sum->huge += part->huge;
}
