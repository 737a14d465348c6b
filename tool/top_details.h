/* top_details.h - what the pages of bins and of threads show of one reading. */
#ifndef TOOL_TOP_DETAILS_H
#define TOOL_TOP_DETAILS_H

#include "survey.h"

/* A place where free chunks wait. */
struct top_bin {
    char name[32];
    uint64_t smallest, largest; /* sizes met there */
    uint64_t count, bytes;
};

/* A thread whose cache was found. */
struct top_thread {
    pid_t id; /* 0 = not known */
    char name[20];
    char arena[24]; /* that it allocates from; empty = not known */
    bool sleeps;
    uint64_t count, bytes; /* of its cache */
};

struct top_details {
    struct top_bin *bins; /* those with most bytes first */
    size_t bin_count;
    struct top_thread *threads; /* those with most bytes first */
    size_t thread_count;
};

/* The lists are made anew; top_details_free releases them. */
void top_details_make(const struct survey *survey, struct top_details *details);
void top_details_free(struct top_details *details);

#endif
