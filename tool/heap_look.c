/*
 * heap_look.c - words that several parts of `ashlar heap` use.
 *
 * The text, the fields and the JSON call one thing by one name.
 */
#include "heap_look.h"

#include "glibc_layout.h"
#include "heap_bins.h"
#include "memory.h"

#include <stdio.h>

bool heap_wants(const struct heap_look *look, size_t arena)
{
    return look->arena == SIZE_MAX || look->arena == arena;
}

/* With the thread's number where its storage told it. */
static const char *cached(const struct heap_model *model, const struct heap_chunk *chunk,
                          char text[64])
{
    const struct heap_mark *mark = heap_mark_at(model, chunk->at);
    char bin[32];
    heap_bin_name(SHELF_CACHE, chunk->bin, bin);
    if (mark && mark->cache < model->cache_count && model->caches[mark->cache].thread)
        snprintf(text, 64, "free, in %s of thread %d", bin, (int)model->caches[mark->cache].thread);
    else
        snprintf(text, 64, "free, in %s of a thread", bin);
    return text;
}

const char *heap_describe(const struct heap_model *model, const struct heap_chunk *chunk,
                          char text[64])
{
    char bin[32];
    switch (chunk->state) {
    case HEAP_LIVE: return "live";
    case HEAP_OWN: return "malloc's own";
    case HEAP_TOP: return "the top chunk";
    case HEAP_MAPPED: return "live, with a mapping of its own";
    case HEAP_UNKNOWN: return "unknown";
    case HEAP_CACHED: return cached(model, chunk, text);
    default:
        snprintf(text, 64, "free, in %s",
                 chunk->state == HEAP_FREE && chunk->bin == 0
                     ? "no bin"
                     : heap_bin_name(heap_shelf_of(chunk), chunk->bin, bin));
        return text;
    }
}

const char *heap_flags(unsigned flags, char text[4])
{
    text[0] = flags & HEAP_PREVIOUS_IN_USE ? 'P' : '-';
    text[1] = flags & HEAP_HAS_MAPPING ? 'M' : '-';
    text[2] = flags & HEAP_NOT_MAIN ? 'N' : '-';
    text[3] = '\0';
    return text;
}

bool heap_links(const struct heap_look *look, const struct heap_chunk *chunk, uint64_t *fd,
                uint64_t *bk)
{
    return chunk->state == HEAP_FREE && heap_shelf_of(chunk) < SHELF_RUNS &&
           memory_read_word(look->target, chunk->at + GLIBC_HEADER, fd) &&
           memory_read_word(look->target, chunk->at + GLIBC_HEADER + GLIBC_WORD, bk);
}
