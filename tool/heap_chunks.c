/*
 * heap_chunks.c - chunks one by one: a list of them, or the one that holds an address.
 *
 * As debuggers' helpers list them: address, size, flags, state, and the links of a free one.
 */
#include "glibc_layout.h"
#include "heap_look.h"
#include "say.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Live and free must be told apart at a glance. */
static enum show_style style_of(enum heap_state state)
{
    switch (state) {
    case HEAP_LIVE:
    case HEAP_MAPPED: return STYLE_BLUE;
    case HEAP_FREE: return STYLE_GREEN;
    case HEAP_FAST:
    case HEAP_CACHED: return STYLE_CYAN;
    case HEAP_UNKNOWN: return STYLE_RED;
    default: return STYLE_DIM;
    }
}

/* The columns' names. */
static void print_head(const struct heap_look *look)
{
    const struct show *show = &look->request->show;
    printf("\n%s%14s%14s  %-5s %s%s\n", show_style(show, STYLE_BOLD), "CHUNK", "SIZE", "FLAGS",
           "STATE", show_style(show, STYLE_NONE));
}

/* One line.  Links are read from the target now, not when the heap was walked. */
static void print_chunk(const struct heap_look *look, const struct heap_chunk *chunk)
{
    const struct show *show = &look->request->show;
    char address[SHOW_NUMBER], flags[4], state[64];
    uint64_t fd, bk;
    show_padded(stdout, show_address(chunk->at, address), -14);
    /* In bytes always: sizes differ by 16. */
    printf("%14" PRIu64 "  %-5s %s%s%s", chunk->size, heap_flags(chunk->flags, flags),
           show_style(show, style_of(chunk->state)), heap_describe(look->model, chunk, state),
           show_style(show, STYLE_NONE));
    if (heap_links(look, chunk, &fd, &bk))
        printf("   fd %" PRIx64 " bk %" PRIx64, fd, bk);
    putchar('\n');
}

void heap_print_chunks(const struct heap_look *look)
{
    long left = look->request->chunk_limit;
    uint64_t more = 0;
    print_head(look);
    for (size_t i = 0; i < look->model->segment_count; i++) {
        struct heap_cursor cursor = heap_begin(&look->model->segments[i]);
        struct heap_chunk chunk;
        while (heap_wants(look, look->model->segments[i].arena) && heap_next(&cursor, &chunk)) {
            if (left == 0)
                more++;
            else
                print_chunk(look, &chunk);
            left -= left > 0;
        }
    }
    for (size_t i = 0; look->arena == SIZE_MAX && i < look->model->mapped_count; i++) {
        if (left == 0)
            more++;
        else
            print_chunk(look, &look->model->mapped[i].chunk);
        left -= left > 0;
    }
    if (more)
        printf("and %" PRIu64 " more:  --chunks=all\n", more);
}

/* The chunk below is the one before it in a walk, which is what makes it known at all. */
static bool neighbours(const struct heap_segment *segment, uint64_t at, struct heap_chunk *below,
                       struct heap_chunk *above, bool *has_above)
{
    struct heap_cursor cursor = heap_begin(segment);
    struct heap_chunk chunk;
    bool has_below = false;
    while (heap_next(&cursor, &chunk) && chunk.at < at) {
        *below = chunk;
        has_below = true;
    }
    *has_above = heap_next(&cursor, above);
    return has_below;
}

/* Where in its chunk the address is; people mostly hold the program's pointer. */
static void print_place(const struct heap_look *look, const struct heap_chunk *chunk)
{
    const struct heap_segment *segment = heap_segment_at(look->model, chunk->at);
    bool headless = segment && segment->headless;
    uint64_t at = look->request->address, user = chunk->at + (headless ? 0 : GLIBC_HEADER);
    char size[SHOW_NUMBER];
    if (at == user)
        printf("%" PRIx64 " is the program's pointer to", at);
    else if (at < user)
        printf("%" PRIx64 " lies in the header of", at);
    else
        printf("%" PRIx64 " lies %s into", at, show_size(&look->request->show, at - user, size));
    printf(" the block of the chunk at %" PRIx64 ".\n", chunk->at);
}

/* It has no neighbours. */
static void print_mapped(const struct heap_look *look, const struct heap_mapped *mapped)
{
    print_place(look, &mapped->chunk);
    printf("It has a mapping of its own, %" PRIx64 "-%" PRIx64 "; free() returns it at once.\n",
           mapped->start, mapped->end);
    print_head(look);
    print_chunk(look, &mapped->chunk);
}

/* The chunk between its neighbours, which an overflow would have come from or gone to. */
static void print_in_segment(const struct heap_look *look, const struct heap_segment *segment,
                             const struct heap_chunk *chunk)
{
    struct heap_chunk below, above;
    bool has_above, has_below = neighbours(segment, chunk->at, &below, &above, &has_above);
    char state[64];
    print_place(look, chunk);
    printf("It is %s, in arena %s.\n", heap_describe(look->model, chunk, state),
           look->model->arenas[segment->arena].name);
    print_head(look);
    if (has_below)
        print_chunk(look, &below);
    print_chunk(look, chunk);
    if (has_above)
        print_chunk(look, &above);
}

void heap_print_address(const struct heap_look *look)
{
    struct heap_cursor cursor;
    struct heap_chunk chunk;
    uint64_t at = look->request->address;
    if (heap_chunk_at(look->model, at, &cursor, &chunk)) {
        print_in_segment(look, cursor.segment, &chunk);
        return;
    }
    for (size_t i = 0; i < look->model->mapped_count; i++) {
        const struct heap_mapped *mapped = &look->model->mapped[i];
        if (at >= mapped->start && at < mapped->end) {
            print_mapped(look, mapped);
            return;
        }
    }
    say("%" PRIx64 " is in no chunk of malloc's.", at);
    say_more("What is there instead:  ashlar map -v %d", (int)look->target->pid);
    exit(EXIT_OURS);
}
