/*
 * summary.h - what `ashlar run` shows when the program ends.
 */
#ifndef ASHLAR_SUMMARY_H
#define ASHLAR_SUMMARY_H

#include "tcache.h"

/* If the setting `summary` names this process, have the summary printed when it exits. */
void summary_begin(void);

/* Print the summary now, if it is wanted and was not printed: the process ends with this status. */
void summary_end(int status);

/* The live bytes and blocks of a thread have changed by so much. */
void summary_count(struct tally *t, ptrdiff_t bytes, ptrdiff_t blocks);

#endif
