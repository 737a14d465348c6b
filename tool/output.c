/*
 * output.c - a file is written beside its name and renamed, so that nobody meets a half of it.
 */
#include "output.h"

#include "say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *output_name(const struct target *target, const char *suffix, char name[NAME_MAX + 1])
{
    char word[64], day[32];
    struct tm parts;
    size_t n = 0;
    for (const char *at = target->name; *at; at++)
        word[n++] = *at == '-' || *at == '_' || *at == '.' || (*at >= '0' && *at <= '9') ||
                            (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z')
                        ? *at
                        : '_';
    word[n] = '\0';
    /* A name must not look like an option, nor be hidden. */
    if (word[0] == '-' || word[0] == '.')
        word[0] = '_';
    localtime_r(&target->read_at.tv_sec, &parts);
    strftime(day, sizeof day, "%Y%m%d-%H%M%S", &parts);
    snprintf(name, NAME_MAX + 1, "%s-%d-%s.%s", word, (int)target->pid, day, suffix);
    return name;
}

/* All of it, to the disk's own answer; false and errno otherwise. */
static bool write_all(FILE *file, const void *data, size_t size)
{
    bool written = fwrite(data, 1, size, file) == size && fflush(file) == 0;
    int error = errno;
    if (file != stdout && fclose(file) != 0 && written)
        return false;
    errno = error;
    return written;
}

/* errno tells why. */
__attribute__((noreturn)) static void say_unwritten(const char *path)
{
    say_and_exit(EXIT_OURS, "%s cannot be written: %s", say_word(path), strerror(errno));
}

bool output_is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

/* Devices and pipes are written to as they are. */
void output_write(const char *path, const void *data, size_t size)
{
    char *part = NULL;
    bool is_stdout = strcmp(path, "-") == 0, direct = is_stdout || output_is_special(path);
    if (!direct && asprintf(&part, "%s.part", path) < 0)
        say_and_exit(EXIT_OURS, "out of memory");
    const char *name = direct ? path : part;
    FILE *file = is_stdout ? stdout : fopen(name, "we");
    if (!file || !write_all(file, data, size) || (part && rename(part, path) != 0)) {
        if (file && part) {
            int error = errno;
            unlink(part);
            errno = error;
        }
        say_unwritten(path);
    }
    free(part);
}
