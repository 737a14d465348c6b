/*
 * report.c - `ashlar report': look at a target, and write the page.
 *
 *     target -> survey -> document (report_data.h) -> page (report_page.h) -> file
 *
 * The target is looked at once, as by every other verb; all that the page shows is of that moment.
 * It is written when everything is known, so that no file is left of a target that went away.
 */
#include "report.h"

#include "output.h"
#include "report_data.h"
#include "report_page.h"
#include "say.h"
#include "target_words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Options without a letter. */
enum option_key { KEY_DETAIL = 0x200 };

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Write there (default: NAME-PID-TIME.html; - for stdout)", 0},
    {"detail", KEY_DETAIL, "CHUNKS", 0,
     "Tell so many chunks one by one (500000), the rest in cells", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* A number, or all. */
static void parse_detail(const char *arg, struct report_request *request, struct argp_state *state)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(arg, &end, 10);
    if (strcmp(arg, "all") == 0)
        request->detail = SIZE_MAX;
    else if (*end || end == arg || errno || *arg == '-')
        argp_error(state, "--detail is a number of chunks or all, not \"%s\"", arg);
    else
        request->detail = (size_t)n;
}

/* argp's parser; see <argp.h>. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct report_request *request = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &request->targets; return 0;
    case 'o': request->file = arg; return 0;
    case KEY_DETAIL: parse_detail(arg, request, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "TARGET",
    .children = target_children,
    .doc =
        "Write what is to be seen of TARGET as one HTML page: the verdict, the address space, the "
        "heap down to single chunks, bins, sizes, caches.\v"
        "TARGET is a pid, the name that only one process has, a core file or a snapshot.  It is "
        "not stopped unless --freeze asks for it.  The page needs no network and nothing beside "
        "it; it has addresses and sizes, and nothing of what the memory contains.  --json writes "
        "the document that the page is made of instead.",
};

/* What is to be written: the page, or its document. */
static char *text_of(const struct report_request *request, const json_t *document, size_t *length)
{
    if (request->show.format != SHOW_JSON)
        return report_page(document, length);
    char *text = json_dumps(document, JSON_INDENT(1));
    if (!text)
        say_and_exit(EXIT_OURS, "out of memory");
    /* A line's end for its terminating zero. */
    *length = strlen(text) + 1;
    text[*length - 1] = '\n';
    return text;
}

/* On stdout, because the name is the answer: $(ashlar report -q PID) can be used in a script. */
static void tell(const struct report_request *request, const char *file, size_t length)
{
    char size[SHOW_NUMBER];
    puts(file);
    if (request->show.quiet || request->show.format == SHOW_PLAIN)
        return;
    printf(" %s, one page that needs nothing beside it\n", show_size(&request->show, length, size));
    printf(" look at it:  xdg-open %s\n", say_word(file));
}

/* The document goes to standard output unless a file is named, the page to a file. */
static void put(const struct report_request *request, const struct target *target, json_t *document)
{
    char name[NAME_MAX + 1];
    size_t length;
    const char *file = request->file;
    if (!file)
        file = request->show.format == SHOW_JSON ? "-" : output_name(target, "html", name);
    char *text = text_of(request, document, &length);
    json_decref(document);
    output_write(file, text, length);
    free(text);
    if (strcmp(file, "-") != 0)
        tell(request, file, length);
}

/* Look first, write then. */
static void report(const struct report_request *request)
{
    struct target *target = target_words_open(&request->targets);
    struct survey survey;
    if (!survey_take(target, &request->show, &survey))
        target_refuse(request->targets.words[0], target->pid, TARGET_GONE);
    if (!survey.heap_known && !request->show.quiet)
        say("the heap of %s (%d) cannot be read: the page has its regions only", target->name,
            (int)target->pid);
    json_t *document = report_document(&survey, request);
    survey_free(&survey);
    put(request, target, document);
    target_close(target);
}

/* Sentences of the page are written in UTF-8 and without colours, whatever the terminal can. */
static int run(int argc, char **argv)
{
    struct report_request request = {.targets = {.show = &request.show, .least = 1, .most = 1},
                                     .detail = REPORT_DETAIL};
    if (asprintf(&request.command, "ashlar report %s", say_words(argv + 1)) < 0)
        say_and_exit(EXIT_OURS, "out of memory");
    if (argp_parse(&argp, argc, argv, 0, NULL, &request) != 0)
        return EXIT_OURS;
    request.show.utf8 = true;
    request.show.colour = false;
    report(&request);
    free(request.command);
    return EXIT_SUCCESS;
}

const struct verb report_verb = {
    .group = VERB_LOOK,
    .name = "report",
    .usage = "report TARGET",
    .summary = "all of it as one HTML page, offline",
    .run = run,
};
