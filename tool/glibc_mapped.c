/*
 * glibc_mapped.c - page after page of the anonymous areas asked whether it begins a chunk.
 *
 * The kernel joins neighbouring mappings into one area, so chunks are looked for inside areas, too.
 * A header is believed if its size is a whole number of pages, fits the area, and carries M and no
 * other flag.
 */
#include "glibc_mapped.h"

#include "pages.h"
#include "say.h"

#include <stdlib.h>

/* The low bits of a size word: P, M, N. */
#define FLAGS ((uint64_t)7)

/* A page may begin a chunk only if it was written to: pages asked at a time. */
enum { PAGES_AT_ONCE = 4096, ALIGN_LOG_MIN = 5, ALIGN_LOG_MAX = 22 };

/* The chunk whose header stands at `at` in a mapping that begins at `start`.  False if there is
 * none. */
static bool chunk_in(struct glibc_reader *reader, uint64_t start, uint64_t at, uint64_t limit,
                     struct heap_mapped *mapped)
{
    uint64_t skipped, head;
    if (!peek_word(reader->links, at, &skipped) ||
        !peek_word(reader->links, at + GLIBC_WORD, &head))
        return false;
    uint64_t size = head & ~FLAGS;
    if ((head & FLAGS) != HEAP_HAS_MAPPING || skipped != at - start || size < GLIBC_CHUNK_MIN ||
        size > limit - at || (size + skipped) % reader->target->page_size != 0)
        return false;
    mapped->start = start;
    mapped->end = at + size;
    mapped->chunk = (struct heap_chunk){
        .at = at, .size = size, .state = HEAP_MAPPED, .flags = HEAP_HAS_MAPPING};
    return true;
}

/* Where the header stands: at a mapping's first byte, or, of memory that was to be aligned, some
 * way behind it.  Then the first header is still there, as it was before the alignment. */
static bool chunk_from(struct glibc_reader *reader, uint64_t start, uint64_t limit,
                       struct heap_mapped *mapped)
{
    bool found = chunk_in(reader, start, start, limit, mapped);
    for (unsigned log = ALIGN_LOG_MIN; log <= ALIGN_LOG_MAX; log++) {
        uint64_t align = (uint64_t)1 << log;
        uint64_t at = ((start + GLIBC_HEADER + align - 1) & ~(align - 1)) - GLIBC_HEADER;
        struct heap_mapped behind;
        if (at == start || at >= limit || !chunk_in(reader, start, at, limit, &behind) ||
            (found && behind.end != mapped->end))
            continue;
        *mapped = behind;
        return true;
    }
    return found;
}

/* To the model, whose array doubles; its length alone tells when it is full. */
void glibc_mapped_add(struct glibc_reader *reader, const struct heap_mapped *mapped)
{
    struct heap_model *model = reader->model;
    /* A power of two is full. */
    if ((model->mapped_count & (model->mapped_count - 1)) == 0) {
        size_t room = model->mapped_count ? model->mapped_count * 2 : 1;
        model->mapped = reallocarray(model->mapped, room, sizeof *model->mapped);
        if (!model->mapped)
            say_and_exit(EXIT_OURS, "out of memory");
    }
    model->mapped[model->mapped_count++] = *mapped;
    model->mapped_sum.count++;
    model->mapped_sum.bytes += mapped->chunk.size;
}

/* glibc counts its mappings, so the search can end with the last one. */
static bool all_found(const struct glibc_reader *reader)
{
    const struct heap_settings *settings = &reader->settings.heap;
    return settings->known && reader->model->mapped_count >= settings->mapped_count;
}

/* So much address space is searched, which takes a second or two: a run time may have reserved, and a
 * damaged core file claim, terabytes that hold nothing. */
#define SEARCHED_MAX ((uint64_t)256 << 30)
#define SEARCHED_MAX_CORE ((uint64_t)32 << 30)

/* The pages of one area; behind a chunk the next one may begin, because the kernel joins areas. */
static void scan(struct glibc_reader *reader, const struct area *area, uint64_t *left)
{
    uint64_t page = reader->target->page_size, at = area->start;
    uint8_t pages[PAGES_AT_ONCE];
    while (at<area->end && * left> 0 && !all_found(reader)) {
        uint64_t count = (area->end - at) / page, next = at;
        if (count > PAGES_AT_ONCE)
            count = PAGES_AT_ONCE;
        pages_read(reader->target, at, count, pages);
        for (uint64_t i = 0; i < count && next == at + i * page; i++, next += page) {
            struct heap_mapped mapped;
            if (pages[i] != PAGE_PRESENT || !chunk_from(reader, next, area->end, &mapped))
                continue;
            glibc_mapped_add(reader, &mapped);
            next = mapped.end - page;
        }
        *left -= next - at < *left ? next - at : *left;
        at = next;
    }
}

/* An area of an arena holds no mapped chunk, and a walk has read it already. */
static bool holds_segment(const struct glibc_reader *reader, const struct area *area)
{
    for (size_t i = 0; i < reader->model->segment_count; i++) {
        const struct heap_segment *segment = &reader->model->segments[i];
        if (segment->start < area->end && segment->end > area->start)
            return true;
    }
    return false;
}

void glibc_mapped_read(struct glibc_reader *reader)
{
    const struct areas *areas = &reader->target->areas;
    uint64_t left = reader->target->core ? SEARCHED_MAX_CORE : SEARCHED_MAX;
    peek_forget(reader->links);
    for (size_t i = 0; i < areas->count && !all_found(reader); i++) {
        const struct area *area = &areas->list[i];
        if (area->access == (ACCESS_READ | ACCESS_WRITE) && area_is_anonymous(area) &&
            !holds_segment(reader, area))
            scan(reader, area, &left);
    }
    for (size_t i = 0; i < reader->model->mapped_count; i++) {
        struct heap_mapped *mapped = &reader->model->mapped[i];
        mapped->resident = pages_resident(reader->target, mapped->start, mapped->end);
        reader->model->mapped_sum.resident += mapped->resident;
    }
}
