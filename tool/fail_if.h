/* fail_if.h - --fail-if: what the command line wants to be told of by the exit status. */
#ifndef TOOL_FAIL_IF_H
#define TOOL_FAIL_IF_H

#include "condition.h"

#include <argp.h>

enum { FAIL_IF_MAX = 16 };

/* The status of a verb when a condition holds. */
enum { EXIT_FAILED = 1 };

struct fail_if {
    struct condition list[FAIL_IF_MAX];
    size_t count;
};

/* Add a condition; what is none ends the program by argp_error. */
void fail_if_add(const char *text, struct fail_if *conditions, struct argp_state *state);

/* The same for a verb that looks once, and so knows no change. */
void fail_if_add_plain(const char *text, struct fail_if *conditions, struct argp_state *state);

/* Only those that hold stay.  One that cannot be judged must not pass: it ends the program. */
void fail_if_judge(struct fail_if *conditions, const struct account *before,
                   const struct account *after);

#endif
