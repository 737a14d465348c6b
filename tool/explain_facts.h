/*
 * explain_facts.h - where the resident memory of a process is, in figures that add up to its RSS.
 */
#ifndef TOOL_EXPLAIN_FACTS_H
#define TOOL_EXPLAIN_FACTS_H

#include "heap_model.h"
#include "heap_sums.h"
#include "regions.h"

enum fact_part {
    PART_KEPT,   /* free, and malloc_trim would return it */
    PART_LIVE,   /* blocks of the program */
    PART_SHARED, /* free, on pages that hold something else too */
    PART_CACHED, /* in the threads' caches */
    PART_TOPS,   /* tops of arenas, kept ready */
    PART_OWN,    /* malloc's own structures, and what could not be walked */
    PART_CODE,   /* program and libraries */
    PART_STACKS,
    PART_FILES, /* mapped files and shared memory */
    PART_OTHER, /* mappings that are not malloc's */
    PARTS,
};

/* The last live chunk of the main arena below its top: what is below it cannot be returned by
 * lowering the break. */
struct pin {
    bool found;
    struct heap_chunk chunk;
    uint64_t above;      /* bytes from it to the arena's end */
    uint64_t free_below; /* bytes in free chunks below it */
    uint64_t pieces;     /* how many those are */
    uint64_t largest;    /* the largest of them */
};

/* Live bytes measured several times. */
struct watch {
    unsigned samples; /* 0 = not watched */
    double seconds;
    uint64_t first, last;
    bool grew_always;
};

struct facts {
    const struct target *target;
    const struct heap_model *model;
    const struct regions *regions;
    struct heap_sums sums;
    uint64_t resident;    /* the kernel's RSS, in bytes */
    uint64_t part[PARTS]; /* they add up to it */
    uint64_t live_count;
    struct pin pin;
    uint64_t thread_arenas;    /* arenas that are not the main one */
    uint64_t thread_trimmable; /* what trimming them returns */
    uint64_t threads_known;    /* threads that use those arenas, as far as they were found */
    uint64_t threads_asleep;   /* how many of them wait for something now */
    uint64_t unused_arenas;    /* that no thread uses now */
    uint64_t large_free;       /* resident bytes of free chunks that the first mmap threshold would
                                   have had mapped by themselves */
    struct watch watch;        /* set by whoever watched */
};

/* The target's areas must have been measured. */
void facts_gather(const struct target *target, const struct heap_model *model,
                  const struct regions *regions, struct facts *facts);

/* What RSS would be after so many bytes are gone. */
uint64_t facts_without(const struct facts *facts, uint64_t bytes);

/* How a part is called, for people and in one word. */
const char *facts_part_name(enum fact_part part);
const char *facts_part_word(enum fact_part part);

#endif
