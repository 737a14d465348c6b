/*
 * condition.h - what --fail-if asks of a comparison: "live>+5%", "rss>200M", "retained>=+10M".
 *
 *     NAME  >  >=  <  <=  [+|-] NUMBER [K|M|G|%]
 *
 * With a sign the change is meant, without one the value afterwards.  A percentage is of the value
 * before.
 */
#ifndef TOOL_CONDITION_H
#define TOOL_CONDITION_H

#include "account.h"

struct condition {
    const char *text; /* as it was given */
    size_t figure;    /* index among the figures below */
    bool below;       /* < rather than > */
    bool or_equal;
    bool change;  /* of the change, not of the value */
    bool percent; /* of the value before */
    double limit; /* bytes or percent */
};

/* The figures that are compared: "rss", "live" ... */
struct figure {
    const char *name;  /* in conditions and for other programs */
    const char *label; /* in the table */
    bool of_heap;      /* means nothing where the heap is not known */
    bool is_count;     /* not bytes */
};

extern const struct figure figures[];
extern const size_t figure_count;

uint64_t figure_of(const struct account *account, size_t figure);

/* NULL, or what is wrong with the text. */
const char *condition_parse(const char *text, struct condition *condition);

bool condition_holds(const struct condition *condition, const struct account *before,
                     const struct account *after);

#endif
