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

#include "explain_print.h"
#include "heap_claims.h"
#include "heap_read.h"
#include "say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Options without a letter. */
enum option_key { KEY_CODE = 0x200, KEY_WATCH };

/* A day; and so many looks at most, because each reads the whole heap. */
enum { WATCH_MAX = 86400, SAMPLES_MAX = 60 };

struct request {
    struct show show;
    char *word;       /* the target */
    const char *code; /* --code */
    unsigned watch;   /* --watch: seconds; 0 = one look */
};

static const struct argp_option options[] = {
    {"code", KEY_CODE, "QNNN", 0, "Tell what a code means; needs no target", 0},
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

/* A target is needed unless only a code is asked for, which is known when all words were read. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *request = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &request->show; return 0;
    case KEY_CODE: request->code = arg; return 0;
    case KEY_WATCH: return parse_watch(arg, request, state);
    case ARGP_KEY_ARG:
        if (request->word)
            argp_error(state, "one target at a time: %s or %s", request->word, arg);
        request->word = arg;
        return 0;
    case ARGP_KEY_END:
        if (!request->word && !request->code)
            argp_error(state, "no target given. Try: ashlar explain $$");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "TARGET",
    .children = show_children,
    .doc = "Tell why TARGET has more memory than it uses, and what to do about it.\v"
           "TARGET is a pid, or the name of a process that only one process has, or a core file.  "
           "It is not stopped.  The parts add up to its RSS; the RSS predicted for malloc_trim(0) "
           "follows glibc's own rule.  `ashlar TARGET' with a pid is the same.",
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

/* A process whose malloc is unknown has memory all the same; then nothing of it is malloc's. */
static struct heap_model *model_or_empty(struct target *target)
{
    enum heap_refusal why;
    target_need_memory(target);
    struct heap_model *model = heap_read(target, &why);
    if (model)
        return model;
    model = calloc(1, sizeof *model);
    if (!model)
        say_and_exit(EXIT_OURS, "out of memory");
    model->page_size = target->page_size;
    return model;
}

/* Whose malloc it is, when it is not the one that was read. */
static void say_other(const struct target *target, const struct heap_model *model)
{
    const char *other = heap_other_allocator(target, model);
    if (other)
        say("%s (%d) has %s, whose heap cannot be read yet: what follows is glibc's part.",
            target->name, (int)target->pid, other);
    else if (!model->allocator)
        say("%s (%d) has no malloc that is known here: all counts as not malloc's.", target->name,
            (int)target->pid);
}

/* The heap is read first and the areas are measured right after it, so that both speak of
 * nearly the same moment: the parts are to add up to what the kernel counts. */
static void explain(struct target *target, const struct request *request)
{
    struct watch watched = {0};
    if (request->watch && target->kind == TARGET_PROCESS)
        watched = watch(target, request->watch);
    struct heap_model *model = model_or_empty(target);
    struct region_claims claims = {0};
    struct facts facts;
    struct causes causes;
    struct remedies remedies;
    if (!target_measure(target))
        target_refuse(request->word, target->pid, TARGET_GONE);
    heap_claims_of(target, model, &claims);
    struct regions *regions = regions_make(target, &claims);
    say_other(target, model);
    facts_gather(target, model, regions, &facts);
    facts.watch = watched;
    causes_judge(&facts, &request->show, &causes);
    remedies_find(&facts, &causes, &remedies);
    print(&(struct explanation){&request->show, &facts, &causes, &remedies});
    regions_free(regions);
    free(claims.list);
    heap_free(model);
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
    struct request request = {0};
    if (argp_parse(&argp, argc, argv, 0, NULL, &request) != 0)
        return EXIT_OURS;
    if (request.code)
        return explain_code(request.code);
    struct target *target = target_open(request.word);
    explain(target, &request);
    target_close(target);
    return EXIT_SUCCESS;
}

const struct verb explain_verb = {
    .group = VERB_LOOK,
    .name = "explain",
    .usage = "explain TARGET",
    .summary = "why is its memory not returned?      <- start here",
    .run = run,
};
