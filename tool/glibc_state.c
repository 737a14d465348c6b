/*
 * glibc_state.c - scan the writable data of the libc for a structure that obeys the laws.
 *
 * The scan is over some ten KiB, at each word, with each layout: cheap, because the first bins
 * that do not point at themselves end the matter.  A heap with a few damaged bins is found all the
 * same.
 */
#include "glibc_state.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    EMPTY_BINS_MIN = 4, /* of 127: a heap that fills more has never been seen */
    ODD_BINS_MAX = 4,   /* damaged ones, which a heap with an overflow may have */
    RING_MAX = 4096,    /* arenas: 8 for each core */
    NONCONTIGUOUS = 2,  /* in malloc_state's flags */
};

/* The most of one area that is searched. */
#define SCAN_MAX ((uint64_t)16 << 20)

/* Eight bytes as a number, wherever they stand. */
static uint64_t word_at(const unsigned char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

uint64_t glibc_arena_word(const struct glibc_arena *arena, size_t offset)
{
    return word_at(arena->bytes + offset);
}

uint64_t glibc_arena_top(const struct glibc_state *state, const struct glibc_arena *arena)
{
    return glibc_arena_word(arena, state->arena->top);
}

bool glibc_arena_contiguous(const struct glibc_arena *arena)
{
    uint32_t flags;
    memcpy(&flags, arena->bytes + 4, sizeof flags);
    return !(flags & NONCONTIGUOUS);
}

uint64_t glibc_bin_head(const struct glibc_state *state, uint64_t arena, unsigned bin)
{
    return arena + state->arena->bins + (uint64_t)(bin - 1) * 2 * GLIBC_WORD - GLIBC_HEADER;
}

uint64_t glibc_bin_first(const struct glibc_state *state, const struct glibc_arena *arena,
                         unsigned bin)
{
    return glibc_arena_word(arena, state->arena->bins + (size_t)(bin - 1) * 2 * GLIBC_WORD);
}

bool glibc_arena_read(const struct target *target, const struct glibc_state *state, uint64_t at,
                      struct glibc_arena *arena)
{
    arena->at = at;
    memset(arena->bytes, 0, sizeof arena->bytes);
    return at % GLIBC_WORD == 0 && memory_read(target, at, arena->bytes, state->arena->end);
}

/* Whether a link could be one: aligned, and of user space. */
static bool is_link(uint64_t link)
{
    return link != 0 && link % GLIBC_ALIGN == 0 && link >> 56 == 0;
}

/* Every bin is empty and points at itself, or is not and points elsewhere with both links. */
static bool bins_hold(const struct glibc_arena_layout *layout, uint64_t at,
                      const unsigned char *bytes)
{
    unsigned empty = 0, odd = 0;
    for (unsigned bin = 1; bin < GLIBC_BINS; bin++) {
        size_t offset = layout->bins + (size_t)(bin - 1) * 2 * GLIBC_WORD;
        uint64_t head = at + offset - GLIBC_HEADER;
        uint64_t fd = word_at(bytes + offset), bk = word_at(bytes + offset + GLIBC_WORD);
        if (fd == head && bk == head)
            empty++;
        else if (bin == GLIBC_BINS - 1)
            return false;
        else if (fd == head || bk == head || !is_link(fd) || !is_link(bk))
            odd++;
        if (odd > ODD_BINS_MAX)
            return false;
    }
    return empty >= EMPTY_BINS_MIN;
}

/* Every arena names the next one, and the last one names the first. */
static bool ring_closes(const struct target *target, const struct glibc_arena_layout *layout,
                        uint64_t at)
{
    uint64_t next = at;
    for (unsigned i = 0; i < RING_MAX; i++) {
        if (next % GLIBC_WORD != 0 || !memory_read_word(target, next + layout->next, &next))
            return false;
        if (next == at)
            return true;
    }
    return false;
}

/* Before the first malloc the ring is there already, made by the linker, and all else is zero. */
static bool is_untouched(const struct glibc_arena_layout *layout, uint64_t at,
                         const unsigned char *bytes)
{
    if (word_at(bytes + layout->next) != at || word_at(bytes + layout->threads) != 1)
        return false;
    for (size_t i = 0; i < layout->next; i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

/* Try one layout at each place of the copied bytes. */
static enum glibc_found scan_bytes(const struct target *target, uint64_t start,
                                   const unsigned char *bytes, size_t n,
                                   const struct glibc_arena_layout *layout,
                                   struct glibc_state *state)
{
    enum glibc_found found = GLIBC_NONE;
    for (size_t i = 0; i + layout->end <= n; i += GLIBC_WORD) {
        uint64_t at = start + i;
        bool used = bins_hold(layout, at, bytes + i) && ring_closes(target, layout, at);
        if (!used && !is_untouched(layout, at, bytes + i))
            continue;
        state->arena = layout;
        state->main = at;
        found = used ? GLIBC_FOUND : GLIBC_UNUSED;
        if (used)
            break;
    }
    return found;
}

/* Each layout in turn over one copy of the area. */
static enum glibc_found scan_area(const struct target *target, const struct area *area,
                                  struct glibc_state *state)
{
    uint64_t n = area_size(area) < SCAN_MAX ? area_size(area) : SCAN_MAX;
    unsigned char *bytes = malloc(n);
    enum glibc_found found = GLIBC_NONE;
    size_t layouts;
    const struct glibc_arena_layout *layout = glibc_arena_layouts(&layouts);
    if (bytes && memory_read(target, area->start, bytes, n)) {
        for (size_t i = 0; i < layouts && found == GLIBC_NONE; i++)
            found = scan_bytes(target, area->start, bytes, n, &layout[i], state);
    }
    free(bytes);
    return found;
}

/* The file's last component: "libc.so.6", of old installations "libc-2.31.so". */
static bool is_libc(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *base = slash ? slash + 1 : name;
    return strncmp(base, "libc.so.6", 9) == 0 || strncmp(base, "libc-2.", 7) == 0;
}

/* Variables of a file: readable, writable, private, and no code. */
static bool is_data(const struct area *area)
{
    return area->access == (ACCESS_READ | ACCESS_WRITE);
}

const struct area *glibc_data_next(const struct target *target, const struct area *area)
{
    const struct area *next = area + 1;
    if (next == target->areas.list + target->areas.count || next->start != area->end)
        return NULL;
    bool same = strcmp(next->name, area->name) == 0 || area_is_anonymous(next);
    return is_data(next) && same ? next : NULL;
}

/* The data of a file, then the bss that the loader put behind it. */
static enum glibc_found scan_data(const struct target *target, const struct area *area,
                                  struct glibc_state *state)
{
    enum glibc_found best = GLIBC_NONE;
    for (const struct area *a = area; a; a = glibc_data_next(target, a)) {
        enum glibc_found found = scan_area(target, a, state);
        if (found == GLIBC_FOUND || best == GLIBC_NONE)
            best = found;
        if (best == GLIBC_FOUND)
            break;
    }
    state->data = area;
    return best;
}

/* Look for the banner in what the file has that is not written to. */
static void find_version(const struct target *target, const char *name,
                         struct glibc_version *version)
{
    for (size_t i = 0; i < target->areas.count; i++) {
        const struct area *area = &target->areas.list[i];
        if (strcmp(area->name, name) != 0 || area->access != ACCESS_READ)
            continue;
        uint64_t n = area_size(area) < SCAN_MAX ? area_size(area) : SCAN_MAX;
        char *text = malloc(n);
        bool found = text && memory_read(target, area->start, text, n) &&
                     glibc_version_find(text, n, version);
        free(text);
        if (found)
            return;
    }
}

/* The writable areas of files that is_libc accepts, or of the program itself. */
static enum glibc_found find_in(const struct target *target, bool in_program,
                                struct glibc_state *state)
{
    enum glibc_found best = GLIBC_NONE;
    for (size_t i = 0; i < target->areas.count; i++) {
        const struct area *area = &target->areas.list[i];
        bool ours = in_program ? strcmp(area->name, target->exe) == 0 : is_libc(area->name);
        if (!ours || area->inode == 0 || !is_data(area))
            continue;
        enum glibc_found found = scan_data(target, area, state);
        if (found == GLIBC_NONE)
            continue;
        best = found;
        find_version(target, area->name, &state->version);
        if (best == GLIBC_FOUND)
            break;
    }
    return best;
}

enum glibc_found glibc_find(const struct target *target, struct glibc_state *state)
{
    *state = (struct glibc_state){0};
    if (target->bits == 32)
        return GLIBC_BITS_32;
    if (target->memory_denied)
        return GLIBC_DENIED;
    enum glibc_found found = find_in(target, false, state);
    if (found != GLIBC_NONE)
        return found;
    state->is_static = true;
    return find_in(target, true, state);
}
