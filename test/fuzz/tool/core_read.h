/*
 * core_read.h - read of a core file all that a command would; a damaged one must be refused or have
 * areas in order.  For core.c, which makes inputs up, and test/tool/lib/fuzz_core.c, which
 * damages a true one.
 */
#ifndef TEST_CORE_READ_H
#define TEST_CORE_READ_H

#include "areas.h"
#include "core.h"

#include <stdlib.h>

static inline void core_read_all(const struct core *core, const struct areas *areas)
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

#endif
