/*
 * layout.c - a few fields of /proc/PID/stat and /proc/PID/limits.
 *
 *     16333 (frag) S 16331 16333 ... 94220152164352 ...
 *     Max stack size            8388608              unlimited            bytes
 *
 * The addresses in stat are for those who may trace the process; others read 0 or 1 in their place.
 */
#include "layout.h"

#include "saved.h"

#include <inttypes.h>
#include <string.h>

/* Counted as in proc(5), where the state, behind the name, is field 3. */
enum { FIELD_STATE = 3, FIELD_START_CODE = 26, FIELD_START_STACK = 28, FIELD_START_BRK = 47 };

/* Most of the fifty fields are about time and signals. */
static void read_field(int field, uint64_t value, struct layout *layout)
{
    switch (field) {
    case FIELD_START_CODE: layout->start_code = value; break;
    case FIELD_START_STACK: layout->start_stack = value; break;
    case FIELD_START_BRK: layout->start_brk = value; break;
    default: break;
    }
}

/* The name stands in parentheses and may hold any letter; the last ")" ends it. */
static void read_stat(FILE *stat, struct layout *layout)
{
    char line[1024], *rest;
    size_t length = fread(line, 1, sizeof line - 1, stat);
    line[length] = '\0';
    char *field = strrchr(line, ')');
    if (!field)
        return;
    field = strtok_r(field + 1, " ", &rest);
    for (int number = FIELD_STATE; field; number++) {
        uint64_t value;
        /* Those who may not look get 0 or 1 for an address. */
        if (sscanf(field, "%" SCNu64, &value) == 1 && value > 1)
            read_field(number, value, layout);
        field = strtok_r(NULL, " ", &rest);
    }
}

/* The first number is the limit in force, or a word; the second is how far it may be raised. */
static void read_limits(FILE *limits, struct layout *layout)
{
    char line[256];
    while (fgets(line, sizeof line, limits)) {
        if (strncmp(line, "Max stack size", 14) == 0 &&
            sscanf(line + 14, "%" SCNu64, &layout->stack_limit) != 1)
            layout->stack_limit = UINT64_MAX;
    }
}

/* A process that has ended leaves both unread, and everything unknown. */
void layout_read(const struct target *target, struct layout *layout)
{
    if (target->saved) {
        *layout = target->saved->layout;
        return;
    }
    *layout = (struct layout){0};
    FILE *stat = target_file(target, "stat"), *limits = target_file(target, "limits");
    if (stat) {
        read_stat(stat, layout);
        fclose(stat);
    }
    if (limits) {
        read_limits(limits, layout);
        fclose(limits);
    }
}
