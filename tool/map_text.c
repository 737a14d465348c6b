/*
 * map_text.c - the map for people: a line for each row, from high to low as the stack stands over
 * the heap in every textbook.
 *
 *      7ffe_4abe_5000 ┌ stack (main)          132 KiB     12 KiB  ↓ limit 8.0 MiB
 *                     ┊ gap 0.8 TiB
 *      7f36_66d0_1000 ├ libc.so.6             1.8 MiB    1.0 MiB  text 1.3 MiB
 *      the row's start  what                     size   resident  a few words
 *
 * The address is where the row begins, so that from one line to the next above it lies what the
 * line says.  Everything fits 80 columns, unless sizes are asked for in bytes.
 */
#include "binary.h"
#include "map_note.h"
#include "map_view.h"
#include "say.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns, and the smallest gap that is worth a line: libraries leave some of a few pages. */
enum { LABEL_AND_SIZE = 29, SIZE = 11, NOTE = 20, BAR = 24, ARENA_BAR = 20, GAP_LEAST = 1 << 20 };

/* Where user addresses end: x86-64 leaves one page free below its half, 32-bit programs end below
 * the fourth gibibyte. */
#define LIMIT_64 UINT64_C(0x7ffffffff000)
#define LIMIT_32 UINT64_C(0xffffe000)

/* What is asked of show.h most often here, in fewer words. */
static const char *glyph(const struct map_view *view, const char *utf8, const char *ascii)
{
    return show_glyph(&view->request->show, utf8, ascii);
}

static const char *style(const struct map_view *view, enum show_style one)
{
    return show_style(&view->request->show, one);
}

/* Colour tells whose memory it is: malloc's, stacks, what is not memory at all. */
static enum show_style style_of(enum region_kind kind)
{
    switch (kind) {
    case REGION_BREAK:
    case REGION_THREAD_HEAP:
    case REGION_MALLOC: return STYLE_GREEN;
    case REGION_MAPPED_CHUNK: return STYLE_YELLOW;
    case REGION_STACK:
    case REGION_THREAD_STACK: return STYLE_CYAN;
    case REGION_RESERVED: return STYLE_DIM;
    default: return STYLE_NONE;
    }
}

/* A core file does not tell what was in memory, only what was written down. */
static const char *resident_word(const struct map_view *view)
{
    return view->target->core ? "stored" : "resident";
}

/* A core file may not say whose it is. */
static void print_name(const struct map_view *view)
{
    char name[SHOW_NAME];
    show_name(&view->request->show, view->target->name, name);
    printf("%s%s", style(view, STYLE_BOLD), name[0] ? name : "core file");
    if (view->target->pid)
        printf(" (%d)", (int)view->target->pid);
    printf("%s", style(view, STYLE_NONE));
}

/* Who it is, and the totals that everything below adds up to. */
static void print_head(const struct map_view *view)
{
    const struct show *show = &view->request->show;
    const struct target *target = view->target;
    const struct usage *total = &view->regions->total;
    char size[SHOW_NUMBER], resident[SHOW_NUMBER], dirty[SHOW_NUMBER], swap[SHOW_NUMBER];
    char allocator[ALLOCATOR_TEXT];
    print_name(view);
    printf("   %s   %s pages   %zu areas   %s\n", binary_machine_name(target->machine),
           show_size(show, target->page_size, size), target->areas.count,
           allocator_text(&view->allocator, allocator));
    printf("virtual %s   %s %s   private dirty %s   swap %s\n\n",
           show_size(show, view->regions->size, size), resident_word(view),
           show_size(show, total->resident, resident), show_size(show, total->private_dirty, dirty),
           show_size(show, total->swapped, swap));
}

/* The two ends of the address space, where no row can be. */
static void print_edge(const struct map_view *view, bool high)
{
    char address[SHOW_NUMBER];
    printf(" ");
    for (int i = 0; i < 16; i++)
        fputs(glyph(view, "·", "."), stdout);
    if (high)
        printf(" the kernel's half; user addresses end at %s\n",
               show_address(view->target->bits == 64 ? LIMIT_64 : LIMIT_32, address));
    else
        printf(" 0, never mapped: a null pointer must fail\n");
}

/* How far it is to the next region. */
static void print_gap(const struct map_view *view, uint64_t bytes)
{
    char size[SHOW_NUMBER];
    if (bytes < GAP_LEAST)
        return;
    printf("%s                %s gap %s%s\n", style(view, STYLE_DIM), glyph(view, "┊", ":"),
           show_size(&view->request->show, bytes, size), style(view, STYLE_NONE));
}

