/* output.h - files that the command makes: what they are called, and that they are whole. */
#ifndef TOOL_OUTPUT_H
#define TOOL_OUTPUT_H

#include "target.h"

/* "frag-16333-20261121-201500.SUFFIX": the target's name, without letters that a shell would read,
 * its pid, and when it was read, by the local time. */
const char *output_name(const struct target *target, const char *suffix, char name[NAME_MAX + 1]);

/* Write it to the file, which is complete or not there; "-" is standard output.  On failure say why
 * and exit. */
void output_write(const char *path, const void *data, size_t size);

/* Whether it is there and no regular file: a device, a pipe, a directory. */
bool output_is_special(const char *path);

#endif
