/*
 * map.c - `ashlar map`: read the target's areas, make regions of them, print them.
 *
 *     target -> areas (the kernel's list) -> claims (a heap model's) -> regions -> rows -> text
 *                                                                           '-> fields, JSON
 */
#include "map.h"

#include "map_diff.h"
#include "map_view.h"
#include "say.h"
#include "survey.h"

#include <stdlib.h>

enum option_key { KEY_LOW_FIRST = 0x200, KEY_TEACH, KEY_DIFF };

static const struct argp_option options[] = {
    {"verbose", 'v', NULL, 0, "Every area of the kernel's list", 0},
    {"low-first", KEY_LOW_FIRST, NULL, 0, "Low addresses first", 0},
    {"teach", KEY_TEACH, NULL, 0, "Explain each kind of region where it comes first", 0},
    {"explain-regions", 0, NULL, OPTION_ALIAS, NULL, 0},
    {"diff", KEY_DIFF, "SNAPSHOT", 0, "What changed since `ashlar snap'", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* argp's parser; see <argp.h>. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct map_request *request = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &request->targets; return 0;
    case 'v': request->every_area = true; return 0;
    case KEY_LOW_FIRST: request->low_first = true; return 0;
    case KEY_DIFF: request->before = arg; return 0;
    case KEY_TEACH: request->teach = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "TARGET",
    .children = target_children,
    .doc = "Show the address space of TARGET, region by region, and what of it is in memory.\v"
           "TARGET is a pid, the name that only one process has, a core file or a snapshot.  A "
           "process is not stopped unless --freeze asks for it, and no page of it is brought into "
           "memory by looking.\n\n"
           "The resident sizes add up to what the kernel counts as RSS.",
};

/* Text is folded into rows; programs get every region. */
static void print(const struct map_view *view)
{
    if (view->request->before) {
        map_print_diff(view, view->request->before);
        return;
    }
    switch (view->request->show.format) {
    case SHOW_TEXT: map_print_text(view); break;
    case SHOW_PLAIN: map_print_plain(view); break;
    case SHOW_JSON: map_print_json(view); break;
    }
}

/* The survey judges more than is shown here, which costs little beside the reading. */
static int run(int argc, char **argv)
{
    struct map_request request = {.targets = {.show = &request.show, .least = 1, .most = 1}};
    struct survey survey;
    if (argp_parse(&argp, argc, argv, 0, NULL, &request) != 0)
        return EXIT_OURS;
    struct target *target = target_words_open(&request.targets);
    if (!survey_take(target, &request.show, &survey))
        target_refuse(request.targets.words[0], target->pid, TARGET_GONE);
    if (target->memory_denied && !request.show.quiet)
        say("its memory may not be read: heaps and stacks are told by their borders alone");
    struct map_view view = {.request = &request,
                            .target = target,
                            .regions = survey.regions,
                            .allocator = survey.allocator};
    layout_read(target, &view.layout);
    print(&view);
    survey_free(&survey);
    target_close(target);
    return EXIT_SUCCESS;
}

const struct verb map_verb = {
    .group = VERB_LOOK,
    .name = "map",
    .usage = "map TARGET",
    .summary = "the address space, region by region",
    .run = run,
};
