/*
 * target.h - what is looked at: a running process, the core file of one that was, or a snapshot.
 *
 * The user names it by a pid, by a process name that only one process has, or by the path of a
 * file.  The directory /proc/PID stays open, so that a process that ends is never taken for
 * another one that got its pid.
 */
#ifndef TOOL_TARGET_H
#define TOOL_TARGET_H

#include "areas.h"

#include <limits.h>
#include <sys/types.h>
#include <time.h>

enum target_kind {
    TARGET_PROCESS,
    TARGET_CORE,
    TARGET_SNAPSHOT,
};

/* Why a target cannot be looked at. */
enum target_refusal {
    TARGET_FINE,
    TARGET_GONE,          /* no process has this pid, or it ended meanwhile */
    TARGET_ZOMBIE,        /* ended, and its parent has not asked how */
    TARGET_KERNEL_THREAD, /* it has no memory of its own */
    TARGET_DENIED,        /* the kernel does not let us: another user's, or a container's */
    TARGET_NO_CORE,       /* the file is no core file */
    TARGET_FAILED,        /* something else; errno tells */
};

struct core;
struct saved;

struct target {
    enum target_kind kind;
    pid_t pid;
    pid_t tracer;            /* the debugger that is attached, or 0; reading works beside it */
    uid_t user;              /* whose process it is */
    int bits;                /* 64 or 32: the size of its words */
    int machine;             /* as in ELF headers: EM_X86_64 ...; 0 = unknown */
    char state;              /* as ps(1) writes it: R, S, D, T, t */
    const char *asked;       /* the word that named it, for advice; NULL = its pid does */
    char name[64];           /* as /proc/PID/comm has it, of a process up to 15 letters */
    char exe[PATH_MAX];      /* the program's file, perhaps with " (deleted)"; empty = unknown */
    uint64_t page_size;      /* in bytes */
    struct areas areas;      /* its address space when it was last read */
    struct timespec read_at; /* when that was, by the clock of the day */
    bool memory_denied;      /* areas can be read and memory cannot (yama); memory_read fails */
    bool pages_unknown;      /* pagemap cannot be read: reading may fault pages in */
    unsigned freeze_limit;   /* seconds it may be stopped for while it is read; 0 = never */
    bool freeze_told;        /* the user wants to hear of it */
    double stood_still;      /* seconds it was stopped for */
    pid_t *sleepers;         /* threads that slept before it was stopped */
    size_t sleeper_count;
    bool sleepers_known; /* they are the answer, and not what the kernel says now */
    int directory;       /* /proc/PID */
    int memory;          /* /proc/PID/mem, or -1 */
    int pagemap;         /* /proc/PID/pagemap, or -1 */
    struct core *core;   /* of a core file, else NULL */
    struct saved *saved; /* of a snapshot, else NULL */
};

/* What the word names; when that cannot be looked at, say why and what helps, and exit.  The areas
 * are read, and not measured. */
struct target *target_open(const char *word);

/* The same for a pid, without a word: NULL and the reason. */
struct target *target_try(pid_t pid, enum target_refusal *why);

/* The same for a core file: NULL and TARGET_NO_CORE, or TARGET_FAILED and errno. */
struct target *target_try_core(const char *path, enum target_refusal *why);

/* The same for a snapshot: NULL and in words what is wrong with it. */
struct target *target_try_snapshot(const char *path, const char **wrong);

/* How to name it in a command that is to be pasted: the word that was used, or its pid.  The text is
 * the program's for good. */
const char *target_word(const struct target *target);

/* Say why, and what to do about it, and exit. */
__attribute__((noreturn)) void target_refuse(const char *word, pid_t pid, enum target_refusal why);

/* Exit with a sentence unless the target's memory may be read. */
void target_need_memory(const struct target *target);

/* Read the areas anew, with or without their usage.  False if the process is gone; the areas are
 * then the ones from before.  Pointers into the old areas end. */
bool target_refresh(struct target *target);
bool target_measure(struct target *target);

/* A file of the target's, by the name that its areas have, for reading: the target may live in
 * another root directory, and its program may be deleted.  -1 and errno if it cannot be had. */
int target_open_file(const struct target *target, const char *name);

/* A file of /proc/PID for reading, or NULL. */
FILE *target_file(const struct target *target, const char *name);

void target_close(struct target *target);

#endif
