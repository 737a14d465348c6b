/*
 * account_json.c - one table of members for each structure serves writing and reading.
 *
 * What is read may come from anybody: strings are cut to their room, numbers below zero become 0,
 * and lists are as long as the text that they were read from, which the caller has bounded.
 */
#include "account_json.h"

#include "json_out.h"
#include "say.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A member that is a number: its name and where it stands in the structure. */
struct member {
    const char *name;
    size_t at;
};

/* Of the whole heap; ashlar-asnap(5) tells what each means. */
static const struct member heap_members[] = {
    {"live", offsetof(struct account, live)},
    {"live_blocks", offsetof(struct account, live_blocks)},
    {"retained", offsetof(struct account, retained)},
    {"cached", offsetof(struct account, cached)},
    {"mapped", offsetof(struct account, mapped)},
    {"free", offsetof(struct account, free)},
    {NULL, 0},
};

/* Of one arena. */
static const struct member arena_members[] = {
    {"mapped", offsetof(struct account_arena, mapped)},
    {"resident", offsetof(struct account_arena, resident)},
    {"live", offsetof(struct account_arena, live)},
    {"live_blocks", offsetof(struct account_arena, live_blocks)},
    {"free", offsetof(struct account_arena, free)},
    {"retained", offsetof(struct account_arena, retained)},
    {"threads", offsetof(struct account_arena, threads)},
    {NULL, 0},
};

/* Of one region, beside its borders and its names. */
static const struct member region_members[] = {
    {"committed", offsetof(struct account_region, committed)},
    {"resident", offsetof(struct account_region, resident)},
    {NULL, 0},
};

/* Of one class of sizes, beside its upper bound. */
static const struct member class_members[] = {
    {"live_blocks", offsetof(struct account_class, live_blocks)},
    {"live", offsetof(struct account_class, live)},
    {"free_chunks", offsetof(struct account_class, free_chunks)},
    {"free", offsetof(struct account_class, free)},
    {NULL, 0},
};

/* All numbers of a structure that the table lists. */
static void put_members(json_t *object, const struct member *members, const void *structure)
{
    for (; members->name; members++) {
        uint64_t value;
        memcpy(&value, (const char *)structure + members->at, sizeof value);
        json_put(object, members->name, json_size(value));
    }
}

/* A number that is none, or below zero, counts as 0. */
static uint64_t number(const json_t *object, const char *name)
{
    json_int_t value = json_integer_value(json_object_get(object, name));
    return value > 0 ? (uint64_t)value : 0;
}

/* The reverse of put_members: what is missing becomes 0. */
static void get_members(const json_t *object, const struct member *members, void *structure)
{
    for (; members->name; members++) {
        uint64_t value = number(object, members->name);
        memcpy((char *)structure + members->at, &value, sizeof value);
    }
}

/* Cut to its room. */
static void get_text(const json_t *object, const char *name, char *text, size_t size)
{
    const char *value = json_string_value(json_object_get(object, name));
    snprintf(text, size, "%s", value ? value : "");
}

/* "0x7ffe4abe5000". */
static uint64_t get_address(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? strtoull(value, NULL, 16) : 0;
}

/* "known" comes first: where it is false, the numbers behind it say nothing. */
static json_t *json_heap(const struct account *account)
{
    json_t *object = json_object();
    json_put(object, "known", json_boolean(account->heap_known));
    json_put(object, "exact", json_boolean(account->exact));
    put_members(object, heap_members, account);
    return object;
}

/* The same words as in `ashlar explain --json'. */
static json_t *json_parts(const struct account *account)
{
    json_t *object = json_object();
    for (int part = 0; part < PARTS; part++)
        json_put(object, facts_part_word((enum fact_part)part), json_size(account->part[part]));
    return object;
}

/* The name is "main" or a number, as `ashlar heap' has it. */
static json_t *json_arena(const struct account_arena *arena)
{
    json_t *object = json_object();
    json_put(object, "name", json_name(arena->name));
    put_members(object, arena_members, arena);
    return object;
}

/* In the allocator's order, the main one first. */
static json_t *json_arenas(const struct account *account)
{
    json_t *array = json_array();
    for (size_t i = 0; i < account->arena_count; i++)
        json_append(array, json_arena(&account->arenas[i]));
    return array;
}

/* Borders are strings, because they may need more than 53 bits. */
static json_t *json_region(const struct account_region *region)
{
    json_t *object = json_object();
    json_put(object, "start", json_address(region->start));
    json_put(object, "end", json_address(region->end));
    json_put(object, "kind", json_name(region->kind));
    json_put(object, "label", json_name(region->label));
    put_members(object, region_members, region);
    return object;
}

