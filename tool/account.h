/*
 * account.h - a target's memory in figures, without its chunks: what is kept, compared and graphed.
 *
 *     survey  --account_take-->  account  --account_to_json-->  snapshot
 *                                         <-account_from_json-
 *
 * An account is made of a survey, or read back from a snapshot; whoever has one need not know
 * which.  All sizes are in bytes.
 */
#ifndef TOOL_ACCOUNT_H
#define TOOL_ACCOUNT_H

#include "survey.h"
#include "target_words.h"

struct account_arena {
    char name[24];             /* "main", or a number */
    uint64_t mapped, resident; /* from the kernel, and what of it is in memory */
    uint64_t live, free;       /* blocks of the program; chunks in bins */
    uint64_t live_blocks;
    uint64_t retained; /* what malloc_trim would return */
    uint64_t threads;  /* that allocate from it */
};

struct account_region {
    uint64_t start, end;
    uint64_t committed; /* can be written or read; the rest is only reserved */
    uint64_t resident;
    char kind[24];  /* a word of region_kind_word */
    char label[64]; /* "arena 3", "libc.so.6"; may be empty */
};

/* Chunks of at most 2^n bytes that are too large for the class before. */
struct account_class {
    uint64_t live_blocks, live; /* the program's */
    uint64_t free_chunks, free; /* in bins; what threads cache is in neither */
};

/* 2^47 is all the address space that a process has. */
enum { ACCOUNT_CLASSES = 48 };

struct account {
    char name[64]; /* the process's, not yet made fit for a terminal */
    pid_t pid;
    char read_at[48];               /* RFC 3339 */
    char allocator[ALLOCATOR_TEXT]; /* "glibc 2.36" */
    bool heap_known, exact;         /* without a known heap the figures of malloc are 0 */
    uint64_t resident, size;        /* RSS, address space */
    uint64_t part[PARTS];           /* they add up to resident */
    uint64_t live, live_blocks;
    uint64_t retained, cached; /* malloc_trim would return it; in the threads' caches */
    uint64_t mapped, free;     /* from the kernel; in chunks of bins */
    /* One for each power of two. */
    struct account_class sizes[ACCOUNT_CLASSES];
    struct account_arena *arenas;
    size_t arena_count;
    struct account_region *regions; /* from low to high addresses */
    size_t region_count;
};

/* The lists are made anew; account_free releases them. */
void account_take(const struct survey *survey, struct account *account);
/* Look at what the word names now.  When that cannot be done, say why and exit. */
void account_of(const struct target_words *asked, const char *word, struct account *account);

void account_free(struct account *account);

#endif
