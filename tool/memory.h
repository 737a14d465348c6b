/*
 * memory.h - the bytes of a target, read without stopping it and without changing it.
 *
 * A page that is not in memory is never asked for, because asking would bring it in and the
 * target would grow by being looked at: an anonymous one reads as zero, which is what the target
 * would find there, and a page of a file is read from the file.  Of the kernel's own pages (vdso)
 * absent ones cannot be read.  Sizes come from the caller, never
 * from the target: whoever takes a size from there sets a bound first.
 *
 * Live memory changes while it is read; two reads are two moments.
 */
#ifndef TOOL_MEMORY_H
#define TOOL_MEMORY_H

#include "target.h"

struct memory_request {
    uint64_t at;
    void *into;
    size_t n;
    bool done; /* set by memory_read_many: all n bytes are there */
};

/* Copy n bytes.  False if some of them are not mapped or cannot be read; into is then undefined. */
bool memory_read(const struct target *target, uint64_t at, void *into, size_t n);

/* Many reads in few system calls.  How many of them are done. */
size_t memory_read_many(const struct target *target, struct memory_request *requests, size_t count);

/* One word of the target's, as a 64-bit one.  False as above. */
bool memory_read_word(const struct target *target, uint64_t at, uint64_t *word);

#endif
