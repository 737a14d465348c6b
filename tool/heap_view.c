/*
 * heap_view.c - the model's answer to those who want no chunks.
 *
 * It reads the whole heap; what a caller with many targets cannot wait for is refused.
 */
#include "heap_view.h"

#include "budget.h"
#include "heap_read.h"
#include "heap_sums.h"

bool heap_summarize(struct target *target, double seconds, struct heap_summary *summary)
{
    enum heap_refusal why;
    *summary = (struct heap_summary){0};
    budget_set(seconds);
    struct heap_model *model = heap_read(target, &why);
    summary->late = budget_is_over();
    budget_set(0);
    bool good = !summary->late && model && !model->unused && model->arena_count > 0;
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
