/*
 * image.c - a program's file: its notes, its symbols, and which allocator it has.
 */
#include "common.h"

#include "allocator.h"
#include "image.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[64];
    int file = file_of(bytes, size, path);
    struct target target = {.directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY)};
    /* A core's target opens files by their own names. */
    snprintf(target.exe, sizeof target.exe, "%s", path);
    target.core = (struct core *)&target;
    if (setjmp(farewell) == 0) {
        image_of(&target, target.exe);
        for (unsigned id = ALLOCATOR_NONE + 1; id < ALLOCATORS; id++)
            image_version(&target, target.exe, (enum allocator_id)id);
    }
    close(target.directory);
    close(file);
    return 0;
}
