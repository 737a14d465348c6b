/*
 * areas.c - the kernel's maps and smaps make a list that is sorted and has no overlaps.
 */
#include "common.h"

#include "areas.h"

static void check(const struct areas *areas)
{
    uint64_t end = 0;
    for (size_t i = 0; i < areas->count; i++) {
        const struct area *area = &areas->list[i];
        if (area->start < end || area->end <= area->start || !area->name)
            abort();
        end = area->end;
        if (areas_find(areas, area->start) != area || areas_find(areas, area->end - 1) != area)
            abort();
        area_is_anonymous(area);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct areas areas = {0};
    size_t strange = 0;
    FILE *text = size > 0 ? fmemopen((void *)(uintptr_t)bytes, size, "r") : NULL;
    if (!text)
        return 0;
    if (setjmp(farewell) == 0 && areas_parse(text, &areas, &strange))
        check(&areas);
    areas_free(&areas);
    fclose(text);
    return 0;
}
