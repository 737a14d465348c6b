/*
 * heap_view.h - what the verbs that do not care about chunks want to know of a target's heap.
 *
 * The heap models answer, each for its allocator; a question that none can answer is answered
 * with false, never with a guess.
 */
#ifndef TOOL_HEAP_VIEW_H
#define TOOL_HEAP_VIEW_H

#include "regions.h"

struct heap_summary {
    uint64_t live;     /* bytes in blocks that the program has not freed */
    uint64_t retained; /* resident bytes of whole pages that hold nothing live */
    unsigned arenas;
    bool late; /* it would have taken longer */
};

/* A short answer for one line of `ashlar ps`.  False if the heap is of no known kind, or cannot be
 * read, or not within so many seconds. */
bool heap_summarize(struct target *target, double seconds, struct heap_summary *summary);

#endif
