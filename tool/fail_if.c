/* fail_if.c - conditions collected while the command line is parsed, and judged at the end. */
#include "fail_if.h"

#include "say.h"

void fail_if_add(const char *text, struct fail_if *conditions, struct argp_state *state)
{
    if (conditions->count == FAIL_IF_MAX)
        argp_error(state, "no more than %d conditions", FAIL_IF_MAX);
    const char *wrong = condition_parse(text, &conditions->list[conditions->count++]);
    if (wrong)
        argp_error(state, "--fail-if \"%s\": %s", text, wrong);
}

void fail_if_add_plain(const char *text, struct fail_if *conditions, struct argp_state *state)
{
    fail_if_add(text, conditions, state);
    if (conditions->list[conditions->count - 1].change)
        argp_error(state,
                   "--fail-if \"%s\": one look knows no change. Write the value, or try: ashlar "
                   "diff",
                   text);
}

void fail_if_judge(struct fail_if *conditions, const struct account *before,
                   const struct account *after)
{
    size_t failed = 0;
    for (size_t i = 0; i < conditions->count; i++) {
        const struct condition *condition = &conditions->list[i];
        if (figures[condition->figure].of_heap && (!before->heap_known || !after->heap_known))
            say_and_exit(EXIT_OURS, "\"%s\" cannot be judged: the heap of %s is not known",
                         condition->text, before == after ? "the target" : "one of them");
        if (condition_holds(condition, before, after))
            conditions->list[failed++] = *condition;
    }
    conditions->count = failed;
}
