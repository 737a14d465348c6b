/*
 * account.h - a target's memory in figures, without its chunks: what is kept, compared and graphed.
 *
 * An account is made of a survey, or read back from a snapshot; whoever has one need not know
 * which.  All sizes are in bytes.
 */
#ifndef TOOL_ACCOUNT_H
#define TOOL_ACCOUNT_H

#include "survey.h"

struct account_arena {
    char name[24];
    uint64_t mapped, resident; /* from the kernel, and what of it is in memory */
    uint64_t live, free;       /* blocks of the program; chunks in bins */
    uint64_t live_blocks;
    uint64_t retained; /* what malloc_trim would return */
    uint64_t threads;
};

struct account_region {
    uint64_t start, end, committed, resident;
    char kind[24], label[64];
};

/* Chunks of at most 2^n bytes that are too large for the class before. */
struct account_class {
    uint64_t live_blocks, live, free_chunks, free;
};

enum { ACCOUNT_CLASSES = 48 };

struct account {
    char name[64];
    pid_t pid;
    char read_at[48]; /* RFC 3339 */
    char allocator[ALLOCATOR_TEXT];
    bool heap_known, exact;  /* without a known heap the figures of malloc are 0 */
    uint64_t resident, size; /* RSS, address space */
    uint64_t part[PARTS];    /* they add up to resident */
    uint64_t live, live_blocks;
    uint64_t retained, cached; /* malloc_trim would return it; in the threads' caches */
    uint64_t mapped, free;     /* from the kernel; in chunks of bins */
    struct account_class sizes[ACCOUNT_CLASSES];
    struct account_arena *arenas;
    size_t arena_count;
    struct account_region *regions;
    size_t region_count;
};

void account_take(const struct survey *survey, struct account *account);
void account_free(struct account *account);

#endif
