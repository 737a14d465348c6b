/*
 * heap_claims.c - segments and mapped chunks as claims.
 *
 * The map of the address space shows them by these names, with what is live and free in them.
 */
#include "heap_claims.h"

#include "say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a thread heap reserves; the reader of segments knows no more of it than what is used. */
#define RESERVATION ((uint64_t)64 << 20)

/* The sums of an arena stand at the first of its heaps, and at no other. */
static void count_blocks(const struct heap_model *model, const struct heap_segment *segment,
                         struct region_claim *claim)
{
    for (const struct heap_segment *s = model->segments; s < segment; s++) {
        if (s->arena == segment->arena)
            return;
    }
    const struct heap_sum *of = model->arenas[segment->arena].sums.of;
    claim->counted = true;
    claim->live = of[HEAP_LIVE].bytes;
    claim->free =
        of[HEAP_FREE].bytes + of[HEAP_FAST].bytes + of[HEAP_CACHED].bytes + of[HEAP_TOP].bytes;
}

/* A thread heap is claimed with its whole reservation, the break heap with what is in use of it. */
static void claim_segment(const struct target *target, const struct heap_model *model,
                          const struct heap_segment *segment, struct region_claim *claim)
{
    const struct heap_arena *arena = &model->arenas[segment->arena];
    const struct area *area = areas_find(&target->areas, segment->start);
    uint64_t page = model->page_size;
    claim->start = (segment->start - segment->head) & ~(page - 1);
    claim->end = (segment->end + page - 1) & ~(page - 1);
    claim->kind = REGION_MALLOC;
    if (!arena->is_main) {
        claim->kind = REGION_THREAD_HEAP;
        claim->start &= ~(RESERVATION - 1);
        claim->end = claim->start + RESERVATION;
    } else if (area && strcmp(area->name, "[heap]") == 0) {
        claim->kind = REGION_BREAK;
    }
    snprintf(claim->label, sizeof claim->label,
             arena->is_main                      ? "%s arena"
             : strcmp(arena->name, "guard") == 0 ? "%sed blocks"
             : arena->is_shared                  ? "%s of small blocks"
                                                 : "arena %s",
             arena->name);
    count_blocks(model, segment, claim);
}

/* A block with a mapping of its own. */
static struct region_claim of_mapped(const struct heap_mapped *mapped)
{
    return (struct region_claim){
        .start = mapped->start, .end = mapped->end, .kind = REGION_MAPPED_CHUNK};
}

/* Memory that the allocator has mapped for itself; two caches may share a page. */
static struct region_claim of_own(const struct heap_own *own, uint64_t page)
{
    return (struct region_claim){.start = own->start & ~(page - 1),
                                 .end = (own->end + page - 1) & ~(page - 1),
                                 .kind = REGION_MALLOC,
                                 .label = "caches of threads"};
}

/* The same for what is known of guarded and large blocks. */
static struct region_claim of_table(const struct heap_own *own, uint64_t page)
{
    struct region_claim claim = of_own(own, page);
    strcpy(claim.label, "records of blocks");
    return claim;
}

void heap_claims_of(const struct target *target, const struct heap_model *model,
                    struct region_claims *claims)
{
    size_t most = model->segment_count + model->mapped_count + model->own_count;
    claims->list = calloc(most + 1, sizeof *claims->list);
    if (!claims->list)
        say_and_exit(EXIT_OURS, "out of memory");
    for (size_t i = 0; i < model->segment_count; i++)
        claim_segment(target, model, &model->segments[i], &claims->list[claims->count++]);
    for (size_t i = 0; i < model->mapped_count; i++)
        claims->list[claims->count++] = of_mapped(&model->mapped[i]);
    for (size_t i = 0; i < model->own_count; i++)
        claims->list[claims->count++] = model->own[i].is_table
                                            ? of_table(&model->own[i], model->page_size)
                                            : of_own(&model->own[i], model->page_size);
}
