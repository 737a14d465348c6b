/*
 * glibc_walk.c - one segment, chunk by chunk, with every claim of a header checked.
 *
 * A chunk is known to be in use or free only from the header above it, so each step reads two. 
 * Where something is wrong the walk looks ahead for a place from which eight sound chunks follow:
 * one overwritten header costs the chunks beside it and not the rest of the heap.
 */
#include "glibc_walk.h"

#include "budget.h"
#include "glibc_layout.h"
#include "say.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The low bits of a size word: P, M, N. */
#define FLAGS ((uint64_t)7)

/* What a fence is made of, and how far from a heap's end it may begin. */
enum { FENCE_CHUNK = 16, FENCES_MAX = 3, FENCE_ROOM = 48 };

/* How many chunks are walked between two looks at the clock: about a millisecond's. */
enum { CHUNKS_BETWEEN = 1 << 15 };

/* After damage: how far the next sound chunk is looked for, and how many must follow from it. */
enum { RESUME_BYTES = 1 << 20, CHUNKS_SURE = 8 };

/* Room for one more, twice as much as before when it is full. */
static void *grown(void *list, size_t count, size_t *room, size_t each)
{
    if (count < *room)
        return list;
    *room = *room ? *room * 2 : 256;
    list = reallocarray(list, *room, each);
    if (!list)
        say_and_exit(EXIT_OURS, "out of memory: the heap has more than %zu free chunks", count);
    return list;
}

void glibc_note_add(struct glibc_notes *notes, const struct glibc_note *note)
{
    notes->list = grown(notes->list, notes->count, &notes->room, sizeof *note);
    notes->list[notes->count++] = *note;
}

void glibc_place_add(struct glibc_places *places, uint64_t at)
{
    places->list = grown(places->list, places->count, &places->room, sizeof at);
    places->list[places->count++] = at;
}

/* The size word of the chunk. */
static bool head_at(struct peek *peek, uint64_t at, uint64_t *head)
{
    return peek_word(peek, at + GLIBC_WORD, head);
}

/* The laws of a size: no chunk is smaller, each is a multiple of 16, none leaves its segment. */
static bool size_fits(uint64_t at, uint64_t size, uint64_t limit)
{
    return size >= GLIBC_CHUNK_MIN && size % GLIBC_ALIGN == 0 && size <= limit - at;
}

bool glibc_is_chunk(struct peek *peek, uint64_t at, uint64_t limit)
{
    uint64_t head;
    return at < limit && head_at(peek, at, &head) && !(head & HEAP_HAS_MAPPING) &&
           size_fits(at, head & ~FLAGS, limit);
}

/* Keep the first thing that is wrong: what comes later may follow from it. */
__attribute__((format(printf, 3, 4))) static void complain(struct glibc_walk *walk, uint64_t at,
                                                           const char *format, ...)
{
    va_list args;
    if (walk->broken_at)
        return;
    walk->broken_at = at;
    va_start(args, format);
    vsnprintf(walk->complaint, sizeof walk->complaint, format, args);
    va_end(args);
}

/* The walk ends here; what is left of the segment is unknown.  A damaged limit may lie below. */
static enum glibc_walk_end broken(struct glibc_walk *walk, struct heap_segment *segment,
                                  uint64_t at)
{
    struct heap_chunk rest = {.at = at, .state = HEAP_UNKNOWN};
    walk->end = at;
    if (at < walk->limit) {
        rest.size = walk->limit - at;
        heap_append(segment, &rest);
        walk->end = walk->limit;
    }
    return WALK_BROKEN;
}

/* What is wrong with a header that cannot be one. */
static void complain_size(struct glibc_walk *walk, uint64_t at, uint64_t head)
{
    uint64_t size = head & ~FLAGS;
    const char *why = size < GLIBC_CHUNK_MIN    ? "less than any chunk has"
                      : size % GLIBC_ALIGN != 0 ? "no multiple of 16"
                      : size > walk->limit - at ? "more than is left of the heap"
                                                : "marked as mapped, in the middle of the heap";
    complain(walk, at, "the size word at %" PRIx64 " is 0x%" PRIx64 ": %s", at + GLIBC_WORD, head,
             why);
}

/* Fences stand where a former top ended: chunks of 16 bytes, or at a thread heap's end one of
 * 16 and one of 0.  Returns how many bytes they are, 0 if this is no fence. */
static uint64_t fence_size(const struct glibc_walk *walk, uint64_t at, uint64_t head)
{
    uint64_t next;
    if (!(head & HEAP_PREVIOUS_IN_USE) && (head & ~FLAGS) != FENCE_CHUNK)
        return 0;
    if ((head & ~FLAGS) == 0 && walk->limit - at <= FENCE_ROOM)
        return walk->limit - at;
    if ((head & ~FLAGS) != FENCE_CHUNK || !head_at(walk->peek, at + FENCE_CHUNK, &next))
        return 0;
    if ((next & ~FLAGS) == 0 && walk->limit - at <= FENCE_ROOM)
        return walk->limit - at;
    uint64_t size = FENCE_CHUNK;
    for (unsigned i = 1; i < FENCES_MAX && (next & ~FLAGS) == FENCE_CHUNK; i++) {
        size += FENCE_CHUNK;
        if (!head_at(walk->peek, at + size, &next))
            break;
    }
    return size > FENCE_CHUNK ? size : 0;
}

