/*
 * glibc_bins.c - links followed, never further than there can be chunks.
 *
 * Bins are followed in our own memory, over the notes that the walk took: a binary search for each
 * link, no reading.  Fast bins and caches lead to chunks that were not noted, and are read.
 */
#include "glibc_bins.h"

#include "say.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* For qsort and bsearch. */
static int by_address(const void *a, const void *b)
{
    uint64_t x = ((const struct glibc_note *)a)->at, y = ((const struct glibc_note *)b)->at;
    return (x > y) - (x < y);
}

/* The note of the free chunk at that address, or NULL if the walk met none there. */
static struct glibc_note *note_at(const struct glibc_notes *notes, uint64_t at)
{
    struct glibc_note key = {.at = at};
    if (notes->count == 0)
        return NULL;
    return bsearch(&key, notes->list, notes->count, sizeof key, by_address);
}

/* The walk meets them in order, but an arena's segments may be walked in another. */
static void sort(struct glibc_notes *notes)
{
    for (size_t i = 1; i < notes->count; i++) {
        if (notes->list[i].at < notes->list[i - 1].at) {
            qsort(notes->list, notes->count, sizeof *notes->list, by_address);
            return;
        }
    }
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
    sort(notes);
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

/* Where one is in a list.  A circle is noticed when the chunk comes again that was met last at a
 * power of two of steps. */
struct place {
    uint64_t at; /* 0 = the list has ended */
    uint64_t steps, milestone;
};

/* Mark the chunk and go on to the next.  False if the list leads nowhere. */
static bool advance(const struct glibc_list *list, struct place *place, struct glibc_marks *marks)
{
    struct heap_mark mark = list->mark;
    uint64_t next;
    mark.at = place->at;
    if (place->at == place->milestone || place->steps == list->limit ||
        !next_of(list, place->at, &next))
        return false;
    glibc_mark_add(marks, &mark);
    if ((place->steps & (place->steps - 1)) == 0)
        place->milestone = place->at;
    place->steps++;
    place->at = next;
    return true;
}

bool glibc_list_follow(const struct glibc_list *list, struct glibc_marks *marks)
{
    struct place place = {.at = list->first};
    while (place.at) {
        if (!advance(list, &place, marks))
            return false;
    }
    return true;
}

/* The list that goes on nearest to where we are: chunks freed one after another stand so in memory
 * too, and lists that are followed side by side read each page once.  -1 = all have ended. */
static int nearest(const struct place *places, int count, uint64_t at)
{
    int best = -1;
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < count; i++) {
        uint64_t distance = places[i].at > at ? places[i].at - at : at - places[i].at;
        if (places[i].at && distance < least) {
            least = distance;
            best = i;
        }
    }
    return best;
}

bool glibc_fast_follow(struct peek *peek, const struct glibc_state *state,
                       const struct glibc_arena *arena, bool mangled, struct glibc_marks *marks)
{
    struct glibc_list lists[GLIBC_FAST_BINS];
    struct place places[GLIBC_FAST_BINS] = {0};
    bool good = true;
    if (!state->arena->fast)
        return true;
    for (unsigned bin = 0; bin < GLIBC_FAST_BINS; bin++) {
        lists[bin] = (struct glibc_list){
            .peek = peek,
            .mangled = mangled,
            .limit = glibc_arena_word(arena, state->arena->system) / GLIBC_CHUNK_MIN,
            .mark = {.bin = (uint8_t)bin, .state = HEAP_FAST},
        };
        places[bin].at = glibc_arena_word(arena, state->arena->fast + bin * GLIBC_WORD);
    }
    uint64_t at = UINT64_MAX;
    for (int bin; (bin = nearest(places, GLIBC_FAST_BINS, at)) >= 0;) {
        at = places[bin].at;
        if (!advance(&lists[bin], &places[bin], marks)) {
            good = false;
            places[bin].at = 0;
        }
    }
    return good;
}