/* The label and the size share a field: a long name may use what a short size leaves. */
static void print_label(const struct map_view *view, const struct map_row *row)
{
    const struct region *region = &view->regions->list[row->first];
    char name[SHOW_NAME], label[SHOW_NAME + 24], size[SHOW_NUMBER];
    show_name(&view->request->show, region->label, name);
    show_size(&view->request->show, row->committed ? row->committed : row->end - row->start, size);
    if (row->count > 1)
        snprintf(label, sizeof label, "%s%s %s%zu", region_kind_name(region->kind),
                 region->kind == REGION_ANONYMOUS || region->kind == REGION_MALLOC ? "" : "s",
                 glyph(view, "×", "x"), row->count);
    else
        snprintf(label, sizeof label, "%s", name);
    int room = LABEL_AND_SIZE - show_columns(size) - 1;
    if (show_columns(label) > room)
        strcpy(label + room - 2, "..");
    enum show_style look = style_of(region->kind);
    printf("%s", look ? style(view, look) : "");
    show_padded(stdout, label, room + 1);
    printf("%s%s", look ? style(view, STYLE_NONE) : "", size);
}

/* Words that do not fit behind the numbers stand below the label. */
static void print_note(const struct map_view *view, const struct map_row *row)
{
    char note[MAP_NOTE];
    map_note(view, row, note);
    if (!note[0])
        printf("\n");
    else if (show_columns(note) <= NOTE)
        printf("  %s\n", note);
    else
        printf("\n                %s   %s\n", glyph(view, "│", "|"), note);
}

/* What an arena holds, under its row: a bar of what is live, and the numbers. */
static void print_blocks(const struct map_view *view, const struct map_row *row)
{
    const struct region *region = &view->regions->list[row->first];
    const struct show *show = &view->request->show;
    char live[SHOW_NUMBER], idle[SHOW_NUMBER];
    if (!region->counted || row->count > 1)
        return;
    printf("                %s   ", glyph(view, "│", "|"));
    int wide = show_bar(show, stdout, region->live, region->live + region->free, ARENA_BAR);
    for (; wide < ARENA_BAR; wide++)
        fputs(glyph(view, "·", "."), stdout);
    printf(" %s live, %s free\n", show_size(show, region->live, live),
           show_size(show, region->free, idle));
}

/* The first row of a kind is the one that teaches. */
static void print_lesson(const struct map_view *view, enum region_kind kind, bool told[])
{
    if (!view->request->teach || told[kind])
        return;
    told[kind] = true;
    for (const char *line = map_lesson(kind); *line;) {
        int length = (int)strcspn(line, "\n");
        printf("%s                %s   %.*s%s\n", style(view, STYLE_DIM), glyph(view, "│", "|"),
               length, line, style(view, STYLE_NONE));
        line += length + (line[length] == '\n');
    }
}

/* In the columns of the rows, with the rights in the place of the name. */
static void print_area(const struct map_view *view, const struct area *area)
{
    const struct show *show = &view->request->show;
    char start[SHOW_NUMBER], size[SHOW_NUMBER], resident[SHOW_NUMBER], name[SHOW_NAME];
    printf("%s  %s %s  %c%c%c%c", style(view, STYLE_DIM), show_address(area->start, start),
           glyph(view, "│", "|"), area->access & ACCESS_READ ? 'r' : '-',
           area->access & ACCESS_WRITE ? 'w' : '-', area->access & ACCESS_EXECUTE ? 'x' : '-',
           area->access & ACCESS_SHARED ? 's' : 'p');
    show_padded(stdout, show_size(show, area_size(area), size), 5 - LABEL_AND_SIZE);
    show_padded(stdout, show_size(show, area->usage.resident, resident), -SIZE);
    printf("  %s%s\n", show_name(show, area->name, name), style(view, STYLE_NONE));
}

/* The kernel's own lines, for -v. */
static void print_areas(const struct map_view *view, const struct region *region)
{
    size_t end = region->first + region->areas;
    for (size_t i = 0; view->request->every_area && i < region->areas; i++) {
        size_t which = view->request->low_first ? region->first + i : end - 1 - i;
        const struct area *area = &view->target->areas.list[which];
        if (area->start >= region->start)
            print_area(view, area);
    }
}

