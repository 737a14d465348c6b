/*
 * explain_codes.h - what the verdict codes mean.  A code never changes its meaning: people write it
 * into bug reports.
 */
#ifndef TOOL_EXPLAIN_CODES_H
#define TOOL_EXPLAIN_CODES_H

enum explain_code {
    Q000_HEALTHY,
    Q001_PINNED_TOP,
    Q002_BELOW_TRIM_THRESHOLD,
    Q003_THRESHOLD_RAISED,
    Q004_IDLE_ARENAS,
    Q005_MANY_ARENAS,
    Q006_PINNED_PAGES,
    Q007_HOARD,
    Q008_LARGE_LIVE,
    Q009_NOT_MALLOC,
    Q010_LAZILY_FREED,
    Q011_HUGE_PAGES,
    Q012_LEAK,
    Q013_RESERVED_ONLY,
    Q014_WAITS,
    Q015_NO_DECAY,
    EXPLAIN_CODES,
};

struct explain_code_text {
    const char *title;   /* a few words */
    const char *meaning; /* what happens, and why */
    const char *remedy;  /* what helps, and what it costs */
};

const struct explain_code_text *explain_code_text(enum explain_code code);

/* The code of "Q003", "q3" or "3"; EXPLAIN_CODES if it is none. */
enum explain_code explain_code_named(const char *name);

/* Print what it means, in lines of 80 columns. */
void explain_code_print(enum explain_code code);

#endif
