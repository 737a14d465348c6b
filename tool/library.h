/* library.h - where libashlar.so.1 lies. */
#ifndef TOOL_LIBRARY_H
#define TOOL_LIBRARY_H

#include <limits.h>

/* Write the absolute path of the library into path.  When there is none, or LD_PRELOAD cannot hold
 * its name, say so and exit with 125. */
void library_find(char path[PATH_MAX]);

#endif
