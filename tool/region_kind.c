/*
 * region_kind.c - names of the kernel's, paths, and what follows what.
 *
 * How a program and its libraries lie in the list, low to high, and what each line becomes:
 *
 *     r--p  frag       headers, constants         text + rodata
 *     r-xp  frag       code                       text + rodata
 *     r--p  frag       constants                  text + rodata
 *     r--p  frag       relro                      data
 *     rw-p  frag       variables                  data
 *     rw-p             bss, right behind it       bss
 *     rw-p  [heap]     a random gap above         break heap
 *     ...
 *     r--p  libc.so.6  and so on, to its bss      library
 */
#include "region_kind.h"

#include <string.h>

/* For people and for machines; the words are in the manual page. */
static const struct {
    const char *name, *word;
} kinds[REGION_KINDS] = {
    [REGION_TEXT] = {"text + rodata", "text"},
    [REGION_DATA] = {"data", "data"},
    [REGION_BSS] = {"bss", "bss"},
    [REGION_BREAK] = {"heap (break)", "break-heap"},
    [REGION_THREAD_HEAP] = {"thread heap", "thread-heap"},
    [REGION_MAPPED_CHUNK] = {"mapped chunk", "mapped-chunk"},
    [REGION_MALLOC] = {"malloc's own", "malloc"},
    [REGION_LIBRARY] = {"library", "library"},
    [REGION_LOADER] = {"loader", "loader"},
    [REGION_STACK] = {"stack (main)", "stack"},
    [REGION_THREAD_STACK] = {"thread stack", "thread-stack"},
    [REGION_KERNEL] = {"vdso + vvar", "kernel"},
    [REGION_FILE] = {"mapped file", "file"},
    [REGION_SHARED] = {"shared memory", "shared"},
    [REGION_RESERVED] = {"reserved", "reserved"},
    [REGION_ANONYMOUS] = {"anonymous", "anonymous"},
};

const char *region_kind_name(enum region_kind kind)
{
    return kinds[kind].name;
}

const char *region_kind_word(enum region_kind kind)
{
    return kinds[kind].word;
}

const char *region_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool begins(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Of glibc on the machines it runs on, and of musl. */
static bool is_loader(const char *name)
{
    name = region_file_name(name);
    return begins(name, "ld-linux") || begins(name, "ld-musl") || begins(name, "ld64.so") ||
           begins(name, "ld.so") || begins(name, "ld-2.");
}

/* Files that are memory: System V's, POSIX's, memfd's, and shared anonymous memory. */
static bool is_shared_memory(const struct area *area)
{
    static const char *const places[] = {"/SYSV",     "/memfd:",        "/dev/zero",
                                         "/dev/shm/", "/anon_hugepage", "[anon_shmem"};
    if (!(area->access & ACCESS_SHARED))
        return false;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (begins(area->name, places[i]))
            return true;
    }
    return false;
}

/* A file with code in any of the areas that follow each other is a library. */
static enum region_kind kind_of_file(const struct region_context *context, const struct area *area)
{
    const struct areas *areas = &context->target->areas;
    const struct area *end = areas->list + areas->count;
    if (strcmp(area->name, context->target->exe) == 0)
        return REGION_TEXT;
    if (is_shared_memory(area))
        return REGION_SHARED;
    for (const struct area *a = area; a < end && strcmp(a->name, area->name) == 0; a++) {
        if ((a->access & ACCESS_EXECUTE) && !(a->access & ACCESS_SHARED))
            return is_loader(area->name) ? REGION_LOADER : REGION_LIBRARY;
    }
    return REGION_FILE;
}

/* Read-only after the loader's work: the page range continues in the writable data. */
static bool is_relro(const struct region_context *context, const struct area *area)
{
    const struct areas *areas = &context->target->areas;
    const struct area *next = area + 1;
    return next < areas->list + areas->count && (next->access & ACCESS_WRITE) &&
           area->access == ACCESS_READ && area->end == next->start && next->inode == area->inode &&
           area->offset + area_size(area) == next->offset;
}

/* A file is looked at once, when its first area comes. */
static enum region_kind kind_of_named(struct region_context *context, const struct area *area)
{
    if (!context->file || strcmp(context->file, area->name) != 0) {
        context->file = area->name;
        context->file_kind = kind_of_file(context, area);
    }
    if (context->file_kind == REGION_TEXT &&
        ((area->access & ACCESS_WRITE) || is_relro(context, area)))
        return REGION_DATA;
    return context->file_kind;
}

/* "[heap]", "[stack]", "[vdso]", "[vvar_vclock]", "[vsyscall]", "[uprobes]". */
static enum region_kind kind_of_special(const struct region_context *context,
                                        const struct area *area, uint64_t start)
{
    if (strcmp(area->name, "[stack]") == 0)
        return REGION_STACK;
    if (strcmp(area->name, "[heap]") != 0)
        return REGION_KERNEL;
    return start < context->layout->start_brk ? REGION_BSS : REGION_BREAK;
}

/* Memory that directly follows the data of a program or library is its bss. */
static enum region_kind kind_of_anonymous(const struct area *area, uint64_t start,
                                          const struct region *below)
{
    if (area->access == 0)
        return REGION_RESERVED;
    bool follows = below && below->end == start && (area->access & ACCESS_WRITE);
    if (follows && (below->kind == REGION_DATA || below->kind == REGION_TEXT))
        return REGION_BSS;
    if (follows && (below->kind == REGION_LIBRARY || below->kind == REGION_LOADER))
        return below->kind;
    return REGION_ANONYMOUS;
}

/* Names in brackets are the kernel's, unless the memory is shared and the program gave the name. */
enum region_kind region_kind_of(struct region_context *context, const struct area *area,
                                uint64_t start, const struct region *below)
{
    if (area_is_anonymous(area))
        return kind_of_anonymous(area, start, below);
    if (area->name[0] == '[' && area->inode == 0 && !is_shared_memory(area))
        return kind_of_special(context, area, start);
    return kind_of_named(context, area);
}
