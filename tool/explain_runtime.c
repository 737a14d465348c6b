/*
 * explain_runtime.c - run times told by the files they have in memory.
 *
 * What a run time maps for itself looks like nobody's; a reader who is told whose it is knows which
 * manual to open.
 */
#include "explain_runtime.h"

#include "allocator.h"

#include <string.h>

/* The first whose mark is in the name of a mapped file, after its last slash. */
static const struct {
    const char *mark, *sentence;
} runtimes[] = {
    {"libjvm.so",
     "The Java heap is among the other mappings: jcmd PID GC.heap_info; -Xmx bounds it."},
    {"libpython",
     "Python keeps objects of up to 512 bytes in mappings of its own; with "
     "PYTHONMALLOC=malloc in the environment they come from malloc and are seen here."},
    {"python3", "Python keeps objects of up to 512 bytes in mappings of its own; with "
                "PYTHONMALLOC=malloc in the environment they come from malloc and are seen here."},
    {"libnode", "JavaScript's heap is among the other mappings: --max-old-space-size bounds it."},
    {"node", "JavaScript's heap is among the other mappings: --max-old-space-size bounds it."},
    {"libmono", "The heap of .NET is among the other mappings."},
    {"libcoreclr.so",
     "The heap of .NET is among the other mappings: DOTNET_GCHeapHardLimit bounds it."},
};

/* The last part of a path. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *runtime_sentence(const struct target *target)
{
    struct allocator allocator;
    for (size_t i = 0; i < target->areas.count; i++) {
        const char *name = base_name(target->areas.list[i].name);
        for (size_t k = 0; k < sizeof runtimes / sizeof *runtimes; k++) {
            if (strncmp(name, runtimes[k].mark, strlen(runtimes[k].mark)) == 0)
                return runtimes[k].sentence;
        }
    }
    allocator_find(target, &allocator);
    if (allocator.runtime && strcmp(allocator.runtime, "Go runtime") == 0)
        return "Go keeps its heap in mappings of its own: GOMEMLIMIT bounds it.";
    return NULL;
}
