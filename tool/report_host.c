/*
 * report_host.c - uname(2), /proc/cpuinfo, and a few words of the target's environment.
 *
 * A page is sent to other people.  What is in it is therefore chosen by name here, and everything
 * else stays out: no host name, no arguments, no variable that is not a malloc's.
 */
#include "report_host.h"

#include "json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The lines that name the processor, by architecture: x86; Arm and RISC-V; POWER. */
static const char *const processor_keys[] = {"model name", "Hardware", "uarch", "cpu"};

/* What stands behind "key : ", without the line's end; NULL if the line has another key. */
static char *value_of(char *line, const char *key)
{
    size_t n = strlen(key);
    char *colon = strchr(line, ':');
    if (strncmp(line, key, n) != 0 || !colon || line[n + strspn(line + n, " \t")] != ':')
        return NULL;
    line[strcspn(line, "\n")] = '\0';
    return colon + 1 + strspn(colon + 1, " ");
}

/* As the kernel writes it; null where it does not tell. */
static json_t *json_processor(void)
{
    FILE *file = fopen("/proc/cpuinfo", "re");
    char line[512];
    json_t *name = NULL;
    while (file && !name && fgets(line, sizeof line, file)) {
        for (size_t i = 0; i < sizeof processor_keys / sizeof *processor_keys && !name; i++) {
            const char *value = value_of(line, processor_keys[i]);
            if (value && *value)
                name = json_name(value);
        }
    }
    if (file)
        fclose(file);
    return name ? name : json_null();
}

json_t *report_host(const char *command)
{
    struct utsname host;
    char kernel[256] = "";
    json_t *object = json_object();
    if (uname(&host) == 0)
        snprintf(kernel, sizeof kernel, "%.64s %.64s %.64s", host.sysname, host.release,
                 host.machine);
    json_put(object, "ashlar", json_string(ASHLAR_VERSION));
    json_put(object, "command", json_name(command));
    json_put(object, "kernel", json_name(kernel));
    json_put(object, "cpu", json_processor());
    json_put(object, "cpus", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    return object;
}

/* Whether a malloc reads the variable. */
static bool is_setting(const char *variable)
{
    static const char *const beginnings[] = {"ASHLAR_", "MALLOC_",
                                             "GLIBC_TUNABLES=", "LD_PRELOAD="};
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        if (strncmp(variable, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    }
    return false;
}

json_t *report_environment(const struct target *target)
{
    json_t *array = json_array();
    FILE *file = target->kind == TARGET_PROCESS ? target_file(target, "environ") : NULL;
    char *variable = NULL;
    size_t room = 0;
    while (file && getdelim(&variable, &room, '\0', file) > 0) {
        if (is_setting(variable))
            json_append(array, json_name(variable));
    }
    free(variable);
    if (file)
        fclose(file);
    return array;
}
