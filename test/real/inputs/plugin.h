/*
 * plugin.h - what plugin.c offers to deepbind.c, which finds it with dlsym.
 */
#ifndef REAL_PLUGIN_H
#define REAL_PLUGIN_H

#include <stddef.h>

char *plugin_take(size_t n);
char *plugin_copy(const char *text);
char *plugin_grow(char *from, size_t n);
void plugin_put(void *from);

#endif
