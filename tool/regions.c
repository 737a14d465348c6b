/*
 * regions.c - areas cut where claims begin and end, named, and joined to what belongs together.
 *
 *     areas     | r--p | r-xp | r--p | rw-p |    rw-p       | ---p        |
 *     claims                                |  thread heap                |
 *     pieces    | r--p | r-xp | r--p | rw-p |    rw-p       | ---p        |
 *     regions   | libc.so.6                 |  thread heap                |
 *
 * It is one walk from low to high.  The kernel joins neighbours that have the same rights, so that
 * one area may hold many mapped chunks, or bss and the break heap; there a claim's border cuts it:
 *
 *     area      |            rw-p                  |
 *     claims    | chunk | chunk |  chunk  |
 *     pieces    | chunk | chunk |  chunk  | rest   |
 */
#include "regions.h"

#include "claims.h"
#include "list.h"
#include "pages.h"
#include "region_kind.h"
#include "saved.h"
#include "say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A part of one area, or all of it. */
struct piece {
    uint64_t start, end;
    const struct area *area;
    const struct region_claim *claim; /* or NULL */
    struct usage usage;
};

struct maker {
    struct region_context context;
    struct region_claims claims;
    size_t next;                     /* the first claim that ends above what was cut already */
    const struct region_claim *last; /* the claim of the region that was made last */
    struct regions *made;
};

/* Where the area stands in the list. */
static size_t index_of(const struct maker *maker, const struct area *area)
{
    return (size_t)(area - maker->context.target->areas.list);
}

/* Rounded down, so that shares never add up to more than the whole. */
static uint64_t share(uint64_t whole, uint64_t part, uint64_t of)
{
    return of ? (uint64_t)((double)whole * ((double)part / (double)of)) : 0;
}

/* Whatever is measured is thought to be spread as the resident pages are. */
static struct usage part_of(const struct usage *all, uint64_t part, uint64_t of)
{
    return (struct usage){
        .resident = share(all->resident, part, of),
        .proportional = share(all->proportional, part, of),
        .private_dirty = share(all->private_dirty, part, of),
        .swapped = share(all->swapped, part, of),
        .lazily_free = share(all->lazily_free, part, of),
        .huge = share(all->huge, part, of),
    };
}

/* A part never has more than the whole: measure() sees to it. */
static void usage_subtract(struct usage *from, const struct usage *part)
{
    from->resident -= part->resident;
    from->proportional -= part->proportional;
    from->private_dirty -= part->private_dirty;
    from->swapped -= part->swapped;
    from->lazily_free -= part->lazily_free;
    from->huge -= part->huge;
}

/* smaps measures areas only.  A part of one gets its share by the pages that are there, and the last
 * part gets what is left, so that the sum stays the kernel's. */
static struct usage measure(const struct target *target, const struct piece *piece,
                            struct usage *left)
{
    const struct area *area = piece->area;
    struct usage usage = *left;
    if (piece->end < area->end && target->areas.measured) {
        uint64_t of = area->usage.resident, part = pages_resident(target, piece->start, piece->end);
        if (part > left->resident)
            part = left->resident;
        usage = part_of(&area->usage, part, of);
        usage.resident = part;
    }
    usage_subtract(left, &usage);
    return usage;
}

/* Claims that end below `at` are done with; the next one tells where this piece ends. */
static struct piece cut(struct maker *maker, const struct area *area, uint64_t at)
{
    const struct region_claims *claims = &maker->claims;
    struct piece piece = {.start = at, .end = area->end, .area = area};
    while (maker->next < claims->count && claims->list[maker->next].end <= at)
        maker->next++;
    if (maker->next == claims->count)
        return piece;
    const struct region_claim *claim = &claims->list[maker->next];
    if (claim->start <= at)
        piece.claim = claim;
    uint64_t border = piece.claim ? claim->end : claim->start;
    if (border < piece.end)
        piece.end = border;
    return piece;
}

/* The parts of the program and what the kernel names are called by what they are. */
static bool has_own_name(enum region_kind kind, const struct area *area)
{
    switch (kind) {
    case REGION_TEXT:
    case REGION_DATA:
    case REGION_BSS:
    case REGION_STACK:
    case REGION_KERNEL: return false;
    case REGION_SHARED: return strncmp(area->name, "/dev/zero", 9) != 0;
    default: return area->name[0] != '\0';
    }
}

/* Shared memory without a name in a directory is always "deleted". */
static void name_region(struct region *region, const struct area *area,
                        const struct region_claim *claim)
{
    const char *label = region_kind_name(region->kind);
    if (claim && claim->label[0])
        label = claim->label;
    else if (!claim && has_own_name(region->kind, area))
        label = region_file_name(area->name);
    snprintf(region->label, sizeof region->label, "%.60s", label);
    char *deleted = strstr(region->label, " (deleted)");
    if (deleted && region->kind == REGION_SHARED)
        *deleted = '\0';
}

