/*
 * json_out.c - a thin layer over jansson, for the values that all documents have.
 *
 *     {
 *      "schema": "ashlar.map/1",
 *      "target": { "kind": "process", "pid": 16333, "name": "frag", ... },
 *      ...
 *
 * Within a version of a schema, members are only ever added.
 */
#include "json_out.h"

#include "binary.h"
#include "say.h"
#include "show.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* jansson returns NULL only when memory is out, or for text that is not UTF-8, which is never given
 * to it here. */
static json_t *must(json_t *value)
{
    if (!value)
        say_and_exit(EXIT_OURS, "out of memory");
    return value;
}

void json_put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, must(value)) != 0)
        say_and_exit(EXIT_OURS, "out of memory");
}

void json_append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, must(value)) != 0)
        say_and_exit(EXIT_OURS, "out of memory");
}

json_t *json_document(const char *schema)
{
    json_t *document = must(json_object());
    json_put(document, "schema", json_string(schema));
    return document;
}

/* jansson refuses what is not UTF-8. */
json_t *json_name(const char *name)
{
    static const struct show utf8 = {.utf8 = true};
    char text[SHOW_NAME];
    return must(json_string(show_name(&utf8, name, text)));
}

/* Hexadecimal, as everything else that shows addresses writes them. */
json_t *json_address(uint64_t address)
{
    char text[24];
    snprintf(text, sizeof text, "0x%" PRIx64, address);
    return must(json_string(text));
}

/* Up to 2^63: more than any machine addresses. */
json_t *json_size(uint64_t bytes)
{
    return must(json_integer((json_int_t)bytes));
}

/* Milliseconds are enough to order what happens in one process. */
const char *json_time_text(const struct timespec *time, char text[JSON_TIME])
{
    struct tm parts;
    char day[32];
    gmtime_r(&time->tv_sec, &parts);
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text, JSON_TIME, "%s.%03ldZ", day, time->tv_nsec / 1000000);
    return text;
}

/* In UTC, because documents travel. */
static json_t *json_time(const struct timespec *time)
{
    char text[JSON_TIME];
    return must(json_string(json_time_text(time, text)));
}

/* What is not known is null, so that nobody takes it for a name or a number. */
json_t *json_allocator(const struct allocator *allocator)
{
    json_t *object = json_object();
    bool known = allocator->id != ALLOCATOR_NONE;
    json_put(object, "name", known ? json_string(allocator_name(allocator->id)) : json_null());
    json_put(object, "version",
             allocator->version[0] ? json_name(allocator->version) : json_null());
    json_put(object, "static", json_boolean(allocator->is_static));
    json_put(object, "runtime", allocator->runtime ? json_string(allocator->runtime) : json_null());
    return object;
}

/* Who and when, so that a document can be read without the command that made it. */
json_t *json_target(const struct target *target)
{
    static const char *const kinds[] = {
        [TARGET_PROCESS] = "process", [TARGET_CORE] = "core", [TARGET_SNAPSHOT] = "snapshot"};
    json_t *object = must(json_object());
    json_put(object, "kind", json_string(kinds[target->kind]));
    json_put(object, "pid", json_integer(target->pid));
    json_put(object, "name", json_name(target->name));
    json_put(object, "exe", json_name(target->exe));
    json_put(object, "machine", json_string(binary_machine_name(target->machine)));
    json_put(object, "bits", json_integer(target->bits));
    json_put(object, "page_size", json_size(target->page_size));
    json_put(object, "read_at", json_time(&target->read_at));
    if (target->freeze_limit)
        json_put(object, "stood_still", json_real(target->stood_still));
    return object;
}

void json_print(json_t *document)
{
    /* What could not be written is told when stdout is closed. */
    if (json_dumpf(document, stdout, JSON_INDENT(1)) != 0 && !ferror(stdout))
        say_and_exit(EXIT_OURS, "out of memory");
    putchar('\n');
    json_decref(document);
}
