/*
 * fuzz_areas.c - the text of maps and smaps, damaged in many ways, must make a list that keeps its
 * promises.  Built with sanitizers by ../parsers.
 *
 *     fuzz_areas ROUNDS FILE
 */
#include "areas.h"

#include <stdlib.h>
#include <string.h>

static unsigned seed = 1;

static unsigned below(size_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return n ? (unsigned)((seed >> 8) % n) : 0;
}

/* A byte changed, a stretch removed, one repeated, the end cut off, a number made huge. */
static size_t damage(char *text, size_t n, size_t room)
{
    size_t at = below(n), length = below(200);
    if (at + length > n)
        length = n - at;
    switch (below(5)) {
    case 0: text[at] = (char)below(256); return n;
    case 1: memmove(text + at, text + at + length, n - at - length); return n - length;
    case 2:
        if (n + length > room)
            return n;
        memmove(text + at + length, text + at, n - at);
        return n + length;
    case 3: return at;
    default:
        for (size_t i = 0; i < length && i < 20; i++)
            text[at + i] = "fF9 -:\n\0"[below(8)];
        return n;
    }
}

static void check(const struct areas *areas)
{
    uint64_t end = 0;
    for (size_t i = 0; i < areas->count; i++) {
        const struct area *area = &areas->list[i];
        if (area->start < end || area->end <= area->start || !area->name ||
            strlen(area->name) > 1 << 20)
            abort();
        end = area->end;
        if (areas_find(areas, area->start) != area || areas_find(areas, area->end - 1) != area)
            abort();
        area_is_anonymous(area);
    }
    if (areas_find(areas, end) || areas_from(areas, end))
        abort();
}

int main(int argc, char **argv)
{
    FILE *file = fopen(argv[2], "r");
    static char original[1 << 20], text[2 << 20];
    size_t n = file ? fread(original, 1, sizeof original, file) : 0, kept = 0;
    for (int round = argc == 3 ? atoi(argv[1]) : 0; round > 0; round--) {
        size_t size = n, strange;
        memcpy(text, original, n);
        for (unsigned times = 1 + below(8); times > 0 && size > 0; times--)
            size = damage(text, size, sizeof text);
        FILE *damaged = fmemopen(text, size ? size : 1, "r");
        struct areas areas = {0};
        areas_parse(damaged, &areas, &strange);
        check(&areas);
        kept += areas.count;
        areas_free(&areas);
        fclose(damaged);
    }
    printf("%zu\n", kept);
    return n == 0;
}
