/* target_sleep.c - one letter of /proc/PID/task/TID/stat, or what was noted before the target was
 * stopped: a thread that stands still for a debugger does not sleep for the kernel. */
#include "target_sleep.h"

#include "list.h"

#include <stdio.h>
#include <string.h>

/* S waits for something, D for a disk. */
static bool sleeps_now(const struct target *target, pid_t thread)
{
    char name[48], line[512] = "";
    snprintf(name, sizeof name, "task/%d/stat", (int)thread);
    FILE *stat = target->kind == TARGET_PROCESS ? target_file(target, name) : NULL;
    if (!stat)
        return false;
    const char *behind = fgets(line, sizeof line, stat) ? strrchr(line, ')') : NULL;
    fclose(stat);
    return behind && (behind[2] == 'S' || behind[2] == 'D');
}

bool target_thread_sleeps(const struct target *target, pid_t thread)
{
    if (!target->sleepers_known)
        return sleeps_now(target, thread);
    for (size_t i = 0; i < target->sleeper_count; i++) {
        if (target->sleepers[i] == thread)
            return true;
    }
    return false;
}

void target_note_sleeper(struct target *target, pid_t thread)
{
    if (!sleeps_now(target, thread))
        return;
    target->sleepers = list_room(target->sleepers, target->sleeper_count, sizeof thread);
    target->sleepers[target->sleeper_count++] = thread;
}
