/* target_words.c - one parser for the targets of all verbs, so that all refuse alike. */
#include "target_words.h"

#include "say.h"

#include <errno.h>
#include <stdlib.h>

/* Above the keys of show.c, below those of the verbs, which begin at 0x200. */
enum option_key { KEY_FREEZE = 0x180 };

/* Seconds.  A target that serves others must not stand for long, whatever becomes of us. */
enum { FREEZE_DEFAULT = 10, FREEZE_MAX = 3600 };

static const struct argp_option options[] = {
    {"freeze", KEY_FREEZE, "SECONDS", OPTION_ARG_OPTIONAL,
     "Stop the target while it is read, no longer than that (10)", 40},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* argp_error ends the program. */
static error_t parse_freeze(const char *arg, struct target_words *asked, struct argp_state *state)
{
    char *end = NULL;
    unsigned long seconds = arg ? strtoul(arg, &end, 10) : FREEZE_DEFAULT;
    if (arg && (*end || seconds == 0 || seconds > FREEZE_MAX))
        argp_error(state, "--freeze takes seconds, 1 to %d, not \"%s\"", FREEZE_MAX, arg);
    asked->freeze_limit = (unsigned)seconds;
    return 0;
}

/* How many there may be is the verb's; what is said about it is the same for all. */
static error_t check_count(const struct target_words *asked, struct argp_state *state)
{
    if (asked->count > asked->most && asked->most == 1)
        argp_error(state, "one target at a time: %s or %s", asked->words[0], asked->words[1]);
    if (asked->count > asked->most)
        argp_error(state, "two are compared, and %s is a third", asked->words[asked->most]);
    if (asked->count < asked->least && asked->least == 1)
        argp_error(state, "no target given. Try: ashlar %s $$", say_verb);
    if (asked->count < asked->least)
        argp_error(state, "two are compared: snapshots or targets. To make a snapshot, try: "
                          "ashlar snap $$");
    return 0;
}

/* argp's parser; see <argp.h>.  All words come at once, because argp has put them behind the
 * options. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct target_words *asked = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = asked->show; return 0;
    case KEY_FREEZE: return parse_freeze(arg, asked, state);
    case ARGP_KEY_ARGS:
        asked->words = state->argv + state->next;
        asked->count = state->argc - state->next;
        return 0;
    case ARGP_KEY_END: return check_count(asked, state);
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp frozen = {.options = options, .parser = parse, .children = show_children};
static const struct argp unfrozen = {.parser = parse, .children = show_children};

const struct argp_child target_children[] = {{&frozen, 0, NULL, 0}, {NULL, 0, NULL, 0}};
const struct argp_child target_children_unfrozen[] = {{&unfrozen, 0, NULL, 0}, {NULL, 0, NULL, 0}};

/* Whoever reads figures of yesterday should know it. */
static void tell_age(const struct target *target, const char *file)
{
    struct tm parts;
    char day[40];
    localtime_r(&target->read_at.tv_sec, &parts);
    strftime(day, sizeof day, "%Y-%m-%d %H:%M:%S", &parts);
    say("%s is %s (%d) as it was at %s", say_word(file), target->name, (int)target->pid, day);
}

struct target *target_words_open_one(const struct target_words *asked, const char *word)
{
    struct target *target = target_open(word);
    target->asked = word;
    if (target->kind == TARGET_PROCESS)
        target->freeze_limit = asked->freeze_limit;
    if (target->kind == TARGET_SNAPSHOT && !asked->show->quiet)
        tell_age(target, word);
    target->freeze_told = !asked->show->quiet;
    return target;
}

struct target *target_words_open(const struct target_words *asked)
{
    return target_words_open_one(asked, asked->words[0]);
}