/* The end that moves stands above the heap, where it grows to. */
static void print_brk(const struct map_view *view, const struct map_row *row)
{
    char address[SHOW_NUMBER];
    if (view->regions->list[row->first].kind == REGION_BREAK)
        printf(" %s %s %s brk: the heap ends here, and grows up\n", show_address(row->end, address),
               glyph(view, "┊", ":"), glyph(view, "←", "<-"));
}

/* A row and whatever belongs to it below. */
static void print_row(const struct map_view *view, const struct map_row *row, const char *corner,
                      bool told[])
{
    const struct region *region = &view->regions->list[row->first];
    char address[SHOW_NUMBER], resident[SHOW_NUMBER];
    if (!view->request->low_first)
        print_brk(view, row);
    printf(" %s %s ", show_address(row->start, address), corner);
    print_label(view, row);
    show_size(&view->request->show, row->usage.resident, resident);
    show_padded(stdout, resident, -SIZE);
    print_note(view, row);
    print_blocks(view, row);
    print_lesson(view, region->kind, told);
    print_areas(view, region);
    if (view->request->low_first)
        print_brk(view, row);
}

/* The first line of the strip, one in the middle, the last. */
static const char *corner(const struct map_view *view, size_t i, size_t n)
{
    if (i == 0)
        return glyph(view, "┌", "+");
    return i + 1 < n ? glyph(view, "├", "+") : glyph(view, "└", "+");
}

/* Rows come in ascending order; a gap is what lies between two of them. */
static void print_rows(const struct map_view *view)
{
    bool told[REGION_KINDS] = {false}, low = view->request->low_first;
    struct map_row *rows;
    size_t n = map_rows(view, &rows);
    for (size_t i = 0; i < n; i++) {
        const struct map_row *row = &rows[low ? i : n - 1 - i];
        if (i > 0)
            print_gap(view, low ? row->start - row[-1].end : row[1].start - row->end);
        print_row(view, row, corner(view, i, n), told);
    }
    free(rows);
}

/* A share that is there is not "0 %". */
static void print_sum(const struct map_view *view, const struct map_sum *sum, uint64_t total)
{
    char resident[SHOW_NUMBER];
    if (sum->regions == 0)
        return;
    printf(" ");
    show_padded(stdout, sum->name, 16);
    show_padded(stdout, show_size(&view->request->show, sum->resident, resident), -SIZE);
    double percent = total ? 100 * (double)sum->resident / (double)total : 0;
    if (percent > 0 && percent < 1)
        printf("   <1 %%  ");
    else
        printf(" %4.0f %%%s", percent, percent > 0 ? "  " : "");
    show_bar(&view->request->show, stdout, sum->resident, total, BAR);
    printf("\n");
}

/* The last line is the sum of those above it, and the kernel's number. */
static void print_sums(const struct map_view *view)
{
    struct map_sum sums[MAP_SUMS];
    char total[SHOW_NUMBER];
    map_sums(view->regions, sums);
    printf("\n %s\n", resident_word(view));
    for (size_t i = 0; i < MAP_SUMS; i++)
        print_sum(view, &sums[i], view->regions->total.resident);
    printf(" ");
    show_padded(stdout, view->target->core ? "total" : "total = RSS", 16);
    show_padded(stdout, show_size(&view->request->show, view->regions->total.resident, total),
                -SIZE);
    printf("  100 %%\n");
}

/* What the heap models counted, and where to go on from here. */
static void print_hint(const struct map_view *view)
{
    uint64_t live = 0, idle = 0;
    char all[SHOW_NUMBER], part[SHOW_NUMBER];
    for (size_t i = 0; i < view->regions->count; i++) {
        live += view->regions->list[i].live;
        idle += view->regions->list[i].free;
    }
    if (live + idle == 0 || view->request->show.quiet)
        return;
    printf("\n malloc's arenas hold %s, %s of it live.  Why: ashlar explain %s\n",
           show_size(&view->request->show, live + idle, all),
           show_size(&view->request->show, live, part), say_word(view->request->targets.words[0]));
}

void map_print_text(const struct map_view *view)
{
    bool low = view->request->low_first;
    print_head(view);
    printf(" %sstart (%s first)%s what %24s %10s%s\n", style(view, STYLE_BOLD),
           low ? "low" : "high", low ? " " : "", "size", resident_word(view),
           style(view, STYLE_NONE));
    print_edge(view, !low);
    print_rows(view);
    print_edge(view, low);
    print_sums(view);
    print_hint(view);
}
