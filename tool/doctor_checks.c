/*
 * doctor_checks.c - one function for each question; each reads a file or asks the loader.
 *
 *     library        where libashlar.so.1 is, and who finds it
 *     reading        user, capability, Yama
 *     huge_pages     /sys/kernel/mm/transparent_hugepage/enabled
 *     max_map_count  /proc/sys/vm/max_map_count
 *     overcommit     /proc/sys/vm/overcommit_memory
 *     cgroup_memory  memory.max or memory.limit_in_bytes, of all groups above us
 *     libc_symbols   in the file, by its build id, or from a server
 *
 * A file that is not there is an answer too: the kernel was built without the thing, or hides it.
 */
#include "doctor_checks.h"

#include "cgroup.h"
#include "library.h"
#include "rights.h"
#include "show.h"
#include "symbols.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The first line of a small file without its end; "" if there is none. */
static const char *first_line(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "re");
    text[0] = '\0';
    if (!file)
        return text;
    if (!fgets(text, (int)size, file))
        text[0] = '\0';
    fclose(file);
    text[strcspn(text, "\n")] = '\0';
    return text;
}

/* What was found, in the finding's own space. */
__attribute__((format(printf, 3, 4))) static void
say_found(struct finding *finding, enum finding_mark mark, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(finding->found, sizeof finding->found, format, list);
    va_end(list);
    finding->mark = mark;
}

/* What follows from it. */
static void say_meaning(struct finding *finding, const char *text)
{
    snprintf(finding->meaning, sizeof finding->meaning, "%s", text);
}

/* Four answers, from "everywhere" to "nowhere". */
static void check_library(struct finding *finding)
{
    char path[PATH_MAX];
    finding->name = "library";
    switch (library_look(path)) {
    case LIBRARY_SYSTEM:
        say_found(finding, FINDING_FINE, "the loader finds libashlar.so.1: %.140s", path);
        say_meaning(finding, "LD_PRELOAD=libashlar.so.1 works for every program.");
        break;
    case LIBRARY_NAMED:
        say_found(finding, FINDING_FINE, "ASHLAR_LIBRARY names %.160s", path);
        say_meaning(finding, "ashlar run takes this one.");
        break;
    case LIBRARY_BESIDE:
        say_found(finding, FINDING_NOTE, "libashlar.so.1 lies beside this tool: %.140s", path);
        say_meaning(finding, "ashlar run works. LD_PRELOAD needs the whole path, because the "
                             "loader does not look there.");
        break;
    case LIBRARY_NOWHERE:
        say_found(finding, FINDING_PROBLEM, "libashlar.so.1 is not found");
        say_meaning(finding, "ashlar run does not work; looking at processes does. Install it: "
                             "make install PREFIX=/usr/local && ldconfig");
        break;
    }
}

/* Yama's words for its numbers, kernel's Documentation/admin-guide/LSM/Yama.rst. */
static const char *yama_text(int scope)
{
    static const char *const texts[] = {
        "Yama 0: a user may read his own",
        "Yama 1: only a parent reads its children",
        "Yama 2: only root reads",
        "Yama 3: nobody reads",
    };
    return scope < 0 ? "no Yama in this kernel" : texts[scope > 3 ? 3 : scope];
}

/* The capability opens all doors but Yama's highest; without it, Yama decides for one's own. */
static void check_reading(struct finding *finding)
{
    int yama = rights_yama();
    unsigned user = (unsigned)geteuid();
    finding->name = "reading";
    if (rights_trace() && yama < 3) {
        say_found(finding, FINDING_FINE, "every process can be read (user %u, CAP_SYS_PTRACE; %s)",
                  user, yama_text(yama));
        return;
    }
    bool nobody = yama > 2 || (yama > 0 && user != 0);
    say_found(finding, nobody ? FINDING_PROBLEM : FINDING_NOTE,
              "%s can be read (user %u, no CAP_SYS_PTRACE; %s)",
              nobody ? "no running process" : "only processes of the same user", user,
              yama_text(yama));
    if (yama > 2)
        say_meaning(finding, "Yama 3 stays until the next boot. Core files can be read.");
    else if (user == 0)
        say_meaning(finding, "Root without the capability, as in a container. Give it: "
                             "docker run --cap-add SYS_PTRACE ...");
    else
        say_meaning(finding, "The address space of own processes is shown in any case. For heaps "
                             "of others: sudo ashlar ...");
}

