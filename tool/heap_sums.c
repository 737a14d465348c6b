/*
 * heap_sums.c - chunk by chunk through every segment, beside its pages.
 *
 *     chunks   |  live  | free      | live | free                       | top       |
 *     pages    |    x    |    x    |    x    |         |    x    |    x    |         |
 *
 * x: in memory.  The resident bytes of a chunk are its bytes on such pages; a page with both live
 * and free bytes is pinned.
 */
#include "heap_sums.h"

#include "pages.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>

/* What a page holds, to tell the pinned ones. */
enum { HOLDS_FREE = 1, HOLDS_LIVE = 2 };

/* The page's first address. */
static uint64_t page_down(const struct heap_model *model, uint64_t at)
{
    return at & ~(model->page_size - 1);
}

/* The same, rounded up. */
static uint64_t page_up(const struct heap_model *model, uint64_t at)
{
    return page_down(model, at + model->page_size - 1);
}

/* The pages that the segment lies on, its head included. */
static void read_pages(const struct target *target, struct heap_model *model,
                       struct heap_segment *segment)
{
    uint64_t start = page_down(model, segment->start - segment->head);
    size_t count = (page_up(model, segment->end) - start) / model->page_size;
    segment->pages = malloc(count + 1);
    if (!segment->pages)
        say_and_exit(EXIT_OURS, "out of memory");
    if (!pages_read(target, start, count, segment->pages))
        model->pages_known = false;
}

/* Whether the page of the address is in memory; the address lies in the segment or its head. */
static bool is_resident(const struct heap_model *model, const struct heap_segment *segment,
                        uint64_t at)
{
    uint64_t start = page_down(model, segment->start - segment->head);
    return segment->pages[(at - start) / model->page_size] == PAGE_PRESENT;
}

uint64_t heap_resident(const struct heap_model *model, const struct heap_segment *segment,
                       uint64_t start, uint64_t end)
{
    uint64_t bytes = 0;
    while (start < end) {
        uint64_t next = page_down(model, start) + model->page_size;
        if (next > end)
            next = end;
        if (is_resident(model, segment, start))
            bytes += next - start;
        start = next;
    }
    return bytes;
}

/* Count one chunk for its state. */
static void add_chunk(struct heap_sums *sums, const struct heap_chunk *chunk, uint64_t resident)
{
    struct heap_sum *sum = &sums->of[chunk->state];
    sum->count++;
    sum->bytes += chunk->size;
    sum->resident += resident;
}

/* A page that the last chunk ended on and that the next one begins on is shared by both. */
struct page_watch {
    uint64_t page;  /* its address; nothing was seen of it while holds is 0 */
    unsigned holds; /* HOLDS_FREE, HOLDS_LIVE or both */
    uint64_t live;  /* bytes of it that are live */
};

/* The page is done: it is pinned if it is in memory and holds both. */
static void close_page(const struct heap_model *model, const struct heap_segment *segment,
                       struct page_watch *watch, struct heap_sums *sums)
{
    if (watch->holds == (HOLDS_FREE | HOLDS_LIVE) && is_resident(model, segment, watch->page)) {
        sums->pinned_pages++;
        sums->pinned_live += watch->live;
    }
}

/* Only the first and the last page of a chunk can be shared with a neighbour. */
static void watch_chunk(const struct heap_model *model, const struct heap_segment *segment,
                        const struct heap_chunk *chunk, struct page_watch *watch,
                        struct heap_sums *sums)
{
    unsigned what = heap_is_free(chunk->state) ? HOLDS_FREE : HOLDS_LIVE;
    uint64_t pages[2] = {page_down(model, chunk->at),
                         page_down(model, chunk->at + chunk->size - 1)};
    for (int i = 0; i < 2; i++) {
        if (i == 1 && pages[1] == pages[0])
            break;
        if (watch->page != pages[i]) {
            if (watch->holds)
                close_page(model, segment, watch, sums);
            *watch = (struct page_watch){.page = pages[i]};
        }
        uint64_t start = chunk->at > pages[i] ? chunk->at : pages[i];
        uint64_t end = chunk->at + chunk->size, page_end = pages[i] + model->page_size;
        watch->holds |= what;
        if (what == HOLDS_LIVE)
            watch->live += (end < page_end ? end : page_end) - start;
    }
}

/* Whole pages of a free chunk or top, in memory. */
static uint64_t whole_pages(const struct heap_model *model, const struct heap_segment *segment,
                            const struct heap_chunk *chunk)
{
    uint64_t start = page_up(model, chunk->at + (segment->headless ? 0 : 16));
    uint64_t end = page_down(model, chunk->at + chunk->size);
    return start < end ? heap_resident(model, segment, start, end) : 0;
}

/* Head and chunks; each resident byte is counted for exactly one state. */
static void sum_segment(struct heap_model *model, struct heap_segment *segment,
                        struct heap_sums *sums)
{
    struct heap_cursor cursor = heap_begin(segment);
    struct heap_chunk chunk;
    struct page_watch watch = {0};
    struct heap_chunk head = {
        .at = segment->start - segment->head, .size = segment->head, .state = HEAP_OWN};
    if (head.size)
        add_chunk(sums, &head, heap_resident(model, segment, head.at, segment->start));
    while (heap_next(&cursor, &chunk)) {
        uint64_t end = chunk.at + chunk.size;
        add_chunk(sums, &chunk, heap_resident(model, segment, chunk.at, end));
        watch_chunk(model, segment, &chunk, &watch, sums);
        if (chunk.state == HEAP_FREE || chunk.state == HEAP_FAST)
            sums->whole_pages += whole_pages(model, segment, &chunk);
    }
    if (watch.holds)
        close_page(model, segment, &watch, sums);
    sums->mapped += segment->end - segment->start + segment->head;
}

void heap_sums_make(const struct target *target, struct heap_model *model)
{
    model->pages_known = true;
    for (size_t i = 0; i < model->segment_count; i++) {
        struct heap_segment *segment = &model->segments[i];
        read_pages(target, model, segment);
        sum_segment(model, segment, &model->arenas[segment->arena].sums);
    }
    for (size_t i = 0; i < model->arena_count; i++) {
        struct heap_sums *sums = &model->arenas[i].sums;
        for (enum heap_state state = 0; state < HEAP_STATES; state++)
            sums->resident += sums->of[state].resident;
    }
}

/* Add one sum to another. */
static void add_sum(struct heap_sum *to, const struct heap_sum *from)
{
    to->count += from->count;
    to->bytes += from->bytes;
    to->resident += from->resident;
}

struct heap_sums heap_sums_total(const struct heap_model *model)
{
    struct heap_sums total = {0};
    for (size_t i = 0; i < model->arena_count; i++) {
        const struct heap_sums *sums = &model->arenas[i].sums;
        for (enum heap_state state = 0; state < HEAP_STATES; state++)
            add_sum(&total.of[state], &sums->of[state]);
        total.mapped += sums->mapped;
        total.resident += sums->resident;
        total.whole_pages += sums->whole_pages;
        total.trimmable += sums->trimmable;
        total.trimmable_top += sums->trimmable_top;
        total.drained += sums->drained;
        total.pinned_pages += sums->pinned_pages;
        total.pinned_live += sums->pinned_live;
    }
    add_sum(&total.of[HEAP_MAPPED], &model->mapped_sum);
    total.mapped += model->mapped_sum.bytes;
    total.resident += model->mapped_sum.resident;
    return total;
}