/* What the chunk above says about this one: free or not, and if free, of the same size. */
static bool agrees(struct glibc_walk *walk, const struct heap_chunk *chunk, bool *in_use)
{
    uint64_t above = chunk->at + chunk->size, head, again;
    if (!head_at(walk->peek, above, &head) || !peek_word(walk->peek, above, &again)) {
        complain(walk, chunk->at, "the chunk above %" PRIx64 " cannot be read", chunk->at);
        return false;
    }
    *in_use = head & HEAP_PREVIOUS_IN_USE;
    if (*in_use)
        return true;
    if (again != chunk->size)
        complain(walk, chunk->at,
                 "the free chunk at %" PRIx64 " has %" PRIu64
                 " bytes, and the one above it says 0x%" PRIx64,
                 chunk->at, chunk->size, again);
    else if (!(chunk->flags & HEAP_PREVIOUS_IN_USE))
        complain(walk, chunk->at, "two free chunks stand side by side at %" PRIx64, chunk->at);
    else
        return true;
    return false;
}

/* Keep what will be needed of the chunk when its segment has been walked. */
static void remember(struct glibc_walk *walk, const struct heap_segment *segment,
                     const struct heap_chunk *chunk)
{
    if (chunk->state == HEAP_LIVE) {
        if (chunk->size == walk->cache_chunk)
            glibc_place_add(walk->places, chunk->at);
        return;
    }
    struct glibc_note note = {.at = chunk->at, .segment = walk->segment};
    note.index = segment->count - 1;
    peek_word(walk->peek, chunk->at + GLIBC_HEADER, &note.fd);
    glibc_note_add(walk->notes, &note);
}

/* The last chunk of the arena.  Its size must end where the segment ends. */
static enum glibc_walk_end end_at_top(struct glibc_walk *walk, struct heap_segment *segment,
                                      uint64_t head)
{
    struct heap_chunk top = {
        .at = walk->top, .size = head & ~FLAGS, .state = HEAP_TOP, .flags = head & FLAGS};
    if (top.size > walk->limit - walk->top || top.size % GLIBC_ALIGN != 0) {
        complain(walk, top.at,
                 "the top chunk at %" PRIx64 " says 0x%" PRIx64 " bytes, and %" PRIu64
                 " are left of the heap",
                 top.at, top.size, walk->limit - top.at);
        return broken(walk, segment, top.at);
    }
    heap_append(segment, &top);
    walk->end = top.at + top.size;
    return WALK_TOP;
}

/* The fence is malloc's own; the segment ends behind it. */
static enum glibc_walk_end end_at_fence(struct glibc_walk *walk, struct heap_segment *segment,
                                        uint64_t at, uint64_t size)
{
    struct heap_chunk fence = {.at = at, .size = size, .state = HEAP_OWN};
    heap_append(segment, &fence);
    walk->end = at + size;
    return WALK_FENCE;
}

/* One chunk that is neither top nor fence.  False if it is none. */
static bool step(struct glibc_walk *walk, struct heap_segment *segment, uint64_t head,
                 struct heap_chunk *chunk)
{
    bool in_use;
    chunk->size = head & ~FLAGS;
    chunk->flags = head & FLAGS;
    if (!size_fits(chunk->at, chunk->size, walk->limit) || (head & HEAP_HAS_MAPPING)) {
        complain_size(walk, chunk->at, head);
        return false;
    }
    if (!agrees(walk, chunk, &in_use))
        return false;
    chunk->state = in_use ? HEAP_LIVE : HEAP_FREE;
    heap_append(segment, chunk);
    remember(walk, segment, chunk);
    return true;
}

/* Whether so many chunks follow from here that chance cannot have made them. */
static bool leads_on(const struct glibc_walk *walk, uint64_t at)
{
    struct glibc_walk probe = {.peek = walk->peek, .limit = walk->limit, .broken_at = at};
    for (unsigned i = 0; i < CHUNKS_SURE; i++) {
        struct heap_chunk chunk = {.at = at};
        uint64_t head;
        bool in_use;
        if (at == walk->top)
            return true;
        if (!glibc_is_chunk(walk->peek, at, walk->limit) || !head_at(walk->peek, at, &head))
            return false;
        chunk.size = head & ~FLAGS;
        chunk.flags = head & FLAGS;
        if (!agrees(&probe, &chunk, &in_use))
            return false;
        at += chunk.size;
    }
    return true;
}

/* Behind damage the walk goes on where chunks lead on; what lies between is unknown.  Returns that
 * place, or 0 if there is none. */
static uint64_t resume(struct glibc_walk *walk, struct heap_segment *segment, uint64_t at)
{
    for (uint64_t next = at + GLIBC_ALIGN; next < walk->limit && next - at < RESUME_BYTES;
         next += GLIBC_ALIGN) {
        if (!leads_on(walk, next))
            continue;
        struct heap_chunk lost = {.at = at, .size = next - at, .state = HEAP_UNKNOWN};
        heap_append(segment, &lost);
        return next;
    }
    return 0;
}

enum glibc_walk_end glibc_walk(struct glibc_walk *walk, struct heap_segment *segment)
{
    struct heap_chunk chunk = {.at = walk->start};
    for (;;) {
        uint64_t head, next;
        if (chunk.at >= walk->limit || !head_at(walk->peek, chunk.at, &head)) {
            complain(walk, chunk.at, "the chunks lead to %" PRIx64 ", past the top chunk",
                     chunk.at);
            return broken(walk, segment, chunk.at);
        }
        if (chunk.at == walk->top)
            return end_at_top(walk, segment, head);
        if (segment->count % CHUNKS_BETWEEN == 0 && budget_is_over())
            return broken(walk, segment, chunk.at);
        uint64_t fence = fence_size(walk, chunk.at, head);
        if (fence)
            return end_at_fence(walk, segment, chunk.at, fence);
        if (step(walk, segment, head, &chunk))
            next = chunk.at + chunk.size;
        else if (!walk->resumes || (next = resume(walk, segment, chunk.at)) == 0)
            return broken(walk, segment, chunk.at);
        chunk.at = next;
    }
}
