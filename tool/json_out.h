/*
 * json_out.h - what --json writes: one document, with the version of its schema in it.
 *
 * Composed with jansson.  Sizes are numbers in bytes, addresses are strings ("0x7ffe4abe5000"),
 * because many readers of JSON keep no more than 53 bits of a number.
 */
#ifndef TOOL_JSON_OUT_H
#define TOOL_JSON_OUT_H

#include "allocator.h"

#include <jansson.h>

/* A new object {"schema": "ashlar.map/1", ...}; exits when memory is out. */
json_t *json_document(const char *schema);

/* The target as every document tells it: kind, pid, name, exe, page size, when it was read. */
json_t *json_target(const struct target *target);

/* The allocator: name, version, whether it is static, the runtime beside it; null = not known. */
json_t *json_allocator(const struct allocator *allocator);

/* A string from outside, its bytes that are not UTF-8 replaced. */
json_t *json_name(const char *name);

/* RFC 3339, in UTC. */
enum { JSON_TIME = 48 };
const char *json_time_text(const struct timespec *time, char text[JSON_TIME]);

json_t *json_address(uint64_t address);
json_t *json_size(uint64_t bytes);

/* Add to an object or array; the value is given away.  Exits when memory is out. */
void json_put(json_t *object, const char *key, json_t *value);
void json_append(json_t *array, json_t *value);

/* Print the document to stdout with a line's end, and release it. */
void json_print(json_t *document);

#endif
