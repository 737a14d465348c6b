/*
 * heap_view.c - the model's answer to those who want no chunks.
 *
 * It reads the whole heap; what a caller with many targets cannot wait for is refused.
 */
#include "heap_view.h"

#include "heap_read.h"
#include "heap_sums.h"

/* A line of `ashlar ps` is worth some tens of milliseconds: 256 MiB of heap. */
#define SUMMARY_MAX ((uint64_t)256 << 20)

/* What a reader of the heap might have to walk. */
static uint64_t anonymous_bytes(const struct target *target)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < target->areas.count; i++) {
        const struct area *area = &target->areas.list[i];
        if (area_is_anonymous(area) && area->access & ACCESS_WRITE)
            bytes += area_size(area);
    }
    return bytes;
}

bool heap_summarize(struct target *target, struct heap_summary *summary)
{
    enum heap_refusal why;
    *summary = (struct heap_summary){0};
    if (anonymous_bytes(target) > SUMMARY_MAX)
        return false;
    struct heap_model *model = heap_read(target, &why);
    bool good = model && !model->unused && model->arena_count > 0;
    if (good) {
        struct heap_sums sums = heap_sums_total(model);
        summary->live = sums.of[HEAP_LIVE].bytes + sums.of[HEAP_MAPPED].bytes;
        summary->retained = sums.trimmable;
        for (size_t i = 0; i < model->arena_count; i++)
            summary->arenas += !model->arenas[i].is_shared;
    }
    heap_free(model);
    return good;
}
