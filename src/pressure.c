/*
 * pressure.c - four small files.
 */
#include "pressure.h"

#include "file.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>

enum {
    NEARLY_FULL = 90, /* per cent of a limit */
    LOST = 10,        /* per cent of the last ten seconds */
    TEXT = 256,
};

static char group[TEXT]; /* its directory; empty: none */

static void read_of_group(const char *name, char *text)
{
    struct line path = {.length = 0};
    print_text(&path, group);
    print_text(&path, name);
    path.text[path.length] = '\0';
    file_read(path.text, text, TEXT);
}

/* /proc/self/cgroup has one line "0::/path" for version 2.  The root of all groups has no limits. */
void pressure_begin(void)
{
    char text[TEXT];
    struct line path = {.length = 0};
    file_read("/proc/self/cgroup", text, sizeof text);
    char *own = strstr(text, "0::/");
    if (!own || (own != text && own[-1] != '\n'))
        return;
    print_text(&path, "/sys/fs/cgroup");
    print_bytes(&path, own + 3, strcspn(own + 3, "\n"));
    if (path.length + 1 > sizeof group || !strchr(own, '\n'))
        return;
    memcpy(group, path.text, path.length);
    group[path.length] = '\0';
    read_of_group("/memory.current", text);
    if (*text == '\0')
        *group = '\0';
}

/* A limit of "max" is none. */
static bool is_nearly_full(const char *current, const char *limit)
{
    if (*current < '0' || *current > '9' || *limit < '0' || *limit > '9')
        return false;
    return strtoull(current, NULL, 10) / NEARLY_FULL >= strtoull(limit, NULL, 10) / 100;
}

/* "some avg10=12.34 avg60=.." */
static bool is_lost(const char *text)
{
    const char *average = strstr(text, "some avg10=");
    return average && strtoul(average + strlen("some avg10="), NULL, 10) >= LOST;
}

bool pressure_is_told(const char *current, const char *high, const char *max, const char *lost)
{
    return is_nearly_full(current, high) || is_nearly_full(current, max) || is_lost(lost);
}

bool pressure_is_high(void)
{
    char current[TEXT], high[TEXT], max[TEXT], lost[TEXT];
    if (*group == '\0') {
        file_read("/proc/pressure/memory", lost, sizeof lost);
        return is_lost(lost);
    }
    read_of_group("/memory.current", current);
    read_of_group("/memory.high", high);
    read_of_group("/memory.max", max);
    read_of_group("/memory.pressure", lost);
    return pressure_is_told(current, high, max, lost);
}
