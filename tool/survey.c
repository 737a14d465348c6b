/* survey.c - read, measure, judge: the way of `ashlar explain' for verbs that do other things with
 * the result, some of them again and again. */
#include "survey.h"

#include "freeze.h"
#include "heap_claims.h"
#include "say.h"

#include <stdlib.h>
#include <string.h>

/* A process whose heap cannot be read has memory all the same; then nothing of it is malloc's. */
static struct heap_model *empty_model(const struct target *target)
{
    struct heap_model *model = calloc(1, sizeof *model);
    if (!model)
        say_and_exit(EXIT_OURS, "out of memory");
    model->page_size = target->page_size;
    return model;
}

/* Heap, then areas, with nothing slow between; a frozen target stands still for no more than
 * that. */
static bool read_all(struct target *target, struct survey *survey)
{
    survey->target = target;
    if (!target_refresh(target))
        return false;
    survey->refusal = HEAP_DENIED;
    survey->model = target->memory_denied ? NULL : heap_read_still(target, &survey->refusal);
    survey->heap_known = survey->model && survey->model->allocator && survey->model->arena_count;
    if (!survey->model)
        survey->model = empty_model(target);
    bool measured = target_measure(target);
    freeze_end(target);
    freeze_tell(target);
    if (!measured)
        heap_free(survey->model);
    return measured;
}

void survey_judge(struct survey *survey, const struct show *show)
{
    causes_judge(&survey->facts, show, &survey->causes);
    remedies_find(&survey->facts, &survey->causes, &survey->remedies);
}

bool survey_take(struct target *target, const struct show *show, struct survey *survey)
{
    memset(survey, 0, sizeof *survey);
    if (!read_all(target, survey))
        return false;
    allocator_find(target, &survey->allocator);
    heap_claims_of(target, survey->model, &survey->claims);
    survey->regions = regions_make(target, &survey->claims);
    facts_gather(target, survey->model, survey->regions, &survey->facts);
    survey_judge(survey, show);
    return true;
}

void survey_free(struct survey *survey)
{
    regions_free(survey->regions);
    free(survey->claims.list);
    heap_free(survey->model);
}

struct explanation survey_explanation(const struct survey *survey, const struct show *show)
{
    return (struct explanation){show, &survey->facts, &survey->causes, &survey->remedies, NULL};
}
