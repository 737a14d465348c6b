/*
 * plugin.c - half of deepbind.c.  Opened with RTLD_DEEPBIND, its malloc and free are looked up in
 * libc before the preloaded library; what crosses the border then belongs to somebody else.
 */
#include "plugin.h"

#include <stdlib.h>
#include <string.h>

char *plugin_take(size_t n)
{
    char *made = malloc(n);
    if (made != NULL)
        memset(made, 'p', n);
    return made;
}

char *plugin_copy(const char *text)
{
    return strdup(text);
}

char *plugin_grow(char *from, size_t n)
{
    return realloc(from, n);
}

void plugin_put(void *from)
{
    free(from);
}
