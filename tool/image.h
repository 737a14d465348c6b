/*
 * image.h - what an ELF file has to do with allocation: which allocators it brings, and which
 * runtime it is made for.
 *
 * Many processes run few files: each file is read once and remembered for as long as the tool runs.
 */
#ifndef TOOL_IMAGE_H
#define TOOL_IMAGE_H

#include "target.h"

enum allocator_id {
    ALLOCATOR_NONE,
    ALLOCATOR_ASAN,
    ALLOCATOR_TSAN,
    ALLOCATOR_MSAN,
    ALLOCATOR_ASHLAR,
    ALLOCATOR_JEMALLOC,
    ALLOCATOR_MIMALLOC,
    ALLOCATOR_TCMALLOC,
    ALLOCATOR_SNMALLOC,
    ALLOCATOR_RPMALLOC,
    ALLOCATOR_HARDENED,
    ALLOCATOR_SCUDO,
    ALLOCATOR_HOARD,
    ALLOCATOR_TBB,
    ALLOCATOR_GLIBC,
    ALLOCATOR_MUSL,
    ALLOCATORS,
};

struct image {
    bool readable;            /* it is an ELF file, and was read */
    bool is_static;           /* a program without a loader */
    bool is_go;               /* made by the Go compiler */
    bool defines_malloc;      /* exports a malloc */
    enum allocator_id brings; /* the first allocator of the list that is linked into it */
};

/* The file of the target's with that name; never NULL. */
const struct image *image_of(const struct target *target, const char *name);

/* The version of the allocator in the file, or "". */
const char *image_version(const struct target *target, const char *name, enum allocator_id id);

#endif
