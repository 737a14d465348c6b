/*
 * maps.h - what the kernel shows of this process: its regions, its resident memory, its faults.
 *
 * Nothing in here allocates: the heap is what is being watched.  Files of /proc are read with
 * read(2) into static buffers.  A picture of the maps is taken by look_at_maps() and stays as it
 * was until the next call.
 */
#ifndef TEST_SPEC_MAPS_H
#define TEST_SPEC_MAPS_H

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "tap.h"

#define WORD sizeof(size_t)
#define KIB ((size_t)1024)
#define MIB ((size_t)1024 * KIB)

static inline size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static inline size_t align_up(size_t n, size_t to)
{
    return (n + to - 1) & ~(to - 1);
}

enum { MAPS_TEXT = 1 << 18, REGIONS_MAX = 2048 };

struct region {
    uintptr_t start;
    uintptr_t end;
    const char *line; /* as the kernel wrote it, without the newline */
    const char *perms;
    const char *name; /* "" if it has none */
};

static char maps_text[MAPS_TEXT];
static struct region regions[REGIONS_MAX];
static size_t regions_count;

/* Fill text with the file and a final NUL; returns the bytes read, 0 on failure. */
static inline size_t read_text(const char *path, char *text, size_t size)
{
    size_t length = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    while (length < size - 1) {
        ssize_t got = read(fd, text + length, size - 1 - length);
        if (got <= 0)
            break;
        length += (size_t)got;
    }
    close(fd);
    text[length] = '\0';
    return length;
}

/* The number after key ("Rss:") in a file of /proc, or -1. */
static inline long number_in(const char *path, const char *key)
{
    char text[4096];
    if (read_text(path, text, sizeof text) == 0)
        return -1;
    const char *at = strstr(text, key);
    return at ? strtol(at + strlen(key), NULL, 10) : -1;
}

/* smaps_rollup is exact; the counters of statm may lag by some pages per processor. */
static inline long rss_kib(void)
{
    return number_in("/proc/self/smaps_rollup", "Rss:");
}

static inline long vm_kib(void)
{
    return number_in("/proc/self/status", "VmSize:");
}

static inline long minor_faults(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

static inline long major_faults(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_majflt;
}

/* One line "start-end perms offset dev inode   name"; end is the newline, made a NUL. */
static inline struct region region_parse(char *line, char *end)
{
    struct region r = {.line = line};
    char *at;
    *end = '\0';
    r.start = strtoul(line, &at, 16);
    r.end = strtoul(at + 1, &at, 16);
    r.perms = at + 1;
    at++;
    for (int field = 0; field < 4; field++) { /* perms, offset, device, inode */
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
    r.name = at;
    return r;
}

/* Take a picture of this process's memory; returns how many regions it has. */
static inline size_t look_at_maps(void)
{
    regions_count = 0;
    read_text("/proc/self/maps", maps_text, sizeof maps_text);
    for (char *line = maps_text; *line && regions_count < REGIONS_MAX;) {
        char *end = strchr(line, '\n');
        if (!end)
            break;
        regions[regions_count++] = region_parse(line, end);
        line = end + 1;
    }
    return regions_count;
}

static inline bool region_readable_writable(const struct region *r)
{
    return strncmp(r->perms, "rw-p", 4) == 0;
}

static inline bool region_reserved(const struct region *r)
{
    return strncmp(r->perms, "---p", 4) == 0;
}

static inline size_t region_size(const struct region *r)
{
    return r->end - r->start;
}

/* The region that holds address now, or false if nothing is mapped there. */
static inline bool region_at(uintptr_t address, struct region *found)
{
    look_at_maps();
    for (size_t i = 0; i < regions_count; i++) {
        if (regions[i].start <= address && address < regions[i].end) {
            *found = regions[i];
            return true;
        }
    }
    return false;
}

static inline bool region_of(const void *p, struct region *found)
{
    return region_at((uintptr_t)p, found);
}

static inline bool is_mapped(const void *p)
{
    struct region r;
    return region_of(p, &r);
}

/* How many [heap] lines there are now; *found is the last of them, or all zero. */
static inline int heap_line(struct region *found)
{
    int lines = 0;
    *found = (struct region){.line = "", .perms = "", .name = ""};
    look_at_maps();
    for (size_t i = 0; i < regions_count; i++) {
        if (strcmp(regions[i].name, "[heap]") == 0) {
            *found = regions[i];
            lines++;
        }
    }
    return lines;
}

static inline size_t heap_size(void)
{
    struct region heap;
    return heap_line(&heap) == 1 ? region_size(&heap) : 0;
}

static inline bool in_break_heap(const void *p)
{
    struct region heap;
    return heap_line(&heap) == 1 && heap.start <= (uintptr_t)p && (uintptr_t)p < heap.end;
}

static inline uintptr_t break_now(void)
{
    return (uintptr_t)sbrk(0);
}

static inline void show_region(const char *what, const struct region *r)
{
    note("%-28s %6zu KiB  %s", what, region_size(r) / KIB, r->line);
}

static inline void show_heap(const char *what)
{
    struct region heap;
    if (heap_line(&heap) == 0)
        note("%-28s no [heap] line", what);
    else
        show_region(what, &heap);
}

#endif
