/*
 * heap.c - `ashlar heap`: read the model of the target's heap and show the parts asked for.
 *
 * Without an option: a table of arenas, a picture of each, the bins.
 */
#include "heap.h"

#include "heap_look.h"
#include "heap_read.h"
#include "say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Options without a letter. */
enum option_key { KEY_CHUNKS = 0x200, KEY_ARENA, KEY_BINS, KEY_HIST };

/* So many chunks are shown unless a number is given. */
enum { CHUNKS_SHOWN = 40 };

static const struct argp_option options[] = {
    {"chunks", KEY_CHUNKS, "N", OPTION_ARG_OPTIONAL, "List chunks: the first N (40), or all", 0},
    {"chunk", 'c', "ADDR", 0, "Tell what the address is", 0},
    {"arena", KEY_ARENA, "NAME", 0, "Only this arena: main, 1, 2 ...", 0},
    {"bins", KEY_BINS, "all", OPTION_ARG_OPTIONAL, "Every bin that is not empty", 0},
    {"hist", KEY_HIST, NULL, 0, "Live and free blocks by size", 0},
    {"verbose", 'v', NULL, 0, "Draw all arenas", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* 0 stands for the default, which depends on the format, and that may be parsed later. */
static void parse_chunks(const char *arg, struct heap_request *request, struct argp_state *state)
{
    char *end;
    request->chunks = true;
    if (!arg || strcmp(arg, "all") == 0) {
        request->chunk_limit = arg ? HEAP_NO_LIMIT : 0;
        return;
    }
    request->chunk_limit = strtol(arg, &end, 10);
    if (*end || request->chunk_limit <= 0)
        argp_error(state, "--chunks is a number or all, not \"%s\"", arg);
}

/* Hexadecimal with or without 0x and with or without the _ that ashlar prints. */
static void parse_address(const char *arg, struct heap_request *request, struct argp_state *state)
{
    char digits[32] = "", *end;
    size_t n = 0;
    /* As printed here, with _ between groups, or as a debugger prints it. */
    for (; *arg && n + 1 < sizeof digits; arg++) {
        if (*arg != '_')
            digits[n++] = *arg;
    }
    errno = 0;
    request->address = strtoull(digits, &end, 16);
    request->has_address = true;
    if (*end || end == digits || errno)
        argp_error(state, "-c takes an address such as 7f3c2a001010");
}

/* argp's parser; see <argp.h>. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct heap_request *request = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &request->targets; return 0;
    case KEY_CHUNKS: parse_chunks(arg, request, state); return 0;
    case 'c': parse_address(arg, request, state); return 0;
    case KEY_ARENA: request->arena = arg; return 0;
    case KEY_BINS: request->all_bins = true; return 0;
    case KEY_HIST: request->sizes = true; return 0;
    case 'v': request->verbose = true; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "TARGET",
    .children = target_children,
    .doc = "Show the heap of TARGET: its arenas, what is live and free in them, and where free "
           "chunks wait.\v"
           "TARGET is a pid, the name that only one process has, a core file or a snapshot.  It is "
           "not stopped unless --freeze asks for it.  Of each arena, LIVE, FREE, CACHED, TOP and "
           "OWN add up to MAPPED; "
           "RETURNABLE is what malloc_trim(0) would give back.",
};

/* The index of the arena that was asked for by name. */
static size_t arena_named(const struct heap_model *model, const char *name)
{
    if (!name)
        return SIZE_MAX;
    for (size_t i = 0; i < model->arena_count; i++) {
        if (strcmp(model->arenas[i].name, name) == 0)
            return i;
    }
    if (model->arena_count > 1)
        say_and_exit(EXIT_OURS, "there is no arena \"%s\"; there are main and 1 to %zu", name,
                     model->arena_count - 1);
    say_and_exit(EXIT_OURS, "there is no arena \"%s\", only main", name);
}

/* How the answer was come by. */
static const char *source_of(const struct target *target)
{
    switch (target->kind) {
    case TARGET_CORE: return "from its core file";
    case TARGET_SNAPSHOT: return "before it was kept in a snapshot";
    default: return target->freeze_limit ? "while it stood still" : "without stopping it";
    }
}

/* Whose heap it is, and how exact the answer. */
static void print_title(const struct heap_look *look)
{
    const struct show *show = &look->request->show;
    const struct heap_model *model = look->model;
    char name[SHOW_NAME], exact[160];
    const char *version = model->version[0] ? model->version : "of an untold version";
    printf("%s%s (%d)%s   %s %s, read %s in %.0f ms\n", show_style(show, STYLE_BOLD),
           show_name(show, look->target->name, name), (int)look->target->pid,
           show_style(show, STYLE_NONE), model->allocator, version, source_of(look->target),
           model->seconds * 1e3);
    printf("%s\n\n", heap_exactness(model, exact));
}

/* What else can be asked. */
static void print_hints(const struct heap_look *look)
{
    if (!look->request->show.quiet)
        printf("\n-c ADDR which chunk is it?   --chunks  --bins  --hist  --arena NAME  --json\n");
}

/* An address is a question of its own; all else begins with the table. */
static void print_text(const struct heap_look *look)
{
    const struct heap_request *request = look->request;
    if (request->has_address) {
        heap_print_address(look);
        return;
    }
    print_title(look);
    if (look->model->unused)
        return;
    heap_print_table(look);
    if (request->chunks)
        heap_print_chunks(look);
    else if (!request->sizes && !request->all_bins)
        heap_print_pictures(look);
    if (!request->chunks && !request->sizes)
        heap_print_bins(look);
    if (request->sizes)
        heap_print_sizes(look);
    print_hints(look);
}

/* In the format that was asked for. */
static void print(const struct heap_look *look)
{
    switch (look->request->show.format) {
    case SHOW_TEXT: print_text(look); break;
    case SHOW_PLAIN: heap_print_plain(look); break;
    case SHOW_JSON: heap_print_json(look); break;
    }
}

/* Parse, read, print. */
static int run(int argc, char **argv)
{
    struct heap_request request = {.targets = {.show = &request.show, .least = 1, .most = 1}};
    if (argp_parse(&argp, argc, argv, 0, NULL, &request) != 0)
        return EXIT_OURS;
    if (request.chunk_limit == 0)
        request.chunk_limit = request.show.format == SHOW_TEXT ? CHUNKS_SHOWN : HEAP_NO_LIMIT;
    struct target *target = target_words_open(&request.targets);
    struct heap_model *model = heap_read_or_say(target);
    struct heap_look look = {.request = &request, .target = target, .model = model};
    look.arena = arena_named(model, request.arena);
    if (model->unused)
        say("%s (%d) has %s and has never called its malloc%s%s", target->name, (int)target->pid,
            model->allocator, heap_other_allocator(target, model) ? ": it has " : "",
            heap_other_allocator(target, model) ? heap_other_allocator(target, model) : "");
    print(&look);
    heap_free(model);
    target_close(target);
    return EXIT_SUCCESS;
}

const struct verb heap_verb = {
    .group = VERB_LOOK,
    .name = "heap",
    .usage = "heap TARGET",
    .summary = "arenas, bins, chunks: what is live and what is free",
    .run = run,
};
