/* binary.h - what an ELF file tells about itself, as far as preloading a malloc is concerned. */
#ifndef TOOL_BINARY_H
#define TOOL_BINARY_H

#include <limits.h>
#include <stdbool.h>

struct sanitizer {
    const char *symbol; /* what every program built with it refers to or defines */
    const char *name;   /* its name in a sentence */
    const char *option; /* the compiler option that brought it in */
};

struct binary {
    int bits;                          /* 64 or 32; 0 = no ELF file, and nothing below is set */
    int machine;                       /* EM_X86_64 ... */
    char loader[PATH_MAX];             /* the loader it asks the kernel for; empty = none */
    bool is_loader;                    /* it is such a loader itself, called by name */
    bool defines_malloc;               /* it exports a malloc that comes before any library's */
    const struct sanitizer *sanitizer; /* the sanitizer it is built with, or NULL */
};

/* Read the file's ELF headers.  A file that cannot be read or is no ELF file has 0 bits. */
void binary_read(const char *path, struct binary *binary);

/* A program without a loader: nothing can be preloaded into it. */
bool binary_is_static(const struct binary *binary);

/* The machine's name as people write it, or "another machine". */
const char *binary_machine_name(int machine);

#endif