/* "always [madvise] never": the word in brackets is in force. */
static void check_huge_pages(struct finding *finding)
{
    char text[128];
    finding->name = "huge_pages";
    first_line("/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof text);
    char *word = strchr(text, '[');
    if (!word) {
        say_found(finding, FINDING_FINE, "transparent huge pages: not in this kernel");
        return;
    }
    word[1 + strcspn(word + 1, "]")] = '\0';
    bool always = strcmp(word + 1, "always") == 0;
    say_found(finding, always ? FINDING_NOTE : FINDING_FINE, "transparent huge pages: %s",
              word + 1);
    say_meaning(finding,
                always ? "The kernel may back a few live bytes by 2 MiB, and fill up again what "
                         "malloc gave back (Q011: ashlar help explain Q011)."
                       : "Heaps are in small pages unless a program asks otherwise.");
}

/* The kernel's default since 2.6; distributions raise it for games and databases. */
static void check_map_count(struct finding *finding)
{
    enum { USUAL = 65530 };
    char text[64];
    finding->name = "max_map_count";
    first_line("/proc/sys/vm/max_map_count", text, sizeof text);
    long count = strtol(text, NULL, 10);
    say_found(finding, count >= USUAL || !text[0] ? FINDING_FINE : FINDING_NOTE,
              "vm.max_map_count %s", text[0] ? text : "is hidden");
    if (text[0])
        say_meaning(finding,
                    count >= USUAL
                        ? "So many mappings may a process have; malloc uses one for each "
                          "large block, and glibc at most 65536."
                        : "Less than usual: a program with many large blocks may see "
                          "malloc fail while memory is free. sysctl vm.max_map_count=65530");
}

/* 0 = by a heuristic, 1 = always, 2 = never more than a share of RAM and the swap. */
static void check_overcommit(struct finding *finding)
{
    char text[64];
    finding->name = "overcommit";
    first_line("/proc/sys/vm/overcommit_memory", text, sizeof text);
    say_found(finding, text[0] == '2' ? FINDING_NOTE : FINDING_FINE, "vm.overcommit_memory %s",
              text[0] ? text : "is hidden");
    if (text[0] == '2')
        say_meaning(finding, "Strict: address space counts as memory, and malloc returns NULL when "
                             "the limit is reached, long before RAM is full.");
    else if (text[0])
        say_meaning(finding, text[0] == '1' ? "Everything is granted; memory that runs out ends in "
                                              "the OOM killer, never in NULL from malloc."
                                            : "Address space that is only reserved costs nothing.");
}

/* A limit is no fault, but who has one wants to know that malloc's leftovers count. */
static void check_cgroup(struct finding *finding)
{
    struct cgroup_limit limit;
    struct show show = {.utf8 = false};
    char size[SHOW_NUMBER];
    finding->name = "cgroup_memory";
    cgroup_memory(&limit);
    if (limit.bytes == UINT64_MAX) {
        say_found(finding, FINDING_FINE, "cgroup: no memory limit%s",
                  limit.known ? "" : " (no memory controller is seen from here)");
        return;
    }
    say_found(finding, FINDING_NOTE, "cgroup v%d: at most %s for all processes of the group",
              limit.version, show_size(&show, limit.bytes, size));
    snprintf(finding->meaning, sizeof finding->meaning,
             "Retained memory counts, too: what malloc keeps may get the group killed. Set in "
             "%.300s",
             limit.file);
}

/* For stacks in debuggers and profilers. */
static void check_symbols(struct finding *finding)
{
    char library[PATH_MAX];
    enum symbols_place place = symbols_of_libc(library);
    finding->name = "libc_symbols";
    switch (place) {
    case SYMBOLS_INSIDE:
    case SYMBOLS_BESIDE:
        say_found(finding, FINDING_FINE, "debug symbols of %.120s: %s", library,
                  place == SYMBOLS_INSIDE ? "in the file" : "under /usr/lib/debug");
        break;
    case SYMBOLS_FETCHED:
        say_found(finding, FINDING_FINE, "debug symbols of libc: from DEBUGINFOD_URLS");
        break;
    case SYMBOLS_NONE:
        say_found(finding, FINDING_NOTE, "no debug symbols of %.120s", library);
        say_meaning(finding, "Debuggers show its functions as libc+0x... ashlar needs none: it "
                             "finds malloc's structures by themselves. To have them: "
                             "apt install libc6-dbg, or set DEBUGINFOD_URLS");
        break;
    }
}

/* What hinders most comes first: without the library or the right to read, the rest is of little
 * interest. */
size_t doctor_check(struct finding findings[FINDINGS_MAX])
{
    static void (*const checks[])(struct finding *) = {
        check_library,    check_reading, check_huge_pages, check_map_count,
        check_overcommit, check_cgroup,  check_symbols,
    };
    size_t count = sizeof checks / sizeof *checks;
    memset(findings, 0, FINDINGS_MAX * sizeof *findings);
    for (size_t i = 0; i < count; i++)
        checks[i](&findings[i]);
    return count;
}
