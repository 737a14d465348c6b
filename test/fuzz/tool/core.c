/*
 * core.c - a core file: its notes, its segments, and what they hold.
 */
#include "common.h"

#include "core_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[64];
    struct areas areas = {0};
    struct core *volatile core = NULL;
    int file = file_of(bytes, size, path);
    if (setjmp(farewell) == 0 && (core = core_open(path, &areas)))
        core_read_all(core, &areas);
    core_close(core);
    areas_free(&areas);
    close(file);
    return 0;
}
