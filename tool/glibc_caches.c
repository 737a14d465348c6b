/*
 * glibc_caches.c - each chunk that may be a cache is read and judged.
 *
 * A wrong judgement would call live blocks free, so everything must fit: the numbers, the
 * alignment of every pointer, the length of each list, the size of each chunk on it.  A block of
 * the program's that passes all this by chance has not been seen; one that is all zero says
 * nothing and is taken for a cache only where an arena begins.
 */
#include "glibc_caches.h"

#include "say.h"

#include <stdlib.h>
#include <string.h>

/* Any layout's two tables; and a number that no tunable is set to, but ASCII text reads as. */
enum { CACHE_BYTES_MAX = GLIBC_CACHE_BINS_MAX * 10, COUNT_UNLIKELY = 60000 };

/* A cache, copied. */
struct cache {
    uint64_t at; /* of its chunk */
    unsigned count[GLIBC_CACHE_BINS_MAX];
    uint64_t first[GLIBC_CACHE_BINS_MAX];
};

/* Both tables, in our own form.  False if they cannot be read. */
static bool copy(struct glibc_reader *reader, uint64_t at, struct cache *cache)
{
    const struct glibc_cache_layout *layout = &reader->cache;
    unsigned char bytes[CACHE_BYTES_MAX];
    size_t table = (size_t)layout->bins * layout->count_bytes;
    size_t n = table + (size_t)layout->bins * GLIBC_WORD;
    if (!peek_bytes(reader->links, at + GLIBC_HEADER, bytes, n))
        return false;
    cache->at = at;
    for (unsigned bin = 0; bin < layout->bins; bin++) {
        uint16_t count = bytes[bin];
        if (layout->count_bytes == 2)
            memcpy(&count, bytes + bin * 2, sizeof count);
        cache->count[bin] = count;
        memcpy(&cache->first[bin], bytes + table + bin * GLIBC_WORD, GLIBC_WORD);
    }
    return true;
}

/* Whether a list of that length goes with the number.  A number that tells what still fits needs
 * the limit for that, if it is known; a bin that is switched off fits nothing and has nothing. */
static bool length_fits(const struct glibc_reader *reader, const struct cache *cache, unsigned bin,
                        size_t length)
{
    uint64_t limit = reader->settings.cache_count;
    if (!reader->cache.counts_room)
        return length == cache->count[bin];
    return limit == 0 || length == 0 || length + cache->count[bin] == limit;
}

/* A first look, which nearly every block of the program's fails: where a number is not 0 a pointer
 * stands, and the other way round. */
static bool looks_like(const struct glibc_reader *reader, const struct cache *cache)
{
    bool any = false;
    for (unsigned bin = 0; bin < reader->cache.bins; bin++) {
        uint64_t first = cache->first[bin];
        bool some = cache->count[bin] != 0;
        if (cache->count[bin] > COUNT_UNLIKELY || first % GLIBC_ALIGN != 0 || first >> 48 != 0)
            return false;
        if (!reader->cache.counts_room && some != (first != 0))
            return false;
        any = any || some;
    }
    return any;
}

/* Whether the marks from there on are chunks of the sizes that the bin holds. */
static bool sizes_fit(struct glibc_reader *reader, size_t from, unsigned bin)
{
    uint64_t smallest, largest;
    glibc_cache_range(bin, &smallest, &largest);
    for (size_t i = from; i < reader->marks.count; i++) {
        uint64_t head, at = reader->marks.list[i].at;
        if (!peek_word(reader->links, at + GLIBC_WORD, &head))
            return false;
        head &= ~(uint64_t)7;
        if (head < smallest || head > largest)
            return false;
    }
    return true;
}

