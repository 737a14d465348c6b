/* snap.c - `ashlar snap': look at a target, and write what was seen. */
#include "snap.h"

#include "json_out.h"
#include "output.h"
#include "say.h"
#include "snapshot.h"
#include "target_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct request {
    struct show show;
    struct target_words targets;
    const char *file; /* -o; NULL = a name is made */
};

static const struct argp_option options[] = {
    {"output", 'o', "FILE", 0, "Write there (default: NAME-PID-TIME.asnap; - for stdout)", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* One target, one file: what belongs together in time is one snapshot. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *request = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &request->targets; return 0;
    case 'o': request->file = arg; return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "TARGET",
    .children = target_children,
    .doc = "Keep what is to be seen of TARGET now in a file, to look at it later.\v"
           "TARGET is a pid, the name that only one process has, or a core file.  It is not "
           "stopped unless --freeze asks for it.  The file is a target itself for map, heap, "
           "explain and diff: it has the areas and every chunk, and nothing of what the memory "
           "contains.",
};

/* On stdout, because the name is the answer: $(ashlar snap -q PID) can be used in a script. */
static void tell(const struct request *request, const struct survey *survey, const char *name)
{
    const struct show *show = &request->show;
    char size[SHOW_NUMBER], live[SHOW_NUMBER], text[SHOW_NAME];
    struct stat status;
    uint64_t bytes = stat(name, &status) == 0 ? (uint64_t)status.st_size : 0;
    if (show->format == SHOW_JSON) {
        json_t *document = json_document("ashlar.snap-written/1");
        json_put(document, "target", json_target(survey->target));
        json_put(document, "file", json_name(name));
        json_put(document, "bytes", json_size(bytes));
        json_print(document);
        return;
    }
    puts(name);
    if (show->quiet || show->format == SHOW_PLAIN)
        return;
    printf(" %s (%d): RSS %s", show_name(show, survey->target->name, text),
           (int)survey->target->pid, show_size(show, survey->facts.resident, size));
    if (survey->heap_known)
        printf(", live %s", show_size(show, survey->facts.part[PART_LIVE], live));
    printf(", %zu regions; %s\n", survey->regions->count, show_size(show, bytes, size));
    printf(" later:  ashlar diff %s %d\n", say_word(name), (int)survey->target->pid);
}

/* The target is looked at before the file is touched. */
static int run(int argc, char **argv)
{
    struct request request = {.targets = {.show = &request.show, .least = 1, .most = 1}};
    struct survey survey;
    char name[NAME_MAX + 1];
    if (argp_parse(&argp, argc, argv, 0, NULL, &request) != 0)
        return EXIT_OURS;
    bool is_stdout = request.file && strcmp(request.file, "-") == 0;
    if (is_stdout && isatty(STDOUT_FILENO))
        say_and_exit(EXIT_OURS, "a snapshot is binary; not to a terminal. Try: -o FILE.asnap");
    struct target *target = target_words_open(&request.targets);
    if (!survey_take(target, &request.show, &survey))
        target_refuse(request.targets.words[0], target->pid, TARGET_GONE);
    if (!survey.heap_known && !request.show.quiet)
        say("the heap of %s (%d) cannot be read: the snapshot has its regions only", target->name,
            (int)target->pid);
    const char *file = request.file ? request.file : output_name(target, "asnap", name);
    snapshot_write(&survey, &request.show, file);
    if (!is_stdout)
        tell(&request, &survey, file);
    survey_free(&survey);
    target_close(target);
    return EXIT_SUCCESS;
}

const struct verb snap_verb = {
    .group = VERB_LOOK,
    .name = "snap",
    .usage = "snap TARGET",
    .summary = "keep what is to be seen now in a file",
    .run = run,
};
