/*
 * watch.h - processes whose every call is looked at: M_PERTURB, the summary of `ashlar run`, and
 * the heap checked at times (check.h).
 *
 * A watched process takes the slow way for every call, so that nobody else pays for this.
 */
#ifndef ASHLAR_WATCH_H
#define ASHLAR_WATCH_H

#include "base.h"

enum call { CALL_MALLOC, CALL_CALLOC, CALL_REALLOC, CALL_FREE };

/* Called once, when settings are known. */
void watch_begin(void);

/* A call has given out `usable` bytes for a request of n; user is NULL if it failed. */
void watch_taken(enum call call, void *user, size_t n, size_t usable);

/* `usable` bytes are about to be freed, by free or because realloc has moved them. */
void watch_freed(enum call call, void *user, size_t usable);

/* A chunk changed its size from one to the other without a call to malloc and free. */
void watch_resized(size_t from, size_t to);

#endif