/* From low to high addresses, as `ashlar map --json' has them. */
static json_t *json_regions(const struct account *account)
{
    json_t *array = json_array();
    for (size_t i = 0; i < account->region_count; i++)
        json_append(array, json_region(&account->regions[i]));
    return array;
}

/* The upper bound names the class, so that others may be put between them later. */
static json_t *json_class(const struct account_class *class, uint64_t up_to)
{
    json_t *object = json_object();
    json_put(object, "up_to", json_size(up_to));
    put_members(object, class_members, class);
    return object;
}

/* Empty classes are left out. */
static json_t *json_sizes(const struct account *account)
{
    json_t *array = json_array();
    for (unsigned i = 0; i < ACCOUNT_CLASSES; i++) {
        if (account->sizes[i].live_blocks + account->sizes[i].free_chunks > 0)
            json_append(array, json_class(&account->sizes[i], (uint64_t)1 << i));
    }
    return array;
}

void account_to_json(const struct account *account, json_t *object)
{
    json_put(object, "allocator", json_name(account->allocator));
    json_put(object, "resident", json_size(account->resident));
    json_put(object, "size", json_size(account->size));
    json_put(object, "parts", json_parts(account));
    json_put(object, "heap", json_heap(account));
    json_put(object, "arenas", json_arenas(account));
    json_put(object, "sizes", json_sizes(account));
    json_put(object, "regions", json_regions(account));
}

/* An array's elements, zeroed; its length is known from the text and needs no bound here. */
static void *room_for(const json_t *array, size_t size, size_t *count)
{
    *count = json_array_size(array);
    void *room = calloc(*count ? *count : 1, size);
    if (!room)
        say_and_exit(EXIT_OURS, "out of memory");
    return room;
}

/* An element that is no object becomes an arena without a name. */
static void get_arenas(const json_t *array, struct account *account)
{
    account->arenas = room_for(array, sizeof *account->arenas, &account->arena_count);
    for (size_t i = 0; i < account->arena_count; i++) {
        const json_t *object = json_array_get(array, i);
        get_text(object, "name", account->arenas[i].name, sizeof account->arenas[i].name);
        get_members(object, arena_members, &account->arenas[i]);
    }
}

/* Not sorted anew: nobody searches them by address. */
static void get_regions(const json_t *array, struct account *account)
{
    account->regions = room_for(array, sizeof *account->regions, &account->region_count);
    for (size_t i = 0; i < account->region_count; i++) {
        const json_t *object = json_array_get(array, i);
        struct account_region *region = &account->regions[i];
        region->start = get_address(object, "start");
        region->end = get_address(object, "end");
        get_text(object, "kind", region->kind, sizeof region->kind);
        get_text(object, "label", region->label, sizeof region->label);
        get_members(object, region_members, region);
    }
}

/* The class with this upper bound, or NULL: a later version may have others. */
static struct account_class *class_up_to(struct account *account, uint64_t up_to)
{
    for (unsigned n = 0; n < ACCOUNT_CLASSES; n++) {
        if (up_to == (uint64_t)1 << n)
            return &account->sizes[n];
    }
    return NULL;
}

/* By their upper bounds, in whichever order they come. */
static void get_sizes(const json_t *array, struct account *account)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *object = json_array_get(array, i);
        struct account_class *class = class_up_to(account, number(object, "up_to"));
        if (class)
            get_members(object, class_members, class);
    }
}

bool account_from_json(json_t *object, struct account *account)
{
    const json_t *target = json_object_get(object, "target");
    const json_t *heap = json_object_get(object, "heap");
    const json_t *parts = json_object_get(object, "parts");
    const char *schema = json_string_value(json_object_get(object, "schema"));
    memset(account, 0, sizeof *account);
    if (!schema || strcmp(schema, ACCOUNT_SCHEMA) != 0 || !target || !heap)
        return false;
    get_text(target, "name", account->name, sizeof account->name);
    get_text(target, "read_at", account->read_at, sizeof account->read_at);
    account->pid = (pid_t)number(target, "pid");
    get_text(object, "allocator", account->allocator, sizeof account->allocator);
    account->resident = number(object, "resident");
    account->size = number(object, "size");
    for (int part = 0; part < PARTS; part++)
        account->part[part] = number(parts, facts_part_word((enum fact_part)part));
    account->heap_known = json_is_true(json_object_get(heap, "known"));
    account->exact = json_is_true(json_object_get(heap, "exact"));
    get_members(heap, heap_members, account);
    get_arenas(json_object_get(object, "arenas"), account);
    get_sizes(json_object_get(object, "sizes"), account);
    get_regions(json_object_get(object, "regions"), account);
    return true;
}
