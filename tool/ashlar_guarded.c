/*
 * ashlar_guarded.c - records are copied at once and believed where they lie within bounds.
 *
 *     region    | guard | place 0         | guard | place 1         | guard |
 *     records             live: user, n             freed
 *     chunks    | own         | live | own                                  |
 */
#include "ashlar_guarded.h"

#include "ashlar_arenas.h"
#include "glibc_mapped.h"
#include "glibc_segments.h"
#include "memory.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>

/* More places than any build has, and more than a machine has room for large blocks. */
enum { PLACES_MAX = 1 << 20 };
/* A large block's chunk begins so far before it, like that of a mapping with a header. */
enum { HEADER = 16 };

/* The words that roots name: `n` of them. */
static bool read_roots(const struct ashlar_reader *reader, const void *roots, uint64_t *words,
                       size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t at;
        if (!memory_read_word(reader->target, ashlar_address(roots) + 8 * i, &at) ||
            !memory_read_word(reader->target, at, &words[i]))
            return false;
    }
    return words[0] != 0;
}

/* Copy a table of so many records; NULL if it cannot be one.  The caller's. */
static unsigned char *copy(const struct ashlar_reader *reader, uint64_t at, uint64_t count,
                           size_t bytes)
{
    if (count == 0 || count > PLACES_MAX || bytes < 8 || bytes > 1 << 16)
        return NULL;
    unsigned char *table = malloc(count * bytes);
    if (!table)
        say_and_exit(EXIT_OURS, "out of memory");
    if (memory_read(reader->target, at, table, count * bytes))
        return table;
    free(table);
    return NULL;
}

/* The table is malloc's own, and its mapping is nothing else's. */
static void claim(struct heap_model *model, uint64_t start, uint64_t bytes)
{
    model->own = reallocarray(model->own, model->own_count + 1, sizeof *model->own);
    if (!model->own)
        say_and_exit(EXIT_OURS, "out of memory");
    model->own[model->own_count++] =
        (struct heap_own){.start = start, .end = start + bytes, .is_table = true};
}

/* A number of a record's, of 4 or 8 bytes; little-endian machines only. */
static uint64_t number(const unsigned char *record, size_t offset, size_t bytes)
{
    uint64_t value = 0;
    memcpy(&value, record + offset, bytes);
    return value;
}

static void add(struct heap_segment *segment, uint64_t *at, uint64_t end, enum heap_state state)
{
    struct heap_chunk chunk = {.at = *at, .size = end - *at, .state = state};
    if (end <= *at)
        return;
    heap_append(segment, &chunk);
    *at = end;
}

/* The place that ends there: its block, if it is in use, and what is around it. */
static void add_place(const struct descriptor_guard *d, struct heap_segment *segment, uint64_t *at,
                      uint64_t end, const unsigned char *record)
{
    uint64_t user = number(record, d->user, 8), n = number(record, d->n, 8);
    uint64_t size = n ? (n + 7) & ~(uint64_t)7 : 8;
    if (number(record, d->state, 4) == d->live && user >= end - d->most && user % 8 == 0 &&
        n <= d->most && size <= end - user) {
        add(segment, at, user, HEAP_OWN);
        add(segment, at, user + size, HEAP_LIVE);
    }
    add(segment, at, end, HEAP_OWN);
}

/* Whether the descriptor's numbers lead no further than the records go. */
static bool is_sane(const struct descriptor_guard *d)
{
    return d->state + 4 <= d->bytes && d->user + 8 <= d->bytes && d->n + 8 <= d->bytes &&
           d->most > 0 && d->most % 4096 == 0 && d->most <= 1 << 20;
}

/* The arena, the last in the list as yet. */
static struct heap_arena *new_arena(struct heap_model *model, uint64_t at)
{
    struct heap_arena *arena = &model->arenas[model->arena_count++];
    arena->at = at;
    arena->is_shared = true;
    strcpy(arena->name, "guard");
    return arena;
}

void ashlar_guarded_read(struct ashlar_reader *reader)
{
    const struct descriptor_guard *d = &reader->where.guard;
    struct heap_model *model = reader->chunks.model;
    enum { REGION, RECORDS, USED, WORDS };
    uint64_t words[WORDS];
    if (!read_roots(reader, reader->where.roots.guard, words, WORDS) || !is_sane(d))
        return;
    uint64_t used = words[USED] & UINT32_MAX, at = words[REGION];
    uint64_t page = reader->target->page_size;
    unsigned char *records = copy(reader, words[RECORDS], used, d->bytes);
    if (!records)
        return;
    claim(model, words[RECORDS], used * d->bytes);
    size_t first = model->segment_count, index = model->arena_count;
    struct heap_arena *arena = new_arena(model, at);
    size_t which = glibc_segment_add(&reader->chunks, index, at);
    struct heap_segment *segment = &model->segments[which];
    segment->headless = true;
    for (uint64_t i = 0; i < used; i++)
        add_place(d, segment, &at, words[REGION] + (i + 1) * (page + d->most),
                  records + i * d->bytes);
    segment->end = at;
    arena->system_bytes = at - words[REGION];
    ashlar_arena_tell(model, index, first, &(struct ashlar_outcome){.tries = 1, .good = true});
    free(records);
}

/* For qsort. */
static int by_start(const void *a, const void *b)
{
    uint64_t x = ((const struct heap_mapped *)a)->start, y = ((const struct heap_mapped *)b)->start;
    return (x > y) - (x < y);
}

void ashlar_large_read(struct ashlar_reader *reader)
{
    const struct descriptor_large *d = &reader->where.large;
    struct heap_model *model = reader->chunks.model;
    enum { TABLE, PLACES, WORDS };
    uint64_t words[WORDS], page = reader->target->page_size;
    if (!read_roots(reader, reader->where.roots.large, words, WORDS) || d->block + 8 > d->bytes ||
        d->size + 8 > d->bytes)
        return;
    unsigned char *table = copy(reader, words[TABLE], words[PLACES], d->bytes);
    for (uint64_t i = 0; table && i < words[PLACES]; i++) {
        uint64_t block = number(table + i * d->bytes, d->block, 8);
        uint64_t size = number(table + i * d->bytes, d->size, 8);
        if (block == 0 || block % page != 0 || size == 0 || size % page != 0 ||
            !areas_find(&reader->target->areas, block))
            continue;
        glibc_mapped_add(&reader->chunks,
                         &(struct heap_mapped){.start = block,
                                               .end = block + size,
                                               .chunk = {.at = block - HEADER,
                                                         .size = size + HEADER,
                                                         .state = HEAP_MAPPED,
                                                         .flags = HEAP_HAS_MAPPING}});
    }
    if (table)
        claim(model, words[TABLE], words[PLACES] * d->bytes);
    free(table);
    if (model->mapped_count)
        qsort(model->mapped, model->mapped_count, sizeof *model->mapped, by_start);
}
