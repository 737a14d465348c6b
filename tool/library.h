/* library.h - where libashlar.so.1 lies. */
#ifndef TOOL_LIBRARY_H
#define TOOL_LIBRARY_H

#include <limits.h>

/* Who finds it there. */
enum library_place {
    LIBRARY_NOWHERE,
    LIBRARY_NAMED,  /* ASHLAR_LIBRARY names it */
    LIBRARY_BESIDE, /* `ashlar run', because it lies beside the tool */
    LIBRARY_SYSTEM, /* the loader too, by its bare name */
};

/* The same search as library_find's, without a word; of LIBRARY_NOWHERE the path is empty. */
enum library_place library_look(char path[PATH_MAX]);

/* Write the absolute path of the library into path.  When there is none, or LD_PRELOAD cannot hold
 * its name, say so and exit with 125. */
void library_find(char path[PATH_MAX]);

#endif
