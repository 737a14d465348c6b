/*
 * heap_table.c - the arenas, one line each; the columns of a line add up to what is mapped.
 *
 *     ARENA    MAPPED      LIVE      FREE    CACHED       TOP      OWN   RETURNABLE
 *     main   27.3 MiB =  ...   +
 */
#include "heap_look.h"
#include "heap_sums.h"
#include "paragraph.h"

#include <inttypes.h>
#include <stdio.h>

/* Columns, 80 together; numbers stand right. */
enum { NAME = 6, CELL = -11, TOP_CELL = -10, OWN_CELL = -9 };

/* A size, right-aligned; nothing at all is a dash. */
static void cell(const struct heap_look *look, uint64_t bytes, int columns)
{
    char text[SHOW_NUMBER];
    show_padded(stdout, bytes ? show_size(&look->request->show, bytes, text) : "-", columns);
}

/* Whether the last column has to tell what could not be walked. */
static bool any_unknown(const struct heap_look *look)
{
    for (size_t i = 0; i < look->model->arena_count; i++) {
        if (look->model->arenas[i].sums.of[HEAP_UNKNOWN].bytes)
            return true;
    }
    return false;
}

/* One arena, or the total. */
static void print_line(const struct heap_look *look, const char *name, const struct heap_sums *sums)
{
    show_padded(stdout, name, NAME);
    cell(look, sums->mapped, CELL);
    cell(look, sums->of[HEAP_LIVE].bytes + sums->of[HEAP_MAPPED].bytes, CELL);
    cell(look, sums->of[HEAP_FREE].bytes, CELL);
    cell(look, sums->of[HEAP_CACHED].bytes + sums->of[HEAP_FAST].bytes, CELL);
    cell(look, sums->of[HEAP_TOP].bytes, TOP_CELL);
    cell(look, sums->of[HEAP_OWN].bytes, OWN_CELL);
    cell(look, any_unknown(look) ? sums->of[HEAP_UNKNOWN].bytes : sums->trimmable, CELL);
    putchar('\n');
}

/* The columns' names; LIVE to OWN add up to MAPPED, and with UNKNOWN where there is any. */
static void print_head(const struct heap_look *look)
{
    const struct show *show = &look->request->show;
    fputs(show_style(show, STYLE_BOLD), stdout);
    show_padded(stdout, "ARENA", NAME);
    static const char *const heads[] = {"MAPPED", "LIVE", "FREE", "CACHED"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        show_padded(stdout, heads[i], CELL);
    show_padded(stdout, "TOP", TOP_CELL);
    show_padded(stdout, "OWN", OWN_CELL);
    show_padded(stdout, any_unknown(look) ? "UNKNOWN" : "RETURNABLE", CELL);
    printf("%s\n", show_style(show, STYLE_NONE));
}

/* All mapped chunks in one line. */
static void print_mapped(const struct heap_look *look)
{
    struct heap_sums sums = {.mapped = look->model->mapped_sum.bytes};
    sums.of[HEAP_MAPPED] = look->model->mapped_sum;
    if (look->model->mapped_count)
        print_line(look, "mmap", &sums);
}

/* The block below the damage, over whose end the program has most likely written. */
static void print_suspect(const struct heap_look *look, const struct heap_arena *arena)
{
    struct heap_cursor cursor;
    struct heap_chunk chunk;
    char text[160];
    if (!heap_chunk_at(look->model, arena->broken_at - 1, &cursor, &chunk) ||
        chunk.state != HEAP_LIVE)
        return;
    snprintf(text, sizeof text,
             "The block right below it, at %" PRIx64 " (%" PRIu64
             " bytes), was probably written past its end.",
             chunk.at + 16, chunk.size - 8);
    paragraph_print(text, 0);
}

/* In red: what was overwritten is the news. */
static void print_damage(const struct heap_look *look, const struct heap_arena *arena)
{
    const struct show *show = &look->request->show;
    char text[256];
    snprintf(text, sizeof text, "Arena %s is damaged: %s.", arena->name, arena->complaint);
    printf("\n%s", show_style(show, STYLE_RED));
    paragraph_print(text, 0);
    fputs(show_style(show, STYLE_NONE), stdout);
    print_suspect(look, arena);
}

/* Damage and motion are told where the numbers are that they spoil. */
static void print_complaints(const struct heap_look *look)
{
    for (size_t i = 0; i < look->model->arena_count; i++) {
        const struct heap_arena *arena = &look->model->arenas[i];
        if (arena->broken)
            print_damage(look, arena);
        else if (arena->torn)
            printf("\nArena %s was in motion when it was read (%u times): near, not exact.\n",
                   arena->name, arena->reads);
    }
}

void heap_print_table(const struct heap_look *look)
{
    print_head(look);
    for (size_t i = 0; i < look->model->arena_count; i++) {
        if (heap_wants(look, i))
            print_line(look, look->model->arenas[i].name, &look->model->arenas[i].sums);
    }
    if (look->arena == SIZE_MAX) {
        struct heap_sums total = heap_sums_total(look->model);
        print_mapped(look);
        print_line(look, "total", &total);
    }
    print_complaints(look);
}
