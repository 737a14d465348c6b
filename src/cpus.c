/*
 * cpus.c - affinity and control groups, read without allocating.
 */
#include "cpus.h"

#include "file.h"
#include "words.h"

#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH = 512, TEXT = 4096 };

unsigned cpus_of_quota(const char *text)
{
    struct word period = word_of(text);
    if (period.length > 0 && text[period.length - 1] == '\n')
        period.length--;
    struct word quota = word_cut(&period, " \n");
    size_t granted, of;
    if (!word_number(quota, &granted) || !word_number(period, &of))
        return 0;
    /* Version 1 says -1 for no limit. */
    if (of == 0 || granted == 0 || granted > PTRDIFF_MAX / 2)
        return 0;
    return (unsigned)min_size((granted + of - 1) / of, UINT16_MAX);
}

/* PREFIX/GROUP/FILE put together; false if it does not fit. */
static bool join_path(char path[PATH], const char *prefix, struct word group, const char *file)
{
    size_t lengths = strlen(prefix) + group.length + strlen(file) + 2;
    if (lengths > PATH)
        return false;
    char *end = stpcpy(path, prefix);
    memcpy(end, group.text, group.length);
    end[group.length] = '/';
    strcpy(end + group.length + 1, file);
    assert(strlen(path) == lengths - 1);
    return true;
}

/* The quota of one group of version 2, in CPUs; 0 if it has none. */
static unsigned quota_unified(struct word group)
{
    char path[PATH], text[64];
    if (!join_path(path, "/sys/fs/cgroup", group, "cpu.max"))
        return 0;
    file_read(path, text, sizeof text);
    return cpus_of_quota(text);
}

/* The same of version 1, which has a file for each of the two numbers. */
static unsigned quota_split(struct word group)
{
    char path[PATH], text[64] = "";
    if (!join_path(path, "/sys/fs/cgroup/cpu", group, "cpu.cfs_quota_us"))
        return 0;
    file_read(path, text, sizeof text / 2);
    size_t length = strlen(text);
    assert(length < sizeof text / 2); /* the other number has room behind it */
    if (length == 0)
        return 0;
    text[length - 1] = ' ';
    join_path(path, "/sys/fs/cgroup/cpu", group, "cpu.cfs_period_us");
    file_read(path, text + length, sizeof text - length);
    return cpus_of_quota(text);
}

/* The least of the quotas of a group and of all groups above it; 0 if there is none. */
static unsigned least_quota(struct word group, unsigned (*quota)(struct word))
{
    unsigned least = 0;
    for (;;) {
        unsigned cpus = quota(group);
        if (cpus > 0 && (least == 0 || cpus < least))
            least = cpus;
        if (group.length == 0)
            return least;
        do
            group.length--;
        while (group.length > 0 && group.text[group.length] != '/');
    }
}

/* Lines of /proc/self/cgroup are ID:CONTROLLERS:/GROUP; version 2 has ID 0 and no controllers. */
static unsigned quota_of_line(struct word line)
{
    struct word id = word_cut(&line, ":");
    struct word controllers = word_cut(&line, ":");
    if (word_is(line, "/"))
        line.length = 0;
    if (word_is(id, "0") && controllers.length == 0)
        return least_quota(line, quota_unified);
    while (controllers.length > 0)
        if (word_is(word_cut(&controllers, ","), "cpu"))
            return least_quota(line, quota_split);
    return 0;
}

static unsigned quota_of_process(void)
{
    char text[TEXT];
    unsigned least = 0;
    file_read("/proc/self/cgroup", text, sizeof text);
    struct word rest = word_of(text);
    while (rest.length > 0) {
        unsigned cpus = quota_of_line(word_cut(&rest, "\n"));
        if (cpus > 0 && (least == 0 || cpus < least))
            least = cpus;
    }
    return least;
}

static unsigned cpus_of_affinity(void)
{
    /* Room for more CPUs than any kernel counts; the wrapper would want a size it knows. */
    unsigned long mask[8192 / (8 * sizeof(unsigned long))];
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
    unsigned cpus = 0;
    for (long i = 0; i < bytes / (long)sizeof *mask; i++)
        cpus += (unsigned)__builtin_popcountl(mask[i]);
    return cpus > 0 ? cpus : 1;
}

unsigned cpus_usable(void)
{
    unsigned allowed = cpus_of_affinity(), quota = quota_of_process();
    return quota > 0 && quota < allowed ? quota : allowed;
}
