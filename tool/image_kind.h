/* image_kind.h - what can be told of an ELF file: the allocators that are known, and the answers. */
#ifndef TOOL_IMAGE_KIND_H
#define TOOL_IMAGE_KIND_H

#include <stdbool.h>

/* In the order in which they are believed where a file has more than one: those that are there for
 * the purpose before the C libraries. */
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

#endif
