/* symbols.h - whether the C library's debug symbols are on this machine. */
#ifndef TOOL_SYMBOLS_H
#define TOOL_SYMBOLS_H

#include <limits.h>

enum symbols_place {
    SYMBOLS_NONE,
    SYMBOLS_INSIDE,  /* the library has its own */
    SYMBOLS_BESIDE,  /* a file under /usr/lib/debug, by the library's build id */
    SYMBOLS_FETCHED, /* not here; DEBUGINFOD_URLS says where they can be had */
};

/* Look for those of our own C library; its path is written in any case, or "". */
enum symbols_place symbols_of_libc(char library[PATH_MAX]);

#endif
