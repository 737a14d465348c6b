/*
 * region.h - what a region is, and what a heap model may claim of the address space.
 *
 * A region is one area of the kernel's list or several neighbours that belong together: the parts
 * of a library, a thread heap and its reservation, a stack and its guard.
 */
#ifndef TOOL_REGION_H
#define TOOL_REGION_H

#include "areas.h"

enum region_kind {
    REGION_TEXT,        /* the program's code and constants */
    REGION_DATA,        /* its variables with a value in the file, the read-only ones (relro) too */
    REGION_BSS,         /* its variables that begin as zero */
    REGION_BREAK,       /* the break heap: [start_brk, brk) */
    REGION_THREAD_HEAP, /* 64 MiB reserved, the first part in use: glibc's and libashlar's arenas */
    REGION_MAPPED_CHUNK, /* one large block that malloc has mapped by itself */
    REGION_MALLOC,       /* other memory of malloc's: runs, tables */
    REGION_LIBRARY,      /* a shared library with all its parts */
    REGION_LOADER,       /* ld.so */
    REGION_STACK,        /* the main thread's */
    REGION_THREAD_STACK, /* another thread's, with its guard */
    REGION_KERNEL,       /* vdso, vvar, vsyscall */
    REGION_FILE,         /* a mapped file that is no program code */
    REGION_SHARED,       /* shared memory without a file of the disk */
    REGION_RESERVED,     /* address space without access: costs nothing */
    REGION_ANONYMOUS,    /* somebody's mapping, and nobody says whose */
    REGION_KINDS,
};

/* What a heap model knows better than the look of an area.  A claim covers whole areas or parts of
 * them, one region each; what lies in a gap is nobody's.  Where two overlap, the lower one counts. */
struct region_claim {
    uint64_t start, end;   /* a thread heap's end is the end of its reservation */
    enum region_kind kind; /* BREAK, THREAD_HEAP, MAPPED_CHUNK or MALLOC */
    char label[32];        /* "arena 3", "main arena"; empty = as the kind */
    bool counted;          /* its blocks were counted: the two below are known */
    uint64_t live, free;   /* bytes, of the whole arena where a claim is one of its heaps */
};

struct region_claims {
    struct region_claim *list; /* in any order */
    size_t count;
};

struct region {
    uint64_t start, end;
    enum region_kind kind;
    uint64_t committed;  /* bytes that can be written or read; the rest is only reserved */
    size_t first, areas; /* the target's areas it is made of, the outer ones perhaps in part */
    struct usage usage;  /* the sum over them */
    char label[64];      /* "arena 3", "libc.so.6", "stack (main)" */
    bool counted;        /* as in the claim it was made by */
    uint64_t live, free;
};

struct regions {
    struct region *list; /* sorted by address, low to high */
    size_t count;
    struct usage total;
    uint64_t size; /* of all areas: the kernel's VmSize */
};

#endif
