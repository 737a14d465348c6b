/*
 * heap_picture.c - each heap drawn in cells of equal size, from low addresses to high.
 *
 *     55b0_7acf_6000  ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
 */
#include "heap_look.h"
#include "heap_sums.h"

#include <inttypes.h>
#include <stdio.h>

/* The first arena gets four rows, because it is mostly the largest; a page is the least that can be
 * given back. */
enum { COLUMNS = 64, ROWS_FIRST = 4, ROWS_OTHER = 1, CELL_LEAST = 4096, THREADS_SHOWN = 2 };

/* What a cell covers of the heap. */
struct cell {
    uint64_t live, free, top, unknown, resident;
};

/* The share of its bytes from which a cell counts as live. */
static bool mostly(uint64_t part, const struct cell *cell)
{
    return part * 10 >= (cell->live + cell->free + cell->top) * 9;
}

/* What most of the cell is.  A top that was never touched is a top all the same. */
static const char *cell_glyph(const struct heap_look *look, const struct cell *cell)
{
    const struct show *show = &look->request->show;
    if (cell->top > cell->live + cell->free)
        return "T";
    if (cell->unknown > cell->live + cell->free)
        return "?";
    if (cell->resident == 0)
        return "_";
    if (cell->live == 0)
        return show_glyph(show, "·", ".");
    if (mostly(cell->live, cell))
        return show_glyph(show, "█", "#");
    return mostly(cell->free, cell) ? show_glyph(show, "░", "-") : show_glyph(show, "▒", "+");
}

/* Green can be given back, yellow is held by something. */
static enum show_style cell_style(const struct cell *cell)
{
    if (cell->top > cell->live + cell->free || cell->resident == 0)
        return STYLE_DIM;
    return cell->live == 0 ? STYLE_GREEN : mostly(cell->live, cell) ? STYLE_BLUE : STYLE_YELLOW;
}

/* Add a part of a chunk to the cell. */
static void fill(struct cell *cell, const struct heap_chunk *chunk, uint64_t bytes)
{
    if (chunk->state == HEAP_TOP)
        cell->top += bytes;
    else if (chunk->state == HEAP_UNKNOWN)
        cell->unknown += bytes;
    else if (heap_is_free(chunk->state))
        cell->free += bytes;
    else
        cell->live += bytes;
}

/* Which chunk the drawing has come to, and how much of it was drawn. */
struct pen {
    struct heap_cursor cursor;
    struct heap_chunk chunk;
    bool more;
};

/* The next cell: [start, start + size) of the segment. */
static struct cell next_cell(const struct heap_look *look, struct pen *pen, uint64_t start,
                             uint64_t size)
{
    const struct heap_segment *segment = pen->cursor.segment;
    struct cell cell = {0};
    uint64_t end = start + size < segment->end ? start + size : segment->end;
    while (pen->more && pen->chunk.at < end) {
        uint64_t chunk_end = pen->chunk.at + pen->chunk.size;
        uint64_t from = pen->chunk.at > start ? pen->chunk.at : start;
        uint64_t to = chunk_end < end ? chunk_end : end;
        fill(&cell, &pen->chunk, to - from);
        if (chunk_end > end)
            break;
        pen->more = heap_next(&pen->cursor, &pen->chunk);
    }
    cell.resident = heap_resident(look->model, segment, start, end);
    return cell;
}

/* Rows of cells, each row with the address of its first one. */
static void draw_segment(const struct heap_look *look, const struct heap_segment *segment,
                         uint64_t size)
{
    const struct show *show = &look->request->show;
    struct pen pen = {.cursor = heap_begin(segment)};
    char address[SHOW_NUMBER];
    unsigned column = 0;
    pen.more = heap_next(&pen.cursor, &pen.chunk);
    for (uint64_t at = segment->start; at < segment->end; at += size, column++) {
        if (column % COLUMNS == 0)
            printf("%s%s  ", column ? "\n" : "", show_address(at, address));
        struct cell cell = next_cell(look, &pen, at, size);
        printf("%s%s%s", show_style(show, cell_style(&cell)), cell_glyph(look, &cell),
               show_style(show, STYLE_NONE));
    }
    putchar('\n');
}

/* A power of two, so that the arena takes about so many rows. */
static uint64_t cell_size(uint64_t bytes, unsigned rows)
{
    uint64_t size = CELL_LEAST;
    while (size * COLUMNS * rows < bytes)
        size *= 2;
    return size;
}

/* Some of the threads that allocate there, and how many more. */
static void print_threads(const struct heap_look *look, const struct heap_arena *arena)
{
    unsigned shown = 0;
    for (size_t i = 0; i < look->model->cache_count && shown < THREADS_SHOWN; i++) {
        const struct heap_cache *cache = &look->model->caches[i];
        if (cache->thread && cache->uses == arena->at)
            printf("%s%d", shown++ ? ", " : "   used by thread ", (int)cache->thread);
    }
    if (arena->is_shared)
        printf("   of all arenas");
    else if (arena->threads == 0)
        printf("   waits for a thread");
    else if (arena->threads > shown && shown)
        printf(" and %" PRIu64 " more", arena->threads - shown);
}

/* A heading, then each of its segments. */
static void draw_arena(const struct heap_look *look, size_t index, unsigned rows)
{
    const struct heap_arena *arena = &look->model->arenas[index];
    char size[SHOW_NUMBER];
    uint64_t cell = cell_size(arena->sums.mapped, rows);
    size_t first = heap_first_segment(look->model, index);
    if (arena->sums.mapped == 0)
        return;
    printf("\narena %s, one cell = %s", arena->name, show_size(&look->request->show, cell, size));
    print_threads(look, arena);
    putchar('\n');
    for (size_t i = 0; i < arena->segments; i++)
        draw_segment(look, &look->model->segments[first + i], cell);
}

/* Once, under the last picture. */
static void print_legend(const struct heap_look *look)
{
    const struct show *show = &look->request->show;
    printf("%s live   %s mixed   %s nine tenths free   %s free   T top   _ not in memory\n",
           show_glyph(show, "█", "#"), show_glyph(show, "▒", "+"), show_glyph(show, "░", "-"),
           show_glyph(show, "·", "."));
}

void heap_print_pictures(const struct heap_look *look)
{
    size_t drawn = 0, most = look->request->verbose ? SIZE_MAX : 4, left = 0;
    for (size_t i = 0; i < look->model->arena_count; i++) {
        if (!heap_wants(look, i) || look->model->arenas[i].segments == 0)
            continue;
        if (drawn == most) {
            left++;
            continue;
        }
        draw_arena(look, i, drawn == 0 || look->request->verbose ? ROWS_FIRST : ROWS_OTHER);
        drawn++;
    }
    if (left)
        printf("\nand %zu more arenas: -v draws all, --arena N one\n", left);
    if (drawn)
        print_legend(look);
}