/* Follow every list.  On failure the marks are as before. */
static bool follow(struct glibc_reader *reader, const struct cache *cache, uint32_t number)
{
    size_t before = reader->marks.count;
    bool good = true;
    for (unsigned bin = 0; good && bin < reader->cache.bins; bin++) {
        size_t from = reader->marks.count;
        struct glibc_list list = {
            .peek = reader->links,
            .first = cache->first[bin] ? cache->first[bin] - GLIBC_HEADER : 0,
            .mangled = reader->mangled,
            .to_user = true,
            .limit = UINT16_MAX,
            .mark = {.bin = (uint8_t)bin, .state = HEAP_CACHED, .cache = number},
        };
        good = glibc_list_follow(&list, &reader->marks) && sizes_fit(reader, from, bin) &&
               length_fits(reader, cache, bin, reader->marks.count - from);
    }
    if (!good)
        reader->marks.count = before;
    return good;
}

/* The cache is one: let the model have it, and mark its own chunk as malloc's. */
static void add(struct glibc_reader *reader, const struct cache *cache, size_t marks)
{
    struct heap_model *model = reader->model;
    struct heap_cache *entry;
    model->caches = reallocarray(model->caches, model->cache_count + 1, sizeof *model->caches);
    if (!model->caches)
        say_and_exit(EXIT_OURS, "out of memory");
    entry = &model->caches[model->cache_count++];
    *entry = (struct heap_cache){.at = cache->at, .count = reader->marks.count - marks};
    const struct heap_segment *segment = heap_segment_at(model, cache->at);
    entry->arena = segment ? segment->arena : 0;
    for (size_t i = marks; i < reader->marks.count; i++) {
        uint64_t head = 0;
        peek_word(reader->links, reader->marks.list[i].at + GLIBC_WORD, &head);
        entry->bytes += head & ~(uint64_t)7;
    }
    struct heap_mark own = {
        .at = cache->at, .state = HEAP_OWN, .cache = (uint32_t)model->cache_count - 1};
    glibc_mark_add(&reader->marks, &own);
}

/* An empty cache is all zero, as many a block is; only at the place where a thread's cache is made
 * first, at the beginning of an arena, it is taken for one. */
static bool is_first(const struct glibc_reader *reader, uint64_t at)
{
    const struct heap_segment *segment = heap_segment_at(reader->model, at);
    return segment && segment->start == at;
}

/* One chunk of the right size.  Its numbers are looked at first, because following lists costs
 * reads. */
static void judge(struct glibc_reader *reader, uint64_t at)
{
    struct cache cache;
    size_t marks = reader->marks.count;
    uint32_t number = (uint32_t)reader->model->cache_count;
    if (!copy(reader, at, &cache))
        return;
    if (!looks_like(reader, &cache) && !is_first(reader, at))
        return;
    if (follow(reader, &cache, number))
        add(reader, &cache, marks);
}

void glibc_caches_read(struct glibc_reader *reader)
{
    peek_forget(reader->links);
    for (size_t i = 0; i < reader->places.count; i++)
        judge(reader, reader->places.list[i]);
}

/* Whether the main thread's cache makes sense when it is read this way. */
static bool guess_holds(struct glibc_reader *reader, uint64_t at)
{
    struct cache cache;
    bool good = copy(reader, at, &cache) && looks_like(reader, &cache) && follow(reader, &cache, 0);
    reader->marks.count = 0;
    return good;
}

void glibc_caches_guess(struct glibc_reader *reader)
{
    static const struct glibc_version one_of_each[] = {{2, 36}, {2, 31}, {2, 42}, {2, 28}};
    uint64_t at = (reader->settings.first + GLIBC_ALIGN - 1) & ~(uint64_t)(GLIBC_ALIGN - 1), head;
    if (!peek_word(reader->links, at + GLIBC_WORD, &head))
        return;
    for (size_t i = 0; i < sizeof one_of_each / sizeof *one_of_each; i++) {
        glibc_cache_layout(one_of_each[i], &reader->cache);
        reader->mangled = glibc_links_mangled(one_of_each[i]);
        if ((head & ~(uint64_t)7) == glibc_cache_chunk(&reader->cache) && guess_holds(reader, at))
            return;
    }
    glibc_cache_layout(one_of_each[0], &reader->cache);
    reader->mangled = true;
}
