/*
 * allocator.c - the rules by which the loader chooses a malloc, followed from outside.
 *
 *     linked into the program     ./app with -ljemalloc_pic, Rust programs, Go, static programs
 *     a library for the purpose   LD_PRELOAD, or linked as redis-server is
 *     the C library               glibc, musl
 *
 * The program's own comes first; then a library that was loaded for the purpose, ours before others
 * because it is preloaded; last the C library's.
 */
#include "allocator.h"

#include "saved.h"

#include <stdio.h>
#include <string.h>

/* The name, and how the file names of its libraries begin; NULL = it has none. */
static const struct {
    const char *name;
    const char *files[3];
} allocators[ALLOCATORS] = {
    [ALLOCATOR_NONE] = {"unknown", {NULL}},
    [ALLOCATOR_ASAN] = {"AddressSanitizer", {"libasan.so", "libclang_rt.asan"}},
    [ALLOCATOR_TSAN] = {"ThreadSanitizer", {"libtsan.so", "libclang_rt.tsan"}},
    [ALLOCATOR_MSAN] = {"MemorySanitizer", {"libclang_rt.msan", NULL}},
    [ALLOCATOR_ASHLAR] = {"libashlar", {"libashlar.so", "libashlar-"}},
    [ALLOCATOR_JEMALLOC] = {"jemalloc", {"libjemalloc", NULL}},
    [ALLOCATOR_MIMALLOC] = {"mimalloc", {"libmimalloc", NULL}},
    [ALLOCATOR_TCMALLOC] = {"tcmalloc", {"libtcmalloc", NULL}},
    [ALLOCATOR_SNMALLOC] = {"snmalloc", {"libsnmalloc", NULL}},
    [ALLOCATOR_RPMALLOC] = {"rpmalloc", {"librpmalloc", NULL}},
    [ALLOCATOR_HARDENED] = {"hardened_malloc", {"libhardened_malloc", NULL}},
    [ALLOCATOR_SCUDO] = {"scudo", {"libscudo", "libclang_rt.scudo"}},
    [ALLOCATOR_HOARD] = {"hoard", {"libhoard", NULL}},
    [ALLOCATOR_TBB] = {"tbbmalloc", {"libtbbmalloc_proxy", NULL}},
    [ALLOCATOR_GLIBC] = {"glibc", {"libc.so.6", "libc-2."}},
    [ALLOCATOR_MUSL] = {"musl", {"ld-musl", "libc.musl", "libc.so"}},
};

/* Ours for programs that are attacked. */
#define SECURE_FILE "libashlar-secure"

/* Of one allocator. */
enum { FILES = sizeof allocators->files / sizeof *allocators->files };

const char *allocator_name(enum allocator_id id)
{
    return allocators[id].name;
}

/* The last part of a path. */
static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* By the beginning of the name, because what follows is a version or a variant. */
static enum allocator_id allocator_of_file(const char *path)
{
    const char *name = file_name(path);
    for (unsigned id = 1; id < ALLOCATORS; id++) {
        for (size_t i = 0; i < FILES && allocators[id].files[i]; i++) {
            if (strncmp(name, allocators[id].files[i], strlen(allocators[id].files[i])) == 0)
                return (enum allocator_id)id;
        }
    }
    return ALLOCATOR_NONE;
}

/* "libmimalloc.so.2.0" tells its version, "libjemalloc.so.2" an interface's. */
static void version_of_file(const char *path, struct allocator *allocator)
{
    const char *digits = strstr(file_name(path), ".so.");
    bool tells = allocator->id == ALLOCATOR_MIMALLOC || allocator->id == ALLOCATOR_ASHLAR ||
                 allocator->id == ALLOCATOR_RPMALLOC;
    if (digits && tells)
        snprintf(allocator->version, sizeof allocator->version, "%.*s",
                 (int)strspn(digits + 4, "0123456789."), digits + 4);
}

/* What the file says itself is better than its name. */
static void version_of(const struct target *target, const char *path, struct allocator *allocator)
{
    snprintf(allocator->version, sizeof allocator->version, "%s",
             image_version(target, path, allocator->id));
    if (!allocator->version[0])
        version_of_file(path, allocator);
}

/* The libraries in memory: the best one of the list, and whether one of them is a JVM. */
static const char *look_at_libraries(const struct target *target, struct allocator *allocator)
{
    const char *path = NULL, *last = "";
    for (size_t i = 0; i < target->areas.count; i++) {
        const struct area *area = &target->areas.list[i];
        if (area->name[0] != '/' || !(area->access & ACCESS_EXECUTE) ||
            strcmp(area->name, last) == 0)
            continue;
        last = area->name;
        if (strcmp(file_name(last), "libjvm.so") == 0)
            allocator->runtime = "JVM";
        enum allocator_id id = allocator_of_file(last);
        if (id != ALLOCATOR_NONE && (!path || id < allocator->id)) {
            allocator->id = id;
            path = last;
        }
    }
    return path;
}

/* In a static program nothing else is mapped, so that the first rule is the only one. */
void allocator_find(const struct target *target, struct allocator *allocator)
{
    if (target->saved) {
        *allocator = target->saved->allocator;
        return;
    }
    *allocator = (struct allocator){0};
    const char *path = look_at_libraries(target, allocator);
    const struct image *program = image_of(target, target->exe);
    if (program->is_go)
        allocator->runtime = "Go runtime";
    /* In a program that is not static, a symbol of glibc's malloc is none that serves it. */
    bool own = program->brings != ALLOCATOR_NONE &&
               (program->is_static || program->brings < ALLOCATOR_GLIBC);
    if (own) {
        allocator->id = program->brings;
        allocator->is_static = true;
        path = target->exe;
    }
    allocator->is_secure = path && strncmp(file_name(path), SECURE_FILE, strlen(SECURE_FILE)) == 0;
    if (path)
        version_of(target, path, allocator);
    else
        allocator->is_static = program->is_static;
}

/* A runtime that brings its own allocator and a C library that serves the rest are both told. */
const char *allocator_text(const struct allocator *allocator, char text[ALLOCATOR_TEXT])
{
    bool known = allocator->id != ALLOCATOR_NONE;
    if (allocator->runtime && !known)
        snprintf(text, ALLOCATOR_TEXT, "%s", allocator->runtime);
    else
        snprintf(text, ALLOCATOR_TEXT, "%s%s%s%s%s%s%s",
                 allocator->runtime ? allocator->runtime : "", allocator->runtime ? " + " : "",
                 allocator_name(allocator->id), allocator->is_secure ? "-secure" : "",
                 allocator->version[0] ? " " : "", allocator->version,
                 allocator->is_static ? " (static)" : "");
    return text;
}
