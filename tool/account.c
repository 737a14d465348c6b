/*
 * account.c - the figures taken out of a survey.
 *
 * They are copied, words and all, because the survey ends before they are compared or written.
 */
#include "account.h"

#include "json_out.h"
#include "region_kind.h"
#include "say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Zeroed room for count elements; an empty list has some, too. */
static void *room_for(size_t count, size_t size)
{
    void *room = calloc(count ? count : 1, size);
    if (!room)
        say_and_exit(EXIT_OURS, "out of memory");
    return room;
}

/* Sums by state become the words that people use. */
static void take_arenas(const struct heap_model *model, struct account *account)
{
    account->arenas = room_for(model->arena_count, sizeof *account->arenas);
    account->arena_count = model->arena_count;
    for (size_t i = 0; i < model->arena_count; i++) {
        const struct heap_arena *from = &model->arenas[i];
        const struct heap_sum *of = from->sums.of;
        struct account_arena *to = &account->arenas[i];
        snprintf(to->name, sizeof to->name, "%s", from->name);
        to->mapped = from->sums.mapped;
        to->resident = from->sums.resident;
        to->live = of[HEAP_LIVE].bytes;
        to->live_blocks = of[HEAP_LIVE].count;
        to->free = of[HEAP_FREE].bytes + of[HEAP_FAST].bytes;
        to->retained = from->sums.trimmable;
        to->threads = from->threads;
    }
}

/* Kinds are kept as words, so that a snapshot outlives the enumeration. */
static void take_regions(const struct regions *regions, struct account *account)
{
    account->regions = room_for(regions->count, sizeof *account->regions);
    account->region_count = regions->count;
    for (size_t i = 0; i < regions->count; i++) {
        const struct region *from = &regions->list[i];
        struct account_region *to = &account->regions[i];
        *to = (struct account_region){.start = from->start,
                                      .end = from->end,
                                      .committed = from->committed,
                                      .resident = from->usage.resident};
        snprintf(to->kind, sizeof to->kind, "%s", region_kind_word(from->kind));
        snprintf(to->label, sizeof to->label, "%s", from->label);
    }
}

/* The least n with 2^n >= size; the last class has all that is larger. */
static unsigned class_of(uint64_t size)
{
    unsigned n = 0;
    while (n + 1 < ACCOUNT_CLASSES && (uint64_t)1 << n < size)
        n++;
    return n;
}

/* What threads cache is neither live nor in a bin, and is summed elsewhere. */
static void count_chunk(const struct heap_chunk *chunk, struct account *account)
{
    struct account_class *class = &account->sizes[class_of(chunk->size)];
    if (heap_is_live(chunk->state)) {
        class->live_blocks++;
        class->live += chunk->size;
    } else if (chunk->state == HEAP_FREE || chunk->state == HEAP_FAST) {
        class->free_chunks++;
        class->free += chunk->size;
    }
}

/* One more walk through all chunks, which are in our own memory by now. */
static void take_sizes(const struct heap_model *model, struct account *account)
{
    for (size_t i = 0; i < model->segment_count; i++) {
        struct heap_cursor cursor = heap_begin(&model->segments[i]);
        struct heap_chunk chunk;
        while (heap_next(&cursor, &chunk))
            count_chunk(&chunk, account);
    }
    for (size_t i = 0; i < model->mapped_count; i++)
        count_chunk(&model->mapped[i].chunk, account);
}

/* The sums of malloc; all are 0 where the heap is not known. */
static void take_heap(const struct facts *facts, struct account *account)
{
    const struct heap_sum *of = facts->sums.of;
    account->live = of[HEAP_LIVE].bytes + of[HEAP_MAPPED].bytes;
    account->live_blocks = of[HEAP_LIVE].count + of[HEAP_MAPPED].count;
    account->retained = facts->sums.trimmable;
    account->cached = of[HEAP_CACHED].bytes;
    account->mapped = facts->sums.mapped;
    account->free = of[HEAP_FREE].bytes + of[HEAP_FAST].bytes;
}

void account_take(const struct survey *survey, struct account *account)
{
    const struct facts *facts = &survey->facts;
    memset(account, 0, sizeof *account);
    snprintf(account->name, sizeof account->name, "%s", survey->target->name);
    account->pid = survey->target->pid;
    json_time_text(&survey->target->read_at, account->read_at);
    allocator_text(&survey->allocator, account->allocator);
    account->heap_known = survey->heap_known;
    account->exact = survey->heap_known && heap_is_exact(survey->model);
    account->resident = facts->resident;
    account->size = survey->regions->size;
    memcpy(account->part, facts->part, sizeof account->part);
    take_heap(facts, account);
    take_sizes(survey->model, account);
    take_arenas(survey->model, account);
    take_regions(survey->regions, account);
}

void account_of(const struct target_words *asked, const char *word, struct account *account)
{
    struct target *target = target_words_open_one(asked, word);
    struct survey survey;
    if (!survey_take(target, asked->show, &survey))
        target_refuse(word, target->pid, TARGET_GONE);
    account_take(&survey, account);
    survey_free(&survey);
    target_close(target);
}

void account_free(struct account *account)
{
    free(account->arenas);
    free(account->regions);
}
