/*
 * told.h - what ashlar_stats() tells, read back: a reader that knows the JSON that the library writes,
 * and takes nothing else for it.
 */
#ifndef TEST_API_TOLD_H
#define TEST_API_TOLD_H

#include "api.h"

static char text[1 << 18];

/* One value; returns the place after it, or NULL. */
static const char *read_value(const char *at);

static const char *read_name(const char *at)
{
    if (*at != '"')
        return NULL;
    at += 1 + strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_./0123456789");
    return *at == '"' ? at + 1 : NULL;
}

/* What stands between two brackets, with names before the values in an object. */
static const char *read_elements(const char *at, bool named, char end)
{
    if (*at == end)
        return at + 1;
    for (;; at++) {
        if (named && ((at = read_name(at)) == NULL || *at++ != ':'))
            return NULL;
        at = read_value(at);
        if (at == NULL || (*at != ',' && *at != end))
            return NULL;
        if (*at == end)
            return at + 1;
    }
}

static const char *read_value(const char *at)
{
    size_t digits = strspn(at + (*at == '-'), "0123456789");
    if (*at == '{')
        return read_elements(at + 1, true, '}');
    if (*at == '[')
        return read_elements(at + 1, false, ']');
    if (*at == '"')
        return read_name(at);
    if (digits > 0)
        return at + (*at == '-') + digits;
    for (int i = 0; i < 2; i++) {
        const char *word = i == 0 ? "true" : "false";
        if (strncmp(at, word, strlen(word)) == 0)
            return at + strlen(word);
    }
    return NULL;
}

static void look(void)
{
    ashlar_stats(text, sizeof text);
}

/* The number of this name in an object of the whole, or in the whole itself: its last one. */
static size_t told(const char *object, const char *name)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "],\"live\":{"); /* the arenas' numbers end here */
    const char *at = strstr(text, wanted);
    snprintf(wanted, sizeof wanted, "\"%s\":{", object ? object : "live");
    at = at && object ? strstr(at, wanted) : at;
    snprintf(wanted, sizeof wanted, "\"%s\":", name);
    at = at ? strstr(at, wanted) : NULL;
    if (at == NULL) {
        note("%s.%s is not told", object ? object : "", name);
        return 0;
    }
    return strtoul(at + strlen(wanted), NULL, 10);
}

static size_t live_now(void)
{
    look();
    return told("live", "bytes");
}

static bool is_one_json_object(void)
{
    look();
    const char *end = *text == '{' ? read_value(text) : NULL;
    if (end == NULL || *end != '\0')
        note("%.400s", text);
    return end != NULL && *end == '\0' && strncmp(text, "{\"schema\":\"ashlar.stats/1\",", 26) == 0;
}

static bool all_is_told(void)
{
    static const char *const names[] = {
        "\"arenas\":[{\"index\":0,",
        "\"threads\":",
        "\"system\":",
        "\"waiting\":",
        "\"returned\":",
        "\"live\":{",
        "\"mapped\":{",
        "\"cached\":{",
        "\"free\":{",
        "\"metadata\":{",
        "\"resident\":{",
        "\"held\":",
        "\"returned_total\":",
        "\"decay_ms\":",
        "\"keeper\":false,",
        "\"limits\":{",
    };
    look();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strstr(text, names[i]) == NULL) {
            note("%s is missing", names[i]);
            return false;
        }
    return true;
}

#endif
