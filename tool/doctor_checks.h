/* doctor_checks.h - the questions that the doctor asks of a machine, and how an answer looks. */
#ifndef TOOL_DOCTOR_CHECKS_H
#define TOOL_DOCTOR_CHECKS_H

#include <stdbool.h>
#include <stddef.h>

enum finding_mark {
    FINDING_FINE,    /* as it should be */
    FINDING_NOTE,    /* worth knowing */
    FINDING_PROBLEM, /* something of ashlar does not work so */
};

struct finding {
    const char *name;       /* one word, for other programs */
    enum finding_mark mark; /* how the text marks it */
    char found[200];        /* what is the case, a line */
    char meaning[500];      /* what follows from it, and what to do; may be empty */
};

enum { FINDINGS_MAX = 8 };

/* Ask everything.  How many findings there are. */
size_t doctor_check(struct finding findings[FINDINGS_MAX]);

#endif
