/* target_sleep.c - one letter of /proc/PID/task/TID/stat. */
#include "target_sleep.h"

#include <stdio.h>
#include <string.h>

bool target_thread_sleeps(const struct target *target, pid_t thread)
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
