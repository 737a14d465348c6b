/*
 * library.c - the search for libashlar.so.1, nearest first:
 *
 *   $ASHLAR_LIBRARY                   the user's word; nothing else is tried
 *   where the tool stands:            found through /proc/self/exe, so that a tree can be moved
 *       ../src                          the build tree
 *       ../lib, or the build's libdir     an installed tree
 *   the loader's own directories      a tool that was copied elsewhere
 */
#include "library.h"

#include "say.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SONAME "libashlar.so.1"

/* The build's libdir, seen from the directory of the tool; it may be ../lib/x86_64-linux-gnu. */
#ifndef LIBDIR_FROM_TOOL
#define LIBDIR_FROM_TOOL "../lib"
#endif

/* directory/libashlar.so.1 into path if that file is there.  The directory is made absolute and
 * plain; the last name stays, because the loader and the reader know it. */
static bool library_in(const char *directory, char path[PATH_MAX])
{
    char plain[PATH_MAX];
    if (!realpath(directory, plain))
        return false;
    if (snprintf(path, PATH_MAX, "%s/" SONAME, plain) >= PATH_MAX)
        return false;
    return access(path, R_OK) == 0;
}

/* Where the tool was installed, or built. */
static bool library_beside_tool(char path[PATH_MAX])
{
    static const char *const directories[] = {"../src", "../lib", LIBDIR_FROM_TOOL};
    char tool[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", tool, sizeof tool - 1);
    if (length <= 0)
        return false;
    /* The link's target is absolute and ends in the file's name; only the directory is wanted. */
    tool[length] = '\0';
    *strrchr(tool, '/') = '\0';
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        const char *base = directories[i][0] == '/' ? "" : tool;
        char directory[PATH_MAX];
        if (snprintf(directory, sizeof directory, "%s/%s", base, directories[i]) < PATH_MAX &&
            library_in(directory, path))
            return true;
    }
    return false;
}

/* The loader tells the directories it searches (LD_LIBRARY_PATH, then the system's).  Asking it to
 * load the library instead would start a second allocator in this process. */
static bool library_of_system(char path[PATH_MAX])
{
    void *self = dlopen(NULL, RTLD_LAZY);
    Dl_serinfo size;
    if (!self || dlinfo(self, RTLD_DI_SERINFOSIZE, &size) != 0)
        return false;
    Dl_serinfo *list = malloc(size.dls_size);
    if (!list)
        return false;
    *list = size;
    bool found = false;
    if (dlinfo(self, RTLD_DI_SERINFO, list) == 0) {
        for (unsigned i = 0; i < list->dls_cnt && !found; i++)
            found = library_in(list->dls_serpath[i].dls_name, path);
    }
    free(list);
    /* ld.so.conf's directory for what was not packaged; the loader knows it from its cache only. */
    return found || library_in("/usr/local/lib", path);
}

/* The file that the user named, made absolute: the program may change its directory before it
 * starts others, which inherit the name.  Links in it stay, they may be there for a reason. */
static void library_named(const char *name, char path[PATH_MAX])
{
    if (access(name, R_OK) != 0)
        say_and_exit(EXIT_OURS, "ASHLAR_LIBRARY names %s: %m", say_word(name));
    char here[PATH_MAX] = "";
    if (name[0] != '/' && (!getcwd(here, sizeof here - 1) || !strcat(here, "/")))
        say_and_exit(EXIT_OURS, "the current directory has no path: %m");
    if (snprintf(path, PATH_MAX, "%s%s", here, name) >= PATH_MAX)
        say_and_exit(EXIT_OURS, "ASHLAR_LIBRARY is too long");
}

/* In the order of library.h; empty if it is nowhere. */
static void library_search(char path[PATH_MAX])
{
    if (library_beside_tool(path) || library_of_system(path))
        return;
    /* Not a silent run on the C library's malloc: the user asked for this one. */
    say(SONAME " is not beside this tool (../lib, ../src) nor where the loader looks.");
    say_more("install it:  make install PREFIX=DIR");
    say_more("or name it:  ASHLAR_LIBRARY=/path/to/" SONAME " ashlar run -- CMD...");
    exit(EXIT_OURS);
}

/* The loader splits LD_PRELOAD at these and knows no way to write them otherwise. */
static void library_must_fit(const char *path)
{
    if (!strpbrk(path, " :"))
        return;
    say("LD_PRELOAD cannot name %s: the loader splits it at spaces and colons.", say_word(path));
    say_more("give it another name:  ln -s %s /tmp/" SONAME, say_word(path));
    say_more("and use that:          ASHLAR_LIBRARY=/tmp/" SONAME " ashlar run -- CMD...");
    exit(EXIT_OURS);
}

/* The loader's own directories come first here: who asks wants to know whether the bare name works
 * everywhere, in a container's environment or in a unit of systemd. */
enum library_place library_look(char path[PATH_MAX])
{
    const char *name = getenv("ASHLAR_LIBRARY");
    path[0] = '\0';
    if (name && name[0] && access(name, R_OK) == 0) {
        snprintf(path, PATH_MAX, "%s", name);
        return LIBRARY_NAMED;
    }
    if (library_of_system(path))
        return LIBRARY_SYSTEM;
    if (library_beside_tool(path))
        return LIBRARY_BESIDE;
    path[0] = '\0';
    return LIBRARY_NOWHERE;
}

void library_find(char path[PATH_MAX])
{
    const char *name = getenv("ASHLAR_LIBRARY");
    if (name && name[0])
        library_named(name, path);
    else
        library_search(path);
    library_must_fit(path);
}
