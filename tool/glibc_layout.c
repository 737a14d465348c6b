/*
 * glibc_layout.c - the table of layouts, and sizes turned into bins.
 *
 * A new glibc gets a line here when one of its structures changed, and nothing else has to know.
 */
#include "glibc_layout.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Behind the bins: binmap, next, next_free, attached_threads, system_mem, max_system_mem. */
#define LAYOUT(fast_at, top_at)                                                                    \
    {                                                                                              \
        .fast = (fast_at), .top = (top_at), .bins = (top_at) + 16,                                 \
        .next = (top_at) + 16 + GLIBC_BIN_WORDS * GLIBC_WORD + 16,                                 \
        .threads = (top_at) + 16 + GLIBC_BIN_WORDS * GLIBC_WORD + 32,                              \
        .system = (top_at) + 16 + GLIBC_BIN_WORDS * GLIBC_WORD + 40,                               \
        .end = (top_at) + 16 + GLIBC_BIN_WORDS * GLIBC_WORD + 56,                                  \
    }

static const struct glibc_arena_layout arena_layouts[] = {
    LAYOUT(16, 96), /* 2.27 to 2.42 */
    LAYOUT(8, 88),  /* 2.26: the flag of fast chunks was a bit of flags */
    LAYOUT(0, 8),   /* 2.43: no fast bins */
};

enum { OLDEST = 26, NEWEST = 43 };

/* From this minor version on. */
static const struct {
    unsigned since;
    struct glibc_cache_layout layout;
} cache_layouts[] = {
    {42, {.bins = 76, .count_bytes = 2, .counts_room = true, .mangled = true}},
    {32, {.bins = 64, .count_bytes = 2, .mangled = true}},
    {30, {.bins = 64, .count_bytes = 2}},
    {26, {.bins = 64, .count_bytes = 1}},
};

/* Large bins are 64 bytes apart, then 512, 4 KiB, 32 KiB, 256 KiB; in each row the sizes up to
 * last << shift belong to bin (size >> shift) + add. */
static const struct {
    unsigned shift, last, add;
} rows[] = {{6, 48, 48}, {9, 20, 91}, {12, 10, 110}, {15, 4, 119}, {18, 2, 124}};

enum { ROWS = sizeof rows / sizeof *rows, LAST_BIN = 126 };

const struct glibc_arena_layout *glibc_arena_layouts(size_t *count)
{
    *count = sizeof arena_layouts / sizeof *arena_layouts;
    return arena_layouts;
}

bool glibc_version_known(struct glibc_version version)
{
    return version.major == 2 && version.minor >= OLDEST && version.minor <= NEWEST;
}

bool glibc_cache_layout(struct glibc_version version, struct glibc_cache_layout *layout)
{
    for (size_t i = 0; i < sizeof cache_layouts / sizeof *cache_layouts; i++) {
        if (version.minor >= cache_layouts[i].since) {
            *layout = cache_layouts[i].layout;
            return glibc_version_known(version);
        }
    }
    return false;
}

uint64_t glibc_cache_chunk(const struct glibc_cache_layout *layout)
{
    uint64_t bytes = (uint64_t)layout->bins * (layout->count_bytes + GLIBC_WORD);
    return (bytes + GLIBC_WORD + GLIBC_ALIGN - 1) & ~(uint64_t)(GLIBC_ALIGN - 1);
}

bool glibc_links_mangled(struct glibc_version version)
{
    return version.minor >= 32;
}

bool glibc_version_find(const char *text, size_t n, struct glibc_version *version)
{
    static const char name[] = "GNU C Library", number[] = "release version ";
    const char *at = memmem(text, n, name, sizeof name - 1);
    if (!at)
        return false;
    size_t left = (size_t)(text + n - at);
    const char *digits = memmem(at, left < 200 ? left : 200, number, sizeof number - 1);
    if (!digits || text + n - digits < 32)
        return false;
    char *end;
    version->major = (unsigned)strtoul(digits + sizeof number - 1, &end, 10);
    if (*end != '.' || !isdigit((unsigned char)end[1]))
        return false;
    version->minor = (unsigned)strtoul(end + 1, &end, 10);
    return true;
}

unsigned glibc_bin_for(uint64_t size)
{
    if (size < 1024)
        return (unsigned)(size >> 4);
    for (size_t i = 0; i < ROWS; i++) {
        if (size >> rows[i].shift <= rows[i].last)
            return (unsigned)(size >> rows[i].shift) + rows[i].add;
    }
    return LAST_BIN;
}

/* By search, because the rows overlap at their seams: the first size that is sorted there. */
static uint64_t smallest_of(unsigned bin)
{
    uint64_t low = GLIBC_CHUNK_MIN, high = (uint64_t)1 << 20;
    while (low < high) {
        uint64_t middle = (low + high) / 2 & ~(uint64_t)(GLIBC_ALIGN - 1);
        if (glibc_bin_for(middle) >= bin)
            high = middle;
        else
            low = middle + GLIBC_ALIGN;
    }
    return low;
}

void glibc_bin_range(unsigned bin, uint64_t *smallest, uint64_t *largest)
{
    *smallest = bin < GLIBC_SMALL_FIRST ? GLIBC_CHUNK_MIN : smallest_of(bin);
    *largest = bin < GLIBC_SMALL_FIRST || bin >= LAST_BIN ? 0 : smallest_of(bin + 1) - GLIBC_ALIGN;
}

void glibc_cache_range(unsigned bin, uint64_t *smallest, uint64_t *largest)
{
    enum { SMALL_BINS = 64, ABOVE_SMALL = 1040 };
    if (bin < SMALL_BINS) {
        *smallest = *largest = GLIBC_CHUNK_MIN + (uint64_t)bin * GLIBC_ALIGN;
        return;
    }
    /* One bin for each power of two; the first one begins where the small bins end. */
    uint64_t power = (uint64_t)1024 << (bin - SMALL_BINS);
    *smallest = bin == SMALL_BINS ? ABOVE_SMALL : power;
    *largest = power * 2;
}
