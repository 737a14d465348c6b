/*
 * explain.c - `ashlar explain`: read, judge, print.
 *
 * The way through the files, each of which knows the ones before it only:
 *
 *     heap model + areas  ->  facts    figures that add up to RSS
 *                             causes   which of them matter, with a code each
 *                             remedies what would change them, with the RSS to expect
 *                             text, plain or JSON
 */
#include "explain.h"

#include "account.h"
#include "fail_if.h"
#include "say.h"
#include "survey.h"
#include "target_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Options without a letter. */
enum option_key { KEY_CODE = 0x200, KEY_WATCH, KEY_FAIL_IF };

/* A day; and so many looks at most, because each reads the whole heap. */
enum { WATCH_MAX = 86400, SAMPLES_MAX = 60 };

struct request {
    struct show show;
    struct target_words targets;
    struct fail_if conditions;
    const char *code; /* --code */
    unsigned watch;   /* --watch: seconds; 0 = one look */
};

static const struct argp_option options[] = {
    {"code", KEY_CODE, "QNNN", 0, "Tell what a code means; needs no target", 0},
    {"fail-if", KEY_FAIL_IF, "CONDITION", 0, "Exit with 1 if it holds: retained>100M", 0},
    {"watch", KEY_WATCH, "SECONDS", 0, "Measure several times: does its live memory grow?", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* Seconds; argp_error ends the program on anything else. */
static error_t parse_watch(const char *arg, struct request *request, struct argp_state *state)
{
    char *end;
    unsigned long seconds = strtoul(arg, &end, 10);
    if (*end || seconds == 0 || seconds > WATCH_MAX)
        argp_error(state, "--watch takes seconds, 1 to %d, not \"%s\"", WATCH_MAX, arg);
    request->watch = (unsigned)seconds;
    return 0;
}

/* A target is needed unless only a code is asked for: then the number of words is not checked. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *request = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &request->targets; return 0;
    case KEY_CODE:
        request->code = arg;
        request->targets.least = 0;
        return 0;
    case KEY_WATCH: return parse_watch(arg, request, state);
    case KEY_FAIL_IF: fail_if_add_plain(arg, &request->conditions, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "TARGET",
    .children = target_children,
    .doc = "Tell why TARGET has more memory than it uses, and what to do about it.\v"
           "TARGET is a pid, the name that only one process has, a core file or a snapshot.  It is "
           "not stopped unless --freeze asks for it.  The parts add up to its RSS; the RSS "
           "predicted for malloc_trim(0) follows glibc's own rule.  `ashlar TARGET' with a pid is "
           "the same.\n\n"
           "CONDITION is as in `ashlar diff': a name (rss, live, blocks, retained, cached, mapped, "
           "arenas, virtual), one of > >= < <=, and a number with K, M, G or T.",
};

/* Live bytes now, or 0 if the heap cannot be read. */
static uint64_t live_now(struct target *target)
{
    enum heap_refusal why;
    struct heap_model *model = target_refresh(target) ? heap_read(target, &why) : NULL;
    uint64_t live = 0;
    if (model) {
        struct heap_sums sums = heap_sums_total(model);
        live = sums.of[HEAP_LIVE].bytes + sums.of[HEAP_MAPPED].bytes;
    }
    heap_free(model);
    return live;
}

/* At least three samples, at most SAMPLES_MAX: each one reads the whole heap.  What grows by
 * accident between two looks does not grow between all of them. */
static struct watch watch(struct target *target, unsigned seconds)
{
    unsigned samples = seconds < 3 ? 3 : seconds + 1 < SAMPLES_MAX ? seconds + 1 : SAMPLES_MAX;
    double pause = (double)seconds / (samples - 1);
    struct timespec time = {.tv_sec = (time_t)pause};
    struct watch result = {.samples = samples, .seconds = seconds, .grew_always = true};
    time.tv_nsec = (long)((pause - (double)time.tv_sec) * 1e9);
    result.first = result.last = live_now(target);
    for (unsigned i = 1; i < samples; i++) {
        nanosleep(&time, NULL);
        uint64_t live = live_now(target);
        result.grew_always = result.grew_always && live > result.last;
        result.last = live;
    }
    return result;
}

/* In the format that was asked for. */
static void print(const struct explanation *explanation)
{
    switch (explanation->show->format) {
    case SHOW_TEXT: explain_print_text(explanation); break;
    case SHOW_PLAIN: explain_print_plain(explanation); break;
    case SHOW_JSON: explain_print_json(explanation); break;
    }
}

/* Whose malloc it is, when it is not the one that was read. */
static void say_other(const struct target *target, const struct heap_model *model)
{
    const char *other = heap_other_allocator(target, model);
    if (other)
        say("%s (%d) has %s, whose heap cannot be read yet: %s.", target->name, (int)target->pid,
            other,
            model->allocator ? "what follows is glibc's part" : "all counts as not malloc's");
    else if (!model->allocator)
        say("%s (%d) has no malloc that can be read here: all counts as not malloc's.",
            target->name, (int)target->pid);
}

/* What of the conditions holds for this one look. */
static void judge(const struct survey *survey, struct fail_if *conditions)
{
    struct account account;
    account_take(survey, &account);
    fail_if_judge(conditions, &account, &account);
    account_free(&account);
}

/* Watched first, because the survey is of the last moment.  Returns the exit status. */
static int explain(struct target *target, struct request *request)
{
    struct watch watched = {0};
    struct survey survey;
    target_need_memory(target);
    if (request->watch && target->kind == TARGET_PROCESS)
        watched = watch(target, request->watch);
    if (!survey_take(target, &request->show, &survey))
        target_refuse(request->targets.words[0], target->pid, TARGET_GONE);
    survey.facts.watch = watched;
    survey_judge(&survey, &request->show);
    say_other(target, survey.model);
    if (request->conditions.count)
        judge(&survey, &request->conditions);
    struct explanation explanation = survey_explanation(&survey, &request->show);
    explanation.failed = &request->conditions;
    print(&explanation);
    survey_free(&survey);
    return request->conditions.count ? EXIT_FAILED : EXIT_SUCCESS;
}

/* Needs no target, and so works where nothing runs. */
static int explain_code(const char *name)
{
    enum explain_code code = explain_code_named(name);
    if (code == EXPLAIN_CODES)
        say_and_exit(EXIT_OURS, "there is no code \"%s\"; there are Q000 to Q%03d", name,
                     EXPLAIN_CODES - 1);
    explain_code_print(code);
    return EXIT_SUCCESS;
}

/* Parse, then either a code or a target. */
static int run(int argc, char **argv)
{
    struct request request = {.targets = {.show = &request.show, .least = 1, .most = 1}};
    if (argp_parse(&argp, argc, argv, 0, NULL, &request) != 0)
        return EXIT_OURS;
    if (request.code)
        return explain_code(request.code);
    struct target *target = target_words_open(&request.targets);
    int status = explain(target, &request);
    target_close(target);
    return status;
}

const struct verb explain_verb = {
    .group = VERB_LOOK,
    .name = "explain",
    .usage = "explain TARGET",
    .summary = "why is its memory not returned?      <- start here",
    .run = run,
};
