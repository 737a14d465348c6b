/*
 * map.c - `ashlar map`: read the target's areas, make regions of them, print them.
 *
 *     target -> areas (the kernel's list) -> claims (a heap model's) -> regions -> rows -> text
 *                                                                           '-> fields, JSON
 */
#include "map.h"

#include "heap_view.h"
#include "map_diff.h"
#include "map_view.h"
#include "say.h"

#include <errno.h>
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

/* The target is the one argument there is. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct map_request *request = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &request->show; return 0;
    case 'v': request->every_area = true; return 0;
    case KEY_LOW_FIRST: request->low_first = true; return 0;
    case KEY_DIFF: request->before = arg; return 0;
    case KEY_TEACH: request->teach = true; return 0;
    case ARGP_KEY_ARG:
        if (request->word)
            argp_error(state, "one target at a time: %s or %s", request->word, arg);
        request->word = arg;
        return 0;
    case ARGP_KEY_NO_ARGS: argp_error(state, "no target given. Try: ashlar map $$"); return EINVAL;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "TARGET",
    .children = show_children,
    .doc = "Show the address space of TARGET, region by region, and what of it is in memory.\v"
           "TARGET is a pid, the name that only one process has, or the path of a core file.  "
           "A process is not stopped, and no page of it is brought into memory by looking.\n\n"
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

/* The areas that target_open read are read again with their usage, which takes longer. */
static int run(int argc, char **argv)
{
    struct map_request request = {0};
    if (argp_parse(&argp, argc, argv, 0, NULL, &request) != 0)
        return EXIT_OURS;
    struct target *target = target_open(request.word);
    if (!target_measure(target))
        target_refuse(request.word, target->pid, TARGET_GONE);
    if (target->memory_denied && !request.show.quiet)
        say("its memory may not be read: heaps and stacks are told by their borders alone");
    struct region_claims claims;
    heap_claims(target, &claims);
    struct regions *regions = regions_make(target, &claims);
    struct map_view view = {.request = &request, .target = target, .regions = regions};
    layout_read(target, &view.layout);
    allocator_find(target, &view.allocator);
    print(&view);
    free(claims.list);
    regions_free(regions);
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
