/*
 * glibc_layout.h - where glibc's malloc keeps what, by version; 64-bit.
 *
 * The layouts are facts of the released versions 2.26 to 2.43.  None is believed because of a
 * version alone: glibc_state.h confirms each by the laws that hold among its fields.
 *
 *     malloc_state    2.26        2.27 - 2.42              2.43
 *                     lock flags  lock flags have_fast     lock flags
 *                     fast[10]    fast[10]
 *                     top last_remainder bins[254] binmap[4] next next_free threads system max
 */
#ifndef TOOL_GLIBC_LAYOUT_H
#define TOOL_GLIBC_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GLIBC_WORD = 8,
    GLIBC_ALIGN = 16,
    GLIBC_CHUNK_MIN = 32,
    GLIBC_HEADER = 16,       /* from a chunk to the program's pointer */
    GLIBC_CHUNK_STRUCT = 48, /* a free chunk's own words: two sizes and four links */
    GLIBC_FAST_BINS = 10,
    GLIBC_BINS = 128, /* numbered from 1; 1 is the unsorted bin, 127 is never used */
    GLIBC_SMALL_FIRST = 2,
    GLIBC_LARGE_FIRST = 64,
    GLIBC_BIN_WORDS = 2 * GLIBC_BINS - 2,
    GLIBC_CACHE_BINS_MAX = 76,
};

#define GLIBC_HEAP_MAX                                                                             \
    ((uint64_t)64 << 20) /* thread heaps are aligned to it, and at most so large */

/* Offsets into malloc_state.  What follows the bins keeps its distance from them. */
struct glibc_arena_layout {
    size_t fast; /* 0 = no fast bins */
    size_t top;
    size_t bins;
    size_t next, threads, system, end;
};

/* What a thread's cache looks like. */
struct glibc_cache_layout {
    unsigned bins;
    unsigned count_bytes; /* of each number in the first table: 1 or 2 */
    bool counts_room;     /* the numbers tell what still fits, not what is there */
    bool mangled;         /* links are mixed with their own address: safe linking */
};

struct glibc_version {
    unsigned major, minor;
};

/* The candidates for malloc_state; count in *count. */
const struct glibc_arena_layout *glibc_arena_layouts(size_t *count);

/* The cache of that version; false if the version is none that is known. */
bool glibc_cache_layout(struct glibc_version version, struct glibc_cache_layout *layout);

/* The size of the chunk that holds a thread's cache. */
uint64_t glibc_cache_chunk(const struct glibc_cache_layout *layout);

/* Whether links of fast bins are mangled in that version. */
bool glibc_links_mangled(struct glibc_version version);

/* The versions from which a layout was learnt. */
bool glibc_version_known(struct glibc_version version);

/* The version that the text of a libc tells: "GNU C Library (...) stable release version 2.36". */
bool glibc_version_find(const char *text, size_t n, struct glibc_version *version);

/* The bin that a chunk of this size is sorted into. */
unsigned glibc_bin_for(uint64_t size);

/* The smallest and the largest chunk that a bin holds; of the last one the largest is 0. */
void glibc_bin_range(unsigned bin, uint64_t *smallest, uint64_t *largest);

/* The sizes that a cache's bin holds; both the same but in the large bins of 2.42. */
void glibc_cache_range(unsigned bin, uint64_t *smallest, uint64_t *largest);

#endif
