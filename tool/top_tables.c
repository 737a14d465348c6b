/* top_tables.c - arenas and regions in lines; the last line tells how many have no room. */
#include "top_screen.h"

#include <inttypes.h>
#include <stdio.h>

/* A size in its column. */
static void cell(const struct top_watch *watch, const struct box *box, int y, int x, uint64_t bytes)
{
    char text[SHOW_NUMBER];
    paint_format(box, y, x, PAINT_PLAIN, "%11s", show_size(watch->show, bytes, text));
}

/* How many of the lines can be shown below the head; the rest is told in the last line. */
static int lines_for(const struct box *box, size_t count)
{
    int room = box->height - 1;
    if ((size_t)(room > 0 ? room : 0) >= count)
        return (int)count;
    paint_format(box, box->height - 1, 0, PAINT_PLAIN, "... %zu in all", count);
    return room > 1 ? room - 1 : 0;
}

/* Threads last, where the line may be cut. */
void top_draw_arenas(const struct top_watch *watch, const struct box *box)
{
    const struct account *account = &watch->account;
    paint_text(box, 0, 0, PAINT_TITLE,
               "arena          live       free    retained   resident     mapped  threads");
    int lines = lines_for(box, account->arena_count);
    for (int i = 0; i < lines; i++) {
        const struct account_arena *arena = &account->arenas[i];
        paint_format(box, i + 1, 0, PAINT_PLAIN, "%.8s", arena->name);
        cell(watch, box, i + 1, 8, arena->live);
        cell(watch, box, i + 1, 19, arena->free);
        cell(watch, box, i + 1, 31, arena->retained);
        cell(watch, box, i + 1, 42, arena->resident);
        cell(watch, box, i + 1, 53, arena->mapped);
        paint_format(box, i + 1, 64, PAINT_PLAIN, "%9" PRIu64, arena->threads);
    }
    if (account->arena_count == 0)
        paint_text(box, 1, 0, PAINT_PLAIN,
                   watch->account.heap_known ? "none yet" : "this heap cannot be read");
}

/* High addresses first, as `ashlar map' has them. */
void top_draw_regions(const struct top_watch *watch, const struct box *box)
{
    const struct account *account = &watch->account;
    char name[SHOW_NAME], at[SHOW_NUMBER];
    paint_text(box, 0, 0, PAINT_TITLE, "        start        size   resident  what");
    int lines = lines_for(box, account->region_count);
    for (int i = 0; i < lines; i++) {
        const struct account_region *region =
            &account->regions[account->region_count - 1 - (size_t)i];
        paint_text(box, i + 1, 0, PAINT_PLAIN, show_address(region->start, at));
        cell(watch, box, i + 1, 14, region->end - region->start);
        cell(watch, box, i + 1, 25, region->resident);
        show_name(watch->show, region->label[0] ? region->label : region->kind, name);
        paint_text(box, i + 1, 38, PAINT_PLAIN, name);
    }
}
