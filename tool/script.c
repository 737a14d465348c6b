/*
 * script.c - #! lines as the kernel and env(1) read them.
 *
 *      #!/usr/bin/env -S LANG=C python3 -u
 *        interpreter  one argument for the kernel, several words for env -S
 */
#include "script.h"

#include "find.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum {
    LINE_LIMIT = 256, /* BINPRM_BUF_SIZE: the kernel reads no further */
    DEPTH_LIMIT = 5,  /* scripts run by scripts; the kernel gives up after as many (ELOOP) */
};

/* The text after "#!" of the first line, or NULL if the file is no script or cannot be read. */
static char *read_line(const char *path, char line[LINE_LIMIT + 1])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    ssize_t length = read(fd, line, LINE_LIMIT);
    close(fd);
    if (length < 2 || line[0] != '#' || line[1] != '!')
        return NULL;
    line[length] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return line + 2;
}

/* Of env's words, the command: the first that is neither an option nor an assignment. */
static char *env_command(char *rest)
{
    for (char *word; (word = strsep(&rest, " \t"));) {
        if (strncmp(word, "-S", 2) == 0)
            word += 2;
        if (word[0] != '\0' && word[0] != '-' && !strchr(word, '='))
            return word;
    }
    return NULL;
}

static bool is_env(const char *interpreter)
{
    const char *slash = strrchr(interpreter, '/');
    return strcmp(slash ? slash + 1 : interpreter, "env") == 0;
}

/* The kernel opens the interpreter by its path as it stands, without a search through PATH. */
static int find_interpreter(const char *name, char path[PATH_MAX])
{
    if (strchr(name, '/'))
        return find_program(name, path);
    /* find_program takes a name without a slash for a command; this is a file. */
    char here[LINE_LIMIT + 3] = "./";
    return find_program(strcat(here, name), path);
}

int script_follow(char path[PATH_MAX])
{
    char line[LINE_LIMIT + 1];
    for (int depth = 0; depth < DEPTH_LIMIT; depth++) {
        char *rest = read_line(path, line);
        if (!rest)
            return 0;
        rest += strspn(rest, " \t");
        char *interpreter = strsep(&rest, " \t");
        /* The kernel refuses an empty name, and execvp hands the file to the shell. */
        if (interpreter[0] == '\0')
            return 0;
        char *command = is_env(interpreter) ? env_command(rest) : NULL;
        int error = find_interpreter(interpreter, path);
        if (error)
            return error;
        /* When env's command is missing, env runs and says so itself. */
        char found[PATH_MAX];
        if (command && find_program(command, found) == 0)
            strcpy(path, found);
    }
    return 0;
}
