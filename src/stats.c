/*
 * stats.c - counting.
 */
#include "stats.h"

#include "thread.h"

static void count_into(struct stats_sizes *sizes, size_t size)
{
    if (sizes->chunks == 0 || size < sizes->from)
        sizes->from = size;
    sizes->to = max_size(sizes->to, size);
    sizes->chunks++;
    sizes->bytes += size;
}

static void count_fast(const struct fastbins *f, struct stats *s)
{
    for (unsigned list = 0; list < FASTBINS; list++)
        for (struct chunk *c = f->newest[list]; c; c = c->fd)
            count_into(&s->fast[list], chunk_size(c));
    s->fast_chunks += f->count;
    s->fast_bytes += f->bytes;
}

static void count_fast_sizes(struct stats *s, struct stats_sizes *to, struct stats_sizes of)
{
    if (of.chunks == 0)
        return;
    *to = of;
    s->fast_chunks += of.chunks;
    s->fast_bytes += of.bytes;
}

static void count_cached(const struct arena *a, struct stats *s)
{
    struct cached_count c;
    thread_count_cached(a, &c);
    for (unsigned list = CACHE_FIRST; list < CACHE_LISTS; list++) {
        size_t size = cache_size(list);
        count_fast_sizes(s, &s->cached[list],
                         (struct stats_sizes){size, size, c.small[list], size * c.small[list]});
    }
    count_fast_sizes(s, &s->cached[CACHE_LISTS],
                     (struct stats_sizes){CACHE_CHUNK_MAX + CHUNK_ALIGN, MEDIUM_CHUNK_MAX,
                                          c.medium_chunks, c.medium_bytes});
}

static void count_bins(const struct bins *b, struct stats *s)
{
    for (unsigned index = BIN_UNSORTED; index <= BIN_LAST; index++) {
        struct chunk *end = bin_end(b, index);
        for (struct chunk *c = end->fd; c != end; c = c->fd)
            count_into(&s->bins[index], chunk_size(c));
        s->free_chunks += s->bins[index].chunks;
        s->free_bytes += s->bins[index].bytes;
    }
}

/* A chunk whose pages are on their way back is in use for its neighbours only (purge.h). */
static void count_purged(const struct arena *a, struct stats *s)
{
    if (!a->purged)
        return;
    count_into(&s->bins[BIN_UNSORTED], chunk_size(a->purged));
    s->free_chunks++;
    s->free_bytes += chunk_size(a->purged);
}

static void count_many(struct stats *s, struct stats_sizes *to, size_t size, size_t count)
{
    to->from = to->to = size;
    to->chunks += count;
    to->bytes += count * size;
    s->free_chunks += count;
    s->free_bytes += count * size;
}

/* What a run has beyond its last slot counts as in use. */
static void count_runs(const struct runs *r, struct stats *s)
{
    s->system += r->count * RUN_SIZE;
    s->system_max += r->count * RUN_SIZE;
    s->committed += r->count * RUN_SIZE;
    s->reserved += r->count * RUN_SIZE;
    for (unsigned sizeclass = 0; sizeclass < RUN_CLASSES; sizeclass++)
        for (const struct run *run = r->some[sizeclass]; run; run = run->next)
            count_many(s, &s->runs[sizeclass], run->size, run->free);
}

/* Spans are no arena's, and what they have beyond their block's last page counts as reserved. */
static void count_spans(struct stats *s)
{
    size_t ready, bytes = thread_count_spans(&ready);
    s->system += spans_live() + bytes;
    s->system_max += spans_live() + bytes;
    count_fast_sizes(s, &s->cached[CACHE_LISTS + 1],
                     (struct stats_sizes){RUN_SLOT_MAX + 1, SPAN_MAX, ready, bytes});
}

/* Empty places are nobody's: they are told with the main arena. */
static void count_places(struct stats *s)
{
    struct places_count c = places_counted();
    s->system += c.empty * PLACE_UNIT;
    s->system_max += c.empty * PLACE_UNIT;
    count_many(s, &s->runs[RUN_CLASSES], PLACE_UNIT, c.empty);
    s->heaps += c.heaps;
    size_t of_runs = c.bytes - (c.empty + c.rows) * PLACE_UNIT; /* told with their arenas */
    s->reserved += c.heaps * HEAP_MAX - of_runs;
    s->committed += c.committed - of_runs;
}

/* The main arena has no address space but what it uses; the others reserve heaps. */
static void count_address_space(const struct arena *a, struct stats *s)
{
    assert(lock_held(&a->lock));
    if (a->top.source == TOP_FROM_BREAK) {
        s->reserved += a->top.system;
        s->committed += a->top.system;
        return;
    }
    for (struct heap *h = heap_around(a->top.chunk); h; h = h->prev) {
        s->heaps++;
        s->reserved += HEAP_MAX;
        s->committed += h->committed;
    }
    assert(s->system <= s->committed && s->committed <= s->reserved); /* I17, I18 */
}

void stats_of_arena(struct arena *a, struct stats *s)
{
    *s = (struct stats){.system = 0};
    count_cached(a, s);
    if (a->index == 0)
        count_spans(s);
    if (!lock_take(&a->lock))
        return;
    s->system += a->top.system;
    s->system_max += a->top.system_max;
    s->tops = a->top.chunk != NULL;
    s->top_bytes = top_size(&a->top);
    count_fast(&a->fast, s);
    count_bins(&a->bins, s);
    count_purged(a, s);
    count_runs(&a->runs, s);
    if (a->index == 0)
        count_places(s);
    count_address_space(a, s);
    lock_release(&a->lock);
}

void stats_add(struct stats *sum, const struct stats *s)
{
    sum->system += s->system;
    sum->system_max += s->system_max;
    sum->reserved += s->reserved;
    sum->committed += s->committed;
    sum->fast_chunks += s->fast_chunks;
    sum->fast_bytes += s->fast_bytes;
    sum->free_chunks += s->free_chunks;
    sum->free_bytes += s->free_bytes;
    sum->tops += s->tops;
    sum->top_bytes += s->top_bytes;
}
