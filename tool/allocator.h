/* allocator.h - which allocator serves a process's malloc, told from its files. */
#ifndef TOOL_ALLOCATOR_H
#define TOOL_ALLOCATOR_H

#include "image.h"

struct allocator {
    enum allocator_id id;
    bool is_static;      /* linked into the program */
    bool is_secure;      /* libashlar-secure, told by its name */
    const char *runtime; /* "Go runtime", "JVM": allocates beside it or instead of it; or NULL */
    char version[24];    /* or empty */
};

enum { ALLOCATOR_TEXT = 64 };

void allocator_find(const struct target *target, struct allocator *allocator);

/* The name alone: "jemalloc"; "unknown" for NONE. */
const char *allocator_name(enum allocator_id id);

/* "jemalloc 5.3.0 (static)", "libashlar-secure 1.0.0", "JVM + glibc 2.36", "Go runtime". */
const char *allocator_text(const struct allocator *allocator, char text[ALLOCATOR_TEXT]);

#endif
