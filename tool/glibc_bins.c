/* glibc_bins.c - links followed, never further than there can be chunks. */
#include "glibc_bins.h"

#include "say.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int by_address(const void *a, const void *b)
{
    uint64_t x = ((const struct glibc_note *)a)->at, y = ((const struct glibc_note *)b)->at;
    return (x > y) - (x < y);
}

static struct glibc_note *note_at(const struct glibc_notes *notes, uint64_t at)
{
    struct glibc_note key = {.at = at};
    if (notes->count == 0)
        return NULL;
    return bsearch(&key, notes->list, notes->count, sizeof key, by_address);
}

/* Follow one bin.  Each chunk gets its bin once, so that a circle ends. */
static bool follow(struct glibc_notes *notes, uint64_t head, uint64_t first, unsigned bin,
                   size_t *met, char complaint[160])
{
    for (uint64_t at = first; at != head;) {
        struct glibc_note *note = note_at(notes, at);
        if (!note || note->bin) {
            snprintf(complaint, 160, "bin %u leads to %" PRIx64 ", %s", bin, at,
                     note ? "where a bin has led before" : "which is no free chunk");
            return false;
        }
        note->bin = bin;
        at = note->fd;
        ++*met;
    }
    return true;
}

bool glibc_bins_follow(const struct glibc_state *state, const struct glibc_arena *arena,
                       struct glibc_notes *notes, char complaint[160])
{
    bool good = true;
    size_t met = 0;
    if (notes->count)
        qsort(notes->list, notes->count, sizeof *notes->list, by_address);
    for (unsigned bin = 1; bin < GLIBC_BINS; bin++) {
        uint64_t head = glibc_bin_head(state, arena->at, bin);
        uint64_t first = glibc_bin_first(state, arena, bin);
        good = follow(notes, head, first, bin, &met, complaint) && good;
    }
    if (good && met != notes->count) {
        snprintf(complaint, 160, "%zu of %zu free chunks are in no bin", notes->count - met,
                 notes->count);
        good = false;
    }
    return good;
}

void glibc_mark_add(struct glibc_marks *marks, const struct heap_mark *mark)
{
    if (marks->count == marks->room) {
        marks->room = marks->room ? marks->room * 2 : 256;
        marks->list = reallocarray(marks->list, marks->room, sizeof *mark);
        if (!marks->list)
            say_and_exit(EXIT_OURS, "out of memory");
    }
    marks->list[marks->count++] = *mark;
}

/* The chunk that the link in this one leads to. */
static bool next_of(const struct glibc_list *list, uint64_t at, uint64_t *next)
{
    uint64_t place = at + GLIBC_HEADER, link;
    if (!peek_word(list->peek, place, &link))
        return false;
    if (list->mangled)
        link ^= place >> 12;
    *next = link && list->to_user ? link - GLIBC_HEADER : link;
    return link % GLIBC_ALIGN == 0;
}

/* A circle is noticed when the chunk comes again that was met last at a power of two of steps. */
bool glibc_list_follow(const struct glibc_list *list, struct glibc_marks *marks)
{
    uint64_t steps = 0, milestone = 0;
    for (uint64_t at = list->first; at;) {
        struct heap_mark mark = list->mark;
        mark.at = at;
        if (at == milestone || steps == list->limit || !next_of(list, at, &at))
            return false;
        glibc_mark_add(marks, &mark);
        if ((steps & (steps - 1)) == 0)
            milestone = mark.at;
        steps++;
    }
    return true;
}

bool glibc_fast_follow(struct peek *peek, const struct glibc_state *state,
                       const struct glibc_arena *arena, bool mangled, struct glibc_marks *marks)
{
    if (!state->arena->fast)
        return true;
    bool good = true;
    for (unsigned bin = 0; bin < GLIBC_FAST_BINS; bin++) {
        struct glibc_list list = {
            .peek = peek,
            .first = glibc_arena_word(arena, state->arena->fast + bin * GLIBC_WORD),
            .mangled = mangled,
            .limit = glibc_arena_word(arena, state->arena->system) / GLIBC_CHUNK_MIN,
            .mark = {.bin = (uint8_t)bin, .state = HEAP_FAST},
        };
        good = glibc_list_follow(&list, marks) && good;
    }
    return good;
}
