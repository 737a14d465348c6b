/*
 * cgroup.c - our line of /proc/self/cgroup, and the files under /sys/fs/cgroup.
 *
 *     0::/user.slice/app.scope       version 2:  /sys/fs/cgroup/user.slice/app.scope/memory.max
 *     4:memory:/docker/1234          version 1:  /sys/fs/cgroup/memory/docker/1234/
 *                                                                    memory.limit_in_bytes
 *
 * A group obeys the limits of all groups above it too.  In a container the path is often that of
 * the host, of which only the end or nothing is mounted here: directories that are not there are
 * passed over, and the root is looked at in any case.
 */
#include "cgroup.h"

#include "proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Version 1 has no word for "none", only a number that no machine reaches. */
#define NO_LIMIT ((uint64_t)1 << 60)

/* Take the limit in the file if it is lower than the one we know. */
static void look_at(const char *file, struct cgroup_limit *limit)
{
    char text[64] = "";
    FILE *in = fopen(file, "re");
    if (!in)
        return;
    bool read = fgets(text, sizeof text, in);
    fclose(in);
    if (!read)
        return;
    uint64_t bytes = text[0] == 'm' ? UINT64_MAX : strtoull(text, NULL, 10);
    bytes = bytes >= NO_LIMIT ? UINT64_MAX : bytes;
    if (limit->known && bytes >= limit->bytes)
        return;
    limit->known = true;
    limit->bytes = bytes;
    snprintf(limit->file, sizeof limit->file, "%s", file);
}

/* From the group up to the root, whose path is empty. */
static void climb(const char *mount, char *group, const char *name, struct cgroup_limit *limit)
{
    char file[PATH_MAX];
    for (;;) {
        if (snprintf(file, sizeof file, "%s%s/%s", mount, group, name) < (int)sizeof file)
            look_at(file, limit);
        char *slash = strrchr(group, '/');
        if (!slash)
            return;
        *slash = '\0';
    }
}

/* "4:memory:/docker/1234": the list of controllers, and the group. */
static bool is_memory(const char *controllers, size_t length)
{
    static const char memory[] = "memory";
    for (const char *at = controllers; at < controllers + length; at += strcspn(at, ",:") + 1) {
        if (strncmp(at, memory, sizeof memory - 1) == 0 && strchr(",:", at[sizeof memory - 1]))
            return true;
    }
    return false;
}

/* One line; groups of other controllers do not matter.  A root alone has no limit file in version
 * 2, and then is not known. */
static void read_line(char *line, struct cgroup_limit *limit)
{
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return;
    controllers++;
    bool is_second = controllers == group;
    if (!is_second && !is_memory(controllers, (size_t)(group - controllers)))
        return;
    bool before = limit->known;
    if (is_second) {
        climb("/sys/fs/cgroup", group + 1, "memory.max", limit);
    } else {
        climb("/sys/fs/cgroup/memory", group + 1, "memory.limit_in_bytes", limit);
    }
    if (limit->known && !before)
        limit->version = is_second ? 2 : 1;
}

/* Machines with both versions have a line for each; the tighter limit counts. */
void cgroup_memory(struct cgroup_limit *limit)
{
    char text[16384], *rest = text, *line;
    *limit = (struct cgroup_limit){.bytes = UINT64_MAX};
    proc_read(0, "cgroup", text, sizeof text);
    while ((line = strsep(&rest, "\n")))
        read_line(line, limit);
}