/* What a heap model has counted goes with its claim. */
static void take_counts(struct region *region, const struct region_claim *claim)
{
    if (!claim)
        return;
    region->counted = claim->counted;
    region->live = claim->live;
    region->free = claim->free;
}

/* Whether the unclaimed piece continues the unclaimed region below it. */
static bool continues(const struct maker *maker, const struct region *below,
                      const struct piece *piece, enum region_kind kind)
{
    if (below->kind != kind)
        return false;
    const char *file = maker->context.target->areas.list[below->first].name;
    switch (kind) {
    case REGION_LIBRARY:
    case REGION_LOADER:
        /* Its bss has no name, and region_kind has seen already that it follows. */
        return area_is_anonymous(piece->area) || strcmp(piece->area->name, file) == 0;
    case REGION_TEXT:
    case REGION_DATA:
    case REGION_KERNEL:
    case REGION_BSS: return below->end == piece->start;
    case REGION_FILE:
    case REGION_SHARED: return below->end == piece->start && strcmp(piece->area->name, file) == 0;
    default: return false;
    }
}

static struct region *new_region(struct regions *regions)
{
    regions->list = list_room(regions->list, regions->count, sizeof *regions->list);
    struct region *region = &regions->list[regions->count++];
    *region = (struct region){0};
    return region;
}

/* What is claimed joins what has the same claim, and nothing else. */
static bool joins(const struct maker *maker, const struct region *below, const struct piece *piece,
                  enum region_kind kind)
{
    if (!below || piece->claim != maker->last)
        return false;
    return piece->claim || continues(maker, below, piece, kind);
}

static struct region *begin_region(struct maker *maker, const struct piece *piece,
                                   enum region_kind kind)
{
    struct region *region = new_region(maker->made);
    region->kind = kind;
    region->start = piece->start;
    region->first = index_of(maker, piece->area);
    name_region(region, piece->area, piece->claim);
    take_counts(region, piece->claim);
    return region;
}

/* The region that the piece belongs to: the last one, or a new one. */
static struct region *region_for(struct maker *maker, const struct piece *piece)
{
    struct regions *made = maker->made;
    struct region *below = made->count ? &made->list[made->count - 1] : NULL;
    enum region_kind kind = piece->claim
                                ? piece->claim->kind
                                : region_kind_of(&maker->context, piece->area, piece->start, below);
    bool is_part = joins(maker, below, piece, kind);
    maker->last = piece->claim;
    return is_part ? below : begin_region(maker, piece, kind);
}

/* Addresses without access are reserved, and the rest is committed. */
static void add_piece(struct maker *maker, const struct piece *piece)
{
    struct region *region = region_for(maker, piece);
    region->end = piece->end;
    region->areas = index_of(maker, piece->area) - region->first + 1;
    if (piece->area->access & (ACCESS_READ | ACCESS_WRITE | ACCESS_EXECUTE))
        region->committed += piece->end - piece->start;
    usage_add(&region->usage, &piece->usage);
}

/* An area is one piece, unless claims begin or end in it. */
static void add_area(struct maker *maker, const struct area *area)
{
    struct usage left = area->usage;
    for (uint64_t at = area->start; at < area->end;) {
        struct piece piece = cut(maker, area, at);
        piece.usage = measure(maker->context.target, &piece, &left);
        add_piece(maker, &piece);
        at = piece.end;
    }
    usage_add(&maker->made->total, &area->usage);
    maker->made->size += area_size(area);
}

/* The context and the claims live as long as this takes, the regions stay. */
struct regions *regions_make(const struct target *target, const struct region_claims *claims)
{
    if (target->saved)
        return saved_regions(target->saved);
    struct layout layout;
    struct maker maker = {.context = {.target = target, .layout = &layout}};
    maker.made = calloc(1, sizeof *maker.made);
    if (!maker.made)
        say_and_exit(EXIT_OURS, "out of memory");
    layout_read(target, &layout);
    claims_gather(target, &layout, claims, &maker.claims);
    for (size_t i = 0; i < target->areas.count; i++) {
        /* The kernel lists its page for every process, and counts it for none. */
        if (strcmp(target->areas.list[i].name, "[vsyscall]") != 0)
            add_area(&maker, &target->areas.list[i]);
    }
    free(maker.claims.list);
    return maker.made;
}

void regions_free(struct regions *regions)
{
    free(regions->list);
    free(regions);
}

const struct region *regions_find(const struct regions *regions, uint64_t at)
{
    return list_find(regions->list, regions->count, sizeof *regions->list, at);
}
