/*
 * target_words.h - the words of a command line that name targets, and the options that all verbs
 * have that look at some.
 *
 * A verb says how many it takes and where the options of show.h go, and hands its structure to the
 * parser of target_children:
 *
 *     struct target_words targets = {.show = &show, .least = 1, .most = 1};
 *     ...
 *     case ARGP_KEY_INIT: state->child_inputs[0] = &request->targets; return 0;
 */
#ifndef TOOL_TARGET_WORDS_H
#define TOOL_TARGET_WORDS_H

#include "show.h"
#include "target.h"

struct target_words {
    struct show *show;
    int least, most;       /* how many words the verb wants; the others are refused in words */
    char **words;          /* as the command line has them */
    int count;             /* how many those are */
    unsigned freeze_limit; /* --freeze: seconds that a target may be stopped for; 0 = it is not */
};

/* For the `children` of a verb's struct argp: targets and the options of show.h, with --freeze or,
 * for verbs that look again and again, without. */
extern const struct argp_child target_children[];
extern const struct argp_child target_children_unfrozen[];

/* Open the one target there is, to be frozen when it is read if that was asked for; on failure say
 * why and exit. */
struct target *target_words_open(const struct target_words *asked);

/* The same for any word. */
struct target *target_words_open_one(const struct target_words *asked, const char *word);

#endif
