/*
 * saved_model.c - the model of a heap over the tape, in either direction.
 *
 * A chunk is the word that the model has of it, three or four bytes for a usual one; zstd makes half
 * a byte of that.  The checks are what heap_model.h promises of a model: segments in the order of
 * their arenas, chunks wall to wall, a byte for each page.
 */
#include "saved.h"

#include "say.h"

#include <stdlib.h>
#include <string.h>

/* Bytes that one of each takes at least. */
enum { ARENA_LEAST = 20, SEGMENT_LEAST = 7, MAPPED_LEAST = 7, CACHE_LEAST = 6, MARK_LEAST = 4 };

/* Those whose structures can be read. */
static const char *const allocators[] = {NULL, "glibc", "libashlar"};
enum { READ_ALLOCATORS = sizeof allocators / sizeof *allocators };

/* A text that is printed as it is: whoever made the file may have put anything there. */
static void pass_plain(struct tape *tape, char *text, size_t size)
{
    tape_text(tape, text, size);
    for (; !tape->writes && *text; text++) {
        if (*text < ' ' || *text > '~')
            *text = '?';
    }
}

/* Sums are numbers and nothing else. */
static void pass_sums(struct tape *tape, struct heap_sums *sums)
{
    uint64_t words[sizeof *sums / sizeof(uint64_t)];
    _Static_assert(sizeof words == sizeof *sums, "sums are words");
    memcpy(words, sums, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        words[i] = tape_pass(tape, words[i]);
    memcpy(sums, words, sizeof words);
}

/* How many segments it has is checked when they come. */
static void pass_arena(struct tape *tape, struct heap_arena *arena)
{
    arena->at = tape_pass(tape, arena->at);
    pass_plain(tape, arena->name, sizeof arena->name);
    arena->segments = tape_pass(tape, arena->segments);
    arena->top = tape_pass(tape, arena->top);
    arena->top_size = tape_pass(tape, arena->top_size);
    arena->system_bytes = tape_pass(tape, arena->system_bytes);
    arena->threads = tape_pass(tape, arena->threads);
    arena->is_main = tape_below(tape, arena->is_main, 2);
    arena->is_shared = tape_below(tape, arena->is_shared, 2);
    arena->broken = tape_below(tape, arena->broken, 2);
    arena->torn = tape_below(tape, arena->torn, 2);
    arena->reads = (unsigned)tape_below(tape, arena->reads, 1000);
    arena->broken_at = tape_pass(tape, arena->broken_at);
    pass_plain(tape, arena->complaint, sizeof arena->complaint);
    pass_sums(tape, &arena->sums);
}

/* Whether the chunks fill the segment, each with a size and a state that there is. */
static bool chunks_fit(const struct heap_segment *segment)
{
    struct heap_cursor cursor = heap_begin(segment);
    struct heap_chunk chunk;
    while (heap_next(&cursor, &chunk)) {
        if (chunk.size == 0 || chunk.size > segment->end - chunk.at || chunk.state >= HEAP_STATES)
            return false;
    }
    return cursor.at == segment->end;
}

/* The pages that it lies on, from those of its head on; 0 if its borders are none. */
static uint64_t pages_of(const struct heap_segment *segment, uint64_t page)
{
    if (segment->head > segment->start || segment->end < segment->start ||
        segment->end > UINT64_MAX - page)
        return 0;
    return ((segment->end + page - 1) / page) - (segment->start - segment->head) / page;
}

/* Room for chunks and pages is taken when the tape has shown that it holds as many. */
static void pass_chunks(struct tape *tape, struct heap_segment *segment, uint64_t page)
{
    segment->words = tape_list(tape, segment->words, &segment->count, sizeof *segment->words, 1);
    for (size_t i = 0; i < segment->count; i++)
        segment->words[i] = tape_pass(tape, segment->words[i]);
    size_t pages = pages_of(segment, page);
    segment->pages = tape_list(tape, segment->pages, &pages, 1, 1);
    tape_bytes(tape, segment->pages, pages);
    if (!tape->writes && (tape->failed || pages != pages_of(segment, page) || !chunks_fit(segment)))
        tape->failed = true;
}

/* An arena's segments stand together, in the order of the arenas: `left` counts what is missing. */
static void pass_segments(struct tape *tape, struct heap_model *model)
{
    size_t arena = 0, left = model->arena_count ? model->arenas[0].segments : 0;
    model->segments = tape_list(tape, model->segments, &model->segment_count,
                                sizeof *model->segments, SEGMENT_LEAST);
    for (size_t i = 0; i < model->segment_count && !tape->failed; i++) {
        /* A copy when writing: the model is not ours then. */
        struct heap_segment segment = model->segments[i];
        segment.start = tape_pass(tape, segment.start);
        segment.end = tape_pass(tape, segment.end);
        segment.head = tape_pass(tape, segment.head);
        segment.headless = tape_below(tape, segment.headless, 2);
        segment.arena = tape_below(tape, segment.arena, model->arena_count);
        pass_chunks(tape, &segment, model->page_size);
        if (!tape->writes)
            model->segments[i] = segment;
        while (left == 0 && arena + 1 < model->arena_count)
            left = model->arenas[++arena].segments;
        if (segment.arena != arena || left-- == 0)
            tape->failed = true;
    }
    while (left == 0 && arena + 1 < model->arena_count)
        left = model->arenas[++arena].segments;
    if (left != 0)
        tape->failed = true;
}

/* Chunks with a mapping of their own stand in no segment. */
static void pass_mapped(struct tape *tape, struct heap_mapped *mapped)
{
    struct heap_chunk *chunk = &mapped->chunk;
    chunk->at = tape_pass(tape, chunk->at);
    chunk->size = tape_pass(tape, chunk->size);
    chunk->state = (enum heap_state)tape_below(tape, chunk->state, HEAP_STATES);
    chunk->flags = (unsigned)tape_below(tape, chunk->flags, 8);
    mapped->start = tape_pass(tape, mapped->start);
    mapped->end = tape_pass(tape, mapped->end);
    mapped->resident = tape_pass(tape, mapped->resident);
}

/* The arena is an index; what it uses is an address, which is looked for and not believed. */
static void pass_cache(struct tape *tape, struct heap_cache *cache, size_t arenas)
{
    cache->at = tape_pass(tape, cache->at);
    cache->arena = tape_below(tape, cache->arena, arenas ? arenas : 1);
    cache->thread = (pid_t)tape_below(tape, (uint64_t)cache->thread, INT32_MAX);
    cache->uses = tape_pass(tape, cache->uses);
    cache->count = tape_pass(tape, cache->count);
    cache->bytes = tape_pass(tape, cache->bytes);
}

/* Whoever follows the index of the cache checks it. */
static void pass_mark(struct tape *tape, struct heap_mark *mark)
{
    mark->at = tape_pass(tape, mark->at);
    mark->cache = (uint32_t)tape_below(tape, mark->cache, (uint64_t)UINT32_MAX + 1);
    mark->bin = (uint8_t)tape_below(tape, mark->bin, 256);
    mark->state = (uint8_t)tape_below(tape, mark->state, HEAP_STATES);
}

/* Numbers that are shown and compared, and lead nowhere. */
static void pass_settings(struct tape *tape, struct heap_settings *settings)
{
    settings->known = tape_below(tape, settings->known, 2);
    settings->fixed = tape_below(tape, settings->fixed, 2);
    settings->has_decay = tape_below(tape, settings->has_decay, 2);
    settings->trim_threshold = tape_pass(tape, settings->trim_threshold);
    settings->top_pad = tape_pass(tape, settings->top_pad);
    settings->mmap_threshold = tape_pass(tape, settings->mmap_threshold);
    settings->arena_max = tape_pass(tape, settings->arena_max);
    settings->trim_unit = tape_pass(tape, settings->trim_unit);
    settings->mapped_count = tape_pass(tape, settings->mapped_count);
    settings->mapped_bytes = tape_pass(tape, settings->mapped_bytes);
    settings->decay = tape_pass(tape, settings->decay);
}

/* Which allocator, and what is said of the whole. */
static void pass_whole(struct tape *tape, struct heap_model *model)
{
    unsigned allocator = 0;
    for (unsigned i = 1; i < READ_ALLOCATORS; i++) {
        if (model->allocator && strcmp(model->allocator, allocators[i]) == 0)
            allocator = i;
    }
    model->allocator = allocators[tape_below(tape, allocator, READ_ALLOCATORS)];
    pass_plain(tape, model->version, sizeof model->version);
    unsigned shift = model->page_size ? (unsigned)__builtin_ctzll(model->page_size) : 0;
    model->page_size = (uint64_t)1 << tape_below(tape, shift, 31);
    model->unused = tape_below(tape, model->unused, 2);
    model->has_fast_bins = tape_below(tape, model->has_fast_bins, 2);
    model->pages_known = tape_below(tape, model->pages_known, 2);
    model->rereads = (unsigned)tape_below(tape, model->rereads, 1 << 30);
    model->seconds = (double)tape_pass(tape, (uint64_t)(model->seconds * 1e6)) / 1e6;
    model->mapped_sum.count = tape_pass(tape, model->mapped_sum.count);
    model->mapped_sum.bytes = tape_pass(tape, model->mapped_sum.bytes);
    model->mapped_sum.resident = tape_pass(tape, model->mapped_sum.resident);
    pass_settings(tape, &model->settings);
}

/* Sizes of arrays first, then what is in them. */
void saved_pass_model(struct tape *tape, struct heap_model *model)
{
    pass_whole(tape, model);
    model->arenas =
        tape_list(tape, model->arenas, &model->arena_count, sizeof *model->arenas, ARENA_LEAST);
    for (size_t i = 0; i < model->arena_count; i++)
        pass_arena(tape, &model->arenas[i]);
    pass_segments(tape, model);
    model->mapped =
        tape_list(tape, model->mapped, &model->mapped_count, sizeof *model->mapped, MAPPED_LEAST);
    for (size_t i = 0; i < model->mapped_count; i++)
        pass_mapped(tape, &model->mapped[i]);
    model->caches =
        tape_list(tape, model->caches, &model->cache_count, sizeof *model->caches, CACHE_LEAST);
    for (size_t i = 0; i < model->cache_count; i++)
        pass_cache(tape, &model->caches[i], model->arena_count);
    model->own = tape_list(tape, model->own, &model->own_count, sizeof *model->own, 2);
    for (size_t i = 0; i < model->own_count; i++) {
        model->own[i].start = tape_pass(tape, model->own[i].start);
        model->own[i].end = tape_pass(tape, model->own[i].end);
    }
    model->marks =
        tape_list(tape, model->marks, &model->mark_count, sizeof *model->marks, MARK_LEAST);
    for (size_t i = 0; i < model->mark_count; i++)
        pass_mark(tape, &model->marks[i]);
}
