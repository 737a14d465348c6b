/*
 * map_note.c - a few words for each kind of region, in the columns that are left.
 *
 * Twenty columns are left behind the numbers; longer words go below the row.  Each note tells what
 * the size does not: how far a stack may grow, what a thread heap has only reserved, how large each
 * of several chunks is.
 */
#include "map_note.h"

#include <stdio.h>
#include <string.h>

/* The sizes of a file's parts by what may be done with them. */
struct parts {
    uint64_t text, read_only;
};

static struct parts parts_of(const struct map_view *view, const struct region *region)
{
    struct parts parts = {0};
    for (size_t i = region->first; i < region->first + region->areas; i++) {
        const struct area *area = &view->target->areas.list[i];
        if (area->access & ACCESS_EXECUTE)
            parts.text += area_size(area);
        else if (!(area->access & ACCESS_WRITE))
            parts.read_only += area_size(area);
    }
    return parts;
}

/* Sizes as the rows have them: with units, or in bytes. */
static const char *size_text(const struct map_view *view, uint64_t bytes, char text[SHOW_NUMBER])
{
    return show_size(&view->request->show, bytes, text);
}

/* "text 1.3 MiB", "relro 16 KiB" */
static void note_code(const struct map_view *view, const struct region *region, char *text)
{
    struct parts parts = parts_of(view, region);
    char code[SHOW_NUMBER], data[SHOW_NUMBER];
    if (region->kind == REGION_DATA)
        snprintf(text, MAP_NOTE, "relro %s", size_text(view, parts.read_only, data));
    else
        snprintf(text, MAP_NOTE, "text %s", size_text(view, parts.text, code));
}

/* The kernel lets the main stack grow to the limit; threads' stacks do not grow. */
static void note_stack(const struct map_view *view, char *text)
{
    char limit[SHOW_NUMBER];
    const char *down = show_glyph(&view->request->show, "↓", "v");
    if (view->layout.stack_limit == UINT64_MAX)
        snprintf(text, MAP_NOTE, "%s without limit", down);
    else if (view->layout.stack_limit)
        snprintf(text, MAP_NOTE, "%s limit %s", down,
                 size_text(view, view->layout.stack_limit, limit));
}

/* Each as large as the first, or not. */
static bool all_equal(const struct map_view *view, const struct map_row *row)
{
    const struct region *list = &view->regions->list[row->first];
    for (size_t i = 1; i < row->count; i++) {
        if (list[i].committed != list[0].committed)
            return false;
    }
    return true;
}

/* The guard is what of the region may not be accessed. */
static void note_thread_stacks(const struct map_view *view, const struct map_row *row, char *text)
{
    const struct region *region = &view->regions->list[row->first];
    uint64_t guard = region->end - region->start - region->committed;
    char each[SHOW_NUMBER], below[SHOW_NUMBER];
    size_text(view, region->committed, each);
    size_text(view, guard, below);
    if (!all_equal(view, row))
        snprintf(text, MAP_NOTE, "of several sizes");
    else if (row->count > 1)
        snprintf(text, MAP_NOTE, "%s, guard %s", each, below);
    else if (guard)
        snprintf(text, MAP_NOTE, "guard %s below", below);
}

/* A thread heap takes 64 MiB of addresses, and memory as it needs it. */
static void note_reserved(const struct map_view *view, const struct map_row *row, char *text)
{
    char reserved[SHOW_NUMBER];
    uint64_t size = 0;
    for (size_t i = row->first; i < row->first + row->count; i++)
        size += view->regions->list[i].end - view->regions->list[i].start;
    if (size > row->committed)
        snprintf(text, MAP_NOTE, "+%s reserved", size_text(view, size - row->committed, reserved));
}

/* Chunks of many sizes are not listed: -v does that. */
static void note_mapped(const struct map_view *view, const struct map_row *row, char *text)
{
    char each[SHOW_NUMBER];
    if (row->count == 1)
        snprintf(text, MAP_NOTE, "one large malloc");
    else if (all_equal(view, row))
        snprintf(text, MAP_NOTE, "%s each",
                 size_text(view, view->regions->list[row->first].committed, each));
    else
        snprintf(text, MAP_NOTE, "large mallocs");
}

/* What a write to it would do is what people want to know of a mapped file. */
static void note_file(const struct map_view *view, const struct map_row *row, char *text)
{
    if (row->count > 1) {
        snprintf(text, MAP_NOTE, "small ones");
        return;
    }
    const struct region *region = &view->regions->list[row->first];
    const struct area *area = &view->target->areas.list[region->first];
    const char *shared = area->access & ACCESS_SHARED ? "shared" : "private";
    const char *write = area->access & ACCESS_WRITE ? "writable" : "read-only";
    snprintf(text, MAP_NOTE, "%s, %s", write, shared);
}

/* What the kernel counts and people wonder about; it stands before everything else. */
static size_t note_usage(const struct map_view *view, const struct map_row *row, char *text)
{
    char size[SHOW_NUMBER];
    int n = 0;
    text[0] = '\0';
    if (row->usage.swapped)
        n += snprintf(text + n, MAP_NOTE - (size_t)n, "swap %s ",
                      size_text(view, row->usage.swapped, size));
    if (row->usage.lazily_free)
        n += snprintf(text + n, MAP_NOTE - (size_t)n, "lazily freed %s ",
                      size_text(view, row->usage.lazily_free, size));
    if (row->usage.huge)
        n += snprintf(text + n, MAP_NOTE - (size_t)n, "huge pages %s ",
                      size_text(view, row->usage.huge, size));
    return (size_t)n;
}

const char *map_note(const struct map_view *view, const struct map_row *row, char text[MAP_NOTE])
{
    const struct region *region = &view->regions->list[row->first];
    char words[MAP_NOTE] = "";
    size_t n = note_usage(view, row, text);
    switch (region->kind) {
    case REGION_TEXT:
    case REGION_DATA:
    case REGION_LIBRARY:
    case REGION_LOADER: note_code(view, region, words); break;
    case REGION_BSS: strcpy(words, "begins as zero"); break;
    case REGION_STACK: note_stack(view, words); break;
    case REGION_THREAD_STACK: note_thread_stacks(view, row, words); break;
    case REGION_THREAD_HEAP: note_reserved(view, row, words); break;
    case REGION_MAPPED_CHUNK: note_mapped(view, row, words); break;
    case REGION_FILE:
    case REGION_SHARED: note_file(view, row, words); break;
    case REGION_RESERVED: strcpy(words, "addresses only"); break;
    default: break;
    }
    snprintf(text + n, MAP_NOTE - n, "%.90s", words);
    return text;
}
