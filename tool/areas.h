/*
 * areas.h - the address space as the kernel lists it, one area for each line of /proc/PID/maps.
 *
 * The text comes from the kernel, but a core file or a damaged copy may stand in for it: a line
 * that is none is skipped, and nothing in it can make the list longer than the text.
 */
#ifndef TOOL_AREAS_H
#define TOOL_AREAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum access {
    ACCESS_READ = 1,
    ACCESS_WRITE = 2,
    ACCESS_EXECUTE = 4,
    ACCESS_SHARED = 8, /* writes reach the file or the other processes */
};

/* What an area uses, in bytes, as smaps measures it. */
struct usage {
    uint64_t resident;      /* in memory now: its part of RSS */
    uint64_t proportional;  /* the same, each shared page divided among its users: PSS */
    uint64_t private_dirty; /* what only this process has and has changed */
    uint64_t swapped;
    uint64_t lazily_free; /* given back by MADV_FREE, counted until the kernel wants it */
    uint64_t huge;        /* in transparent huge pages */
};

struct area {
    uint64_t start, end; /* the first byte, and the first one behind */
    unsigned access;     /* of enum access */
    uint64_t offset;     /* where in the file it begins */
    uint64_t inode;      /* 0 = no file */
    char *name;          /* a path, or "[heap]", "[stack]", or "" */
    struct usage usage;  /* all 0 unless the areas are measured */
};

struct areas {
    struct area *list; /* sorted, without overlaps */
    size_t count;
    bool measured; /* usage is known */
};

/* Read the text of maps or smaps to its end.  False if the reading fails (errno); what was read
 * until then stays.  Lines that are out of order or no area are counted in *strange, if given. */
bool areas_parse(FILE *text, struct areas *areas, size_t *strange);

/* Add one area behind the last.  The name is copied.  NULL if it is empty or would overlap. */
struct area *areas_add(struct areas *areas, const struct area *area);

void areas_free(struct areas *areas);

/* The area that the address lies in, or NULL. */
const struct area *areas_find(const struct areas *areas, uint64_t at);

/* The first area whose end is above the address, or NULL: where to go on walking. */
const struct area *areas_from(const struct areas *areas, uint64_t at);

/* Add one usage to another. */
void usage_add(struct usage *sum, const struct usage *part);

static inline uint64_t area_size(const struct area *area)
{
    return area->end - area->start;
}

/* Not from a file, not shared, and not one of the kernel's own: what malloc asks for.  The break
 * heap and the stacks that the kernel names are not among them. */
bool area_is_anonymous(const struct area *area);

#endif
