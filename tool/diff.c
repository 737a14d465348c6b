/*
 * diff.c - `ashlar diff': two accounts, of snapshots or of targets as they are now, compared.
 *
 *     snapshot file --.
 *                      >-- account --.
 *     running process -'              >-- figures, regions, conditions -- text, fields, JSON
 *                         account ---'
 */
#include "diff.h"

#include "account_json.h"
#include "diff_view.h"
#include "fail_if.h"
#include "say.h"
#include "snapshot.h"
#include "target_name.h"

#include <stdlib.h>
#include <string.h>

enum option_key { KEY_FAIL_IF = 0x200 };

struct request {
    struct show show;
    struct target_words targets;
    struct fail_if conditions;
};

static const struct argp_option options[] = {
    {"fail-if", KEY_FAIL_IF, "CONDITION", 0, "Exit with 1 if it holds: live>+5%, rss>200M", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* Two words, the earlier look first. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *request = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &request->targets; return 0;
    case KEY_FAIL_IF: fail_if_add(arg, &request->conditions, state); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "BEFORE AFTER",
    .children = target_children,
    .doc = "Tell what changed from BEFORE to AFTER.\v"
           "Each is a snapshot of `ashlar snap', or a target: a pid, the name of a process that "
           "only one process has, or a core file.\n\n"
           "CONDITION is a name (rss, live, blocks, retained, cached, mapped, arenas, virtual), "
           "one of > >= < <=, and a number with K, M, G, T or %.  With + or - before the number "
           "the change is meant, else the value of AFTER.  The status is 1 if one holds.",
};

/* The whole document, of which only the account is kept. */
static void read_snapshot(const char *path, struct account *account)
{
    json_t *document = snapshot_read(path);
    if (!account_from_json(document, account))
        say_and_exit(EXIT_OURS, "%s has no schema that is known here (" ACCOUNT_SCHEMA ")",
                     say_word(path));
    json_decref(document);
}

/* A word of digits is a pid, as everywhere; else a snapshot of this name comes before a process. */
static void look(const struct target_words *asked, const char *word, struct account *account)
{
    if (!target_word_is_pid(word) && asnap_is(word))
        read_snapshot(word, account);
    else
        account_of(asked, word, account);
}

/* In the format that was asked for. */
static void print(const struct diff_view *view)
{
    switch (view->show->format) {
    case SHOW_TEXT: diff_print_text(view); break;
    case SHOW_PLAIN: diff_print_plain(view); break;
    case SHOW_JSON: diff_print_json(view); break;
    }
}

/* Both are looked at before anything is judged. */
static int run(int argc, char **argv)
{
    struct request request = {.targets = {.show = &request.show, .least = 2, .most = 2}};
    struct fail_if *conditions = &request.conditions;
    struct account before, after;
    if (argp_parse(&argp, argc, argv, 0, NULL, &request) != 0)
        return EXIT_OURS;
    look(&request.targets, request.targets.words[0], &before);
    look(&request.targets, request.targets.words[1], &after);
    fail_if_judge(conditions, &before, &after);
    struct diff_view view = {&request.show, &before, &after, .failed = conditions->list,
                             .failed_count = conditions->count};
    view.group_count = diff_groups(&before, &after, &view.groups);
    print(&view);
    free(view.groups);
    account_free(&before);
    account_free(&after);
    return conditions->count ? EXIT_FAILED : EXIT_SUCCESS;
}

const struct verb diff_verb = {
    .group = VERB_LOOK,
    .name = "diff",
    .usage = "diff BEFORE AFTER",
    .summary = "what changed, between snapshots or targets",
    .run = run,
};
