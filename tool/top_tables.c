/* top_tables.c - arenas, regions, bins and threads in lines; the last line tells
 * which of them there was room for. */
#include "top_screen.h"

#include <inttypes.h>
#include <stdio.h>

/* A size in its column. */
static void cell(const struct top_watch *watch, const struct box *box, int y, int x, uint64_t bytes)
{
    char text[SHOW_NUMBER];
    paint_format(box, y, x, PAINT_PLAIN, "%11s", show_size(watch->show, bytes, text));
}

/* How many of the lines from the first on can be shown below the head; that there are others is told
 * in the last line. */
static size_t lines_for(const struct box *box, size_t first, size_t count)
{
    size_t room = box->height > 1 ? (size_t)box->height - 1 : 0, left = count - first;
    if (first == 0 && room >= count)
        return count;
    size_t lines = room > 1 ? room - 1 : 0;
    if (lines > left)
        lines = left;
    paint_format(box, box->height - 1, 0, PAINT_PLAIN, "... %zu to %zu of %zu", first + (lines > 0),
                 first + lines, count);
    return lines;
}

/* One that lies behind the end shows the last line: the list may have become shorter. */
static size_t first_of(size_t first, size_t count)
{
    return first < count ? first : count > 0 ? count - 1 : 0;
}

/* Threads last, where the line may be cut. */
static void draw_arena(const struct top_watch *watch, const struct box *box, int y,
                       const struct account_arena *arena)
{
    paint_format(box, y, 0, PAINT_PLAIN, "%.8s", arena->name);
    cell(watch, box, y, 8, arena->live);
    cell(watch, box, y, 19, arena->free);
    cell(watch, box, y, 31, arena->retained);
    cell(watch, box, y, 42, arena->resident);
    cell(watch, box, y, 53, arena->mapped);
    paint_format(box, y, 64, PAINT_PLAIN, "%9" PRIu64, arena->threads);
}

size_t top_draw_arenas(const struct top_watch *watch, const struct box *box, size_t first)
{
    const struct account *account = &watch->account;
    paint_text(box, 0, 0, PAINT_TITLE,
               "arena          live       free    retained   resident     mapped  threads");
    first = first_of(first, account->arena_count);
    size_t lines = lines_for(box, first, account->arena_count);
    for (size_t i = 0; i < lines; i++)
        draw_arena(watch, box, (int)i + 1, &account->arenas[first + i]);
    if (account->arena_count == 0)
        paint_text(box, 1, 0, PAINT_PLAIN,
                   watch->account.heap_known ? "none yet" : "this heap cannot be read");
    return account->arena_count;
}

/* High addresses first, as `ashlar map' has them. */
size_t top_draw_regions(const struct top_watch *watch, const struct box *box, size_t first)
{
    const struct account *account = &watch->account;
    char name[SHOW_NAME], at[SHOW_NUMBER];
    paint_text(box, 0, 0, PAINT_TITLE, "        start        size   resident  what");
    first = first_of(first, account->region_count);
    size_t lines = lines_for(box, first, account->region_count);
    for (size_t i = 0; i < lines; i++) {
        const struct account_region *region =
            &account->regions[account->region_count - 1 - first - i];
        int y = (int)i + 1;
        paint_text(box, y, 0, PAINT_PLAIN, show_address(region->start, at));
        cell(watch, box, y, 14, region->end - region->start);
        cell(watch, box, y, 25, region->resident);
        show_name(watch->show, region->label[0] ? region->label : region->kind, name);
        paint_text(box, y, 38, PAINT_PLAIN, name);
    }
    return account->region_count;
}

size_t top_draw_bins(const struct top_watch *watch, const struct box *box, size_t first)
{
    const struct top_details *details = &watch->details;
    paint_text(box, 0, 0, PAINT_TITLE, "bin              from         to     chunks      bytes");
    first = first_of(first, details->bin_count);
    size_t lines = lines_for(box, first, details->bin_count);
    for (size_t i = 0; i < lines; i++) {
        const struct top_bin *bin = &details->bins[first + i];
        int y = (int)i + 1;
        paint_format(box, y, 0, PAINT_PLAIN, "%.14s", bin->name);
        cell(watch, box, y, 10, bin->smallest);
        cell(watch, box, y, 21, bin->largest);
        paint_format(box, y, 32, PAINT_PLAIN, "%11" PRIu64, bin->count);
        cell(watch, box, y, 43, bin->bytes);
    }
    if (details->bin_count == 0)
        paint_text(box, 1, 0, PAINT_PLAIN, "no free chunk waits anywhere");
    return details->bin_count;
}

/* What a thread has cached is free, and nobody else can have it. */
size_t top_draw_threads(const struct top_watch *watch, const struct box *box, size_t first)
{
    const struct top_details *details = &watch->details;
    char name[SHOW_NAME];
    paint_text(box, 0, 0, PAINT_TITLE,
               " thread  name             arena       state       cached      bytes");
    first = first_of(first, details->thread_count);
    size_t lines = lines_for(box, first, details->thread_count);
    for (size_t i = 0; i < lines; i++) {
        const struct top_thread *thread = &details->threads[first + i];
        int y = (int)i + 1;
        const char *state = thread->id == 0 ? "-" : thread->sleeps ? "sleeps" : "runs";
        paint_format(box, y, 0, PAINT_PLAIN, "%7d", (int)thread->id);
        paint_text(box, y, 9, PAINT_PLAIN, show_name(watch->show, thread->name, name));
        paint_format(box, y, 26, PAINT_PLAIN, "%.10s", thread->arena);
        paint_format(box, y, 38, PAINT_PLAIN, "%-7s%11" PRIu64, state, thread->count);
        cell(watch, box, y, 56, thread->bytes);
    }
    if (details->thread_count == 0)
        paint_text(box, 1, 0, PAINT_PLAIN, "no thread has a cache that was found");
    return details->thread_count;
}
