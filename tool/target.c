/*
 * target.c - a process's directory in /proc, or a core file, opened and described.
 *
 * A process may end at any moment, and another one get its pid.  All files are therefore opened
 * through the directory that was opened first: of a process that has ended they fail with ESRCH,
 * whoever has its pid by then.
 *
 *     status     who it is: name, state, user, tracer; readable for everybody
 *     exe        its program, also when the file was deleted
 *     maps       its areas; who may trace it by the rules of reading
 *     pagemap    which pages are there; the same
 *     mem        its memory; who may attach to it, which is less (Yama)
 *     root       its files, as it sees them itself in a container
 */
#include "target.h"

#include "core.h"
#include "core_notes.h"
#include "saved.h"
#include "say.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* For text, and for whatever else is read to its end. */
FILE *target_file(const struct target *target, const char *name)
{
    int fd = openat(target->directory, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    FILE *file = fdopen(fd, "r");
    if (!file)
        close(fd);
    return file;
}

/* What once was a file may be a pipe or a device by now, which is nothing to be read: O_NONBLOCK, so
 * that the opening does not wait. */
static int open_regular(int directory, const char *path)
{
    struct stat status;
    int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
        close(fd);
        errno = ENOENT;
        return -1;
    }
    return fd;
}

int target_open_file(const struct target *target, const char *name)
{
    char path[PATH_MAX + 8];
    if (name[0] != '/') {
        errno = ENOENT;
        return -1;
    }
    if (target->core)
        return open_regular(AT_FDCWD, name);
    if (strcmp(name, target->exe) == 0)
        return open_regular(target->directory, "exe");
    snprintf(path, sizeof path, "root%s", name);
    return open_regular(target->directory, path);
}

/* The lines of /proc/PID/status that are read; a kernel thread has no VmSize.  Tgid, because the pid
 * may be that of a thread, and the process is what is meant. */
static void read_status_line(const char *line, struct target *target, bool *has_memory)
{
    int number;
    if (sscanf(line, "State: %c", &target->state) == 1)
        return;
    if (sscanf(line, "TracerPid: %d", &number) == 1)
        target->tracer = number;
    else if (sscanf(line, "Tgid: %d", &number) == 1)
        target->pid = number;
    else if (sscanf(line, "Uid: %*d %u", &target->user) != 1 && strncmp(line, "VmSize:", 7) == 0)
        *has_memory = true;
}

/* The name ends in a line feed, and may have others in it. */
static void read_name(struct target *target)
{
    FILE *comm = target_file(target, "comm");
    if (!comm)
        return;
    size_t length = fread(target->name, 1, sizeof target->name - 1, comm);
    target->name[length > 0 ? length - 1 : 0] = '\0';
    fclose(comm);
}

/* A zombie has a status, and nothing else. */
static enum target_refusal read_status(struct target *target)
{
    FILE *status = target_file(target, "status");
    bool has_memory = false;
    char line[256];
    if (!status)
        return TARGET_GONE;
    while (fgets(line, sizeof line, status))
        read_status_line(line, target, &has_memory);
    fclose(status);
    if (target->state == 'Z' || target->state == 'X')
        return TARGET_ZOMBIE;
    return has_memory ? TARGET_FINE : TARGET_KERNEL_THREAD;
}

/* The first bytes of every ELF file: which size its words have, and for which machine it is.  The
 * layout is the same for both sizes; the order of bytes is taken to be ours. */
static void read_head(int fd, struct target *target)
{
    Elf32_Ehdr head;
    if (pread(fd, &head, sizeof head, 0) != sizeof head || memcmp(head.e_ident, ELFMAG, SELFMAG))
        return;
    target->bits = head.e_ident[EI_CLASS] == ELFCLASS32 ? 32 : 64;
    target->machine = head.e_machine;
}

/* The link is readable to those who may look at the process; its file stays open-able through it
 * even when it was deleted. */
