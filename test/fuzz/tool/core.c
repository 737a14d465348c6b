/*
 * core.c - a core file: its notes, its segments, and what they hold.
 */
#include "common.h"

#include "areas.h"
#include "core.h"

static void read_all(const struct core *core, const struct areas *areas)
{
    char bytes[64];
    uint64_t end = 0;
    for (size_t i = 0; i < areas->count; i++) {
        const struct area *area = &areas->list[i];
        if (area->start < end || area->end <= area->start)
            abort();
        end = area->end;
        core_holds(core, area->start);
        core_read(core, area, area->start, bytes, 1);
        if (area_size(area) >= sizeof bytes)
            core_read(core, area, area->end - sizeof bytes, bytes, sizeof bytes);
    }
    core_program(core);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[64];
    struct areas areas = {0};
    struct core *volatile core = NULL;
    int file = file_of(bytes, size, path);
    if (setjmp(farewell) == 0 && (core = core_open(path, &areas)))
        read_all(core, &areas);
    core_close(core);
    areas_free(&areas);
    close(file);
    return 0;
}
