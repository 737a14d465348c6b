/*
 * tune.h - the settings: one table of names, defaults and limits (tune.c), one struct of values.
 *
 * Values come, the later the stronger, from the defaults, GLIBC_TUNABLES, the MALLOC_ variables
 * of the GNU C library, the program's own ashlar_options, ASHLAR_OPTIONS and ASHLAR_<KEY>, and at
 * run time from mallopt.  A wrong key or value of ours is told in one line on stderr, with the
 * nearest right one, and ignored; strict=1 makes it fatal.
 */
#ifndef ASHLAR_TUNE_H
#define ASHLAR_TUNE_H

#include "base.h"

struct tune {
    size_t tcache;         /* 1: a thread cache stands before the arenas; 0: classic mode */
    size_t arena_max;      /* at most so many arenas; 0: 8 per CPU and one (2 on 32-bit) */
    size_t arena_test;     /* so many arenas exist before arena_max is worked out */
    size_t top_pad;        /* bytes asked for beyond what is needed whenever an arena grows */
    size_t trim_threshold; /* a top of more bytes than this is given back */
    size_t mmap_threshold; /* chunks of so many bytes get a mapping of their own */
    size_t mmap_max;       /* at most so many such mappings at a time */
    size_t mxfast;         /* the largest request a fast bin serves */
    size_t decay;          /* milliseconds that free pages stay; 0: none, DECAY_NEVER: for ever */
    size_t background;     /* 1: a thread of the library gives them back when the program is idle */
    size_t soft_limit;     /* with more bytes than this held nothing waits; 0: no such limit */
    size_t hard_limit;     /* no more bytes than this are asked of the kernel; 0: no such limit */
    size_t thp;            /* 1: large heaps of small blocks grow by the kernel's huge pages */
    size_t perturb;        /* fill byte: its complement on allocation, itself on free; 0: none */
    size_t check;          /* all arenas are checked before every so many calls; 0: never */
    size_t guard_rate;     /* one block in so many stands between guard pages; 0: none */
    size_t deepbind;       /* 1: leave RTLD_DEEPBIND to dlopen, at the program's own risk */
    size_t strict;         /* 1: a wrong setting is fatal */
    size_t summary;        /* process id that prints a summary when it ends; set by ashlar run */
    bool thresholds_fixed; /* somebody has set one of P5's four: no dynamic threshold */
};

extern struct tune tune;

/* Read all settings.  Under AT_SECURE the environment is not looked at. */
void tune_read(char **environment);

/*
 * Set one by its number in <malloc.h> (M_MXFAST ..).  False if there is no such parameter or the
 * value is outside its limits; nothing has changed then.
 */
bool tune_set(int parameter, int value);

/* Whether every call is to be looked at (watch.h): then no quick way is open. */
static inline bool tune_is_watched(void)
{
    return (tune.perturb | tune.summary | tune.check) != 0;
}

/* Fast bins hold chunks up to this size; less than CHUNK_MIN if they are off. */
static inline size_t tune_fast_max(void)
{
    return tune.mxfast + WORD;
}

#endif