static void read_exe(struct target *target)
{
    ssize_t length = readlinkat(target->directory, "exe", target->exe, sizeof target->exe - 1);
    target->exe[length > 0 ? length : 0] = '\0';
    int fd = openat(target->directory, "exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    read_head(fd, target);
    close(fd);
}

/* CAP_PERFMON lets its owner see the areas and not the link: the program lies lowest of all files,
 * and is looked at under its name. */
static void guess_exe(struct target *target)
{
    for (size_t i = 0; i < target->areas.count && !target->exe[0]; i++) {
        if (target->areas.list[i].name[0] == '/')
            snprintf(target->exe, sizeof target->exe, "%s", target->areas.list[i].name);
    }
    int fd = open_regular(AT_FDCWD, target->exe);
    if (fd < 0)
        return;
    read_head(fd, target);
    close(fd);
}

/* The kernel checks who we are when one of these files is opened, and again when it is read. */
static enum target_refusal refusal_of(int error)
{
    switch (error) {
    case ENOENT:
    case ESRCH: return TARGET_GONE;
    case EACCES:
    case EPERM: return TARGET_DENIED;
    default: return TARGET_FAILED;
    }
}

/* The old areas stay until the new ones are there. */
static enum target_refusal read_areas(struct target *target, const char *name)
{
    struct areas areas = {0};
    FILE *text = target_file(target, name);
    if (!text)
        return refusal_of(errno);
    bool read = areas_parse(text, &areas, NULL);
    int error = errno;
    fclose(text);
    /* A process that is ending has an empty list: it has given its memory up already. */
    if (!read || areas.count == 0) {
        areas_free(&areas);
        return read ? TARGET_GONE : refusal_of(error);
    }
    areas_free(&target->areas);
    target->areas = areas;
    clock_gettime(CLOCK_REALTIME, &target->read_at);
    return TARGET_FINE;
}

/* Not having these is no reason to refuse: the address space is worth something alone. */
static void open_memory(struct target *target)
{
    target->memory = openat(target->directory, "mem", O_RDONLY | O_CLOEXEC);
    target->memory_denied = target->memory < 0;
    target->pagemap = openat(target->directory, "pagemap", O_RDONLY | O_CLOEXEC);
    target->pages_unknown = target->pagemap < 0;
}

/* What everybody may see comes first, so that a refusal knows whose process it is about. */
static enum target_refusal fill(struct target *target)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%d", (int)target->pid);
    target->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (target->directory < 0)
        return refusal_of(errno);
    read_name(target);
    enum target_refusal why = read_status(target);
    if (why != TARGET_FINE)
        return why;
    read_exe(target);
    why = read_areas(target, "maps");
    if (why != TARGET_FINE)
        return why;
    if (!target->exe[0])
        guess_exe(target);
    open_memory(target);
    return TARGET_FINE;
}

/* With the page size of this machine, until a core says another. */
static struct target *target_new(enum target_kind kind)
{
    struct target *target = calloc(1, sizeof *target);
    if (!target)
        say_and_exit(EXIT_OURS, "out of memory");
    target->kind = kind;
    target->bits = 64;
    target->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
    target->directory = target->memory = target->pagemap = -1;
    return target;
}

/* errno is kept for the sentence that tells why. */
struct target *target_try(pid_t pid, enum target_refusal *why)
{
    struct target *target = target_new(TARGET_PROCESS);
    target->pid = pid;
    *why = fill(target);
    if (*why == TARGET_FINE)
        return target;
    int error = errno;
    target_close(target);
    errno = error;
    return NULL;
}

/* The notes may say anything; what is divided by must be a page size. */
static void describe_core(struct target *target)
{
    const struct core_notes *notes = target->core->notes;
    target->pid = notes->pid;
    target->user = notes->user;
    target->bits = target->core->bits;
    target->machine = target->core->machine;
    target->state = 'X';
    snprintf(target->name, sizeof target->name, "%s", notes->name);
    snprintf(target->exe, sizeof target->exe, "%s", core_program(target->core));
    if (notes->page_size >= 1024 && (notes->page_size & (notes->page_size - 1)) == 0)
        target->page_size = notes->page_size;
}

struct target *target_try_core(const char *path, enum target_refusal *why)
{
    struct target *target = target_new(TARGET_CORE);
    struct stat status;
    target->core = core_open(path, &target->areas);
    if (!target->core) {
        int error = errno;
        target_close(target);
        errno = error;
        *why = error ? TARGET_FAILED : TARGET_NO_CORE;
        return NULL;
    }
    describe_core(target);
    if (stat(path, &status) == 0)
        target->read_at = status.st_mtim;
    *why = TARGET_FINE;
    return target;
}

struct target *target_try_snapshot(const char *path, const char **wrong)
{
    struct target *target = target_new(TARGET_SNAPSHOT);
    *wrong = saved_open(path, target);
    if (!*wrong)
        return target;
    target_close(target);
    return NULL;
}

/* A file stays as it is. */
static bool is_file(const struct target *target)
{
    return target->core || target->saved;
}

bool target_refresh(struct target *target)
{
    return is_file(target) || read_areas(target, "maps") == TARGET_FINE;
}

/* smaps walks all pages, which took 17 ms for a gibibyte in small pages. */
bool target_measure(struct target *target)
{
    return is_file(target) || read_areas(target, "smaps") == TARGET_FINE;
}

/* What was never opened is -1. */
static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void target_close(struct target *target)
{
    close_if_open(target->pagemap);
    close_if_open(target->memory);
    close_if_open(target->directory);
    areas_free(&target->areas);
    core_close(target->core);
    saved_close(target->saved);
    free(target->sleepers);
    free(target);
}
