/*
 * run.c - `ashlar run`: look whether it can work, set the environment, become the command.
 *
 * The command is exec'ed, not forked: its pid, signals, terminal and exit status are the ones the
 * caller sees.  All that is passed on is LD_PRELOAD and, for the summary, ASHLAR_SUMMARY with the
 * pid that shall print it; children inherit both and keep quiet, because their pid is another.
 */
#include "run.h"

#include "find.h"
#include "library.h"
#include "refuse.h"
#include "say.h"
#include "script.h"

#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the command line asked for. */
struct request {
    bool quiet;     /* no summary, and no trace of an outer one's */
    char **command; /* NULL-terminated, as exec wants it */
};

static const struct argp_option options[] = {
    {"quiet", 'q', NULL, 0, "No summary when the command ends", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* The first word that is no option of ours begins the command, with or without "--" before it, and
 * the rest is none of our business. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *request = state->input;
    (void)arg;
    switch (key) {
    case 'q': request->quiet = true; return 0;
    case ARGP_KEY_ARG:
        request->command = state->argv + state->next - 1;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no command given. Try: ashlar run -- python3 -c 'print(42)'");
        return EINVAL;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[--] CMD [ARGUMENT...]",
    .doc = "Run CMD with libashlar as its malloc.\v"
           "CMD is exec'ed with libashlar.so.1 in LD_PRELOAD, before what is there already: same "
           "pid, same signals, same exit status.  When standard error is a terminal, a summary of "
           "its memory stands there when CMD ends.\n\n"
           "Exit status: CMD's own, or 125 if ashlar cannot preload into CMD, 126 if CMD cannot be "
           "run, 127 if it is not found.\n\n"
           "ASHLAR_LIBRARY names another libashlar.so.1; the allocator's settings are in "
           "ashlar-options(7).",
};

/* The environment is full only when memory is. */
static void must_set(const char *name, const char *value)
{
    if (setenv(name, value, 1) != 0)
        say_and_exit(EXIT_OURS, "%s cannot be set: %m", name);
}

/* Whether the list names the library first already, as inside another `ashlar run`. */
static bool begins_with(const char *list, const char *library)
{
    size_t length = strcspn(list, " :");
    return length == strlen(library) && strncmp(list, library, length) == 0;
}

/* Ours comes first, because the first malloc wins; what was there keeps its order. */
static void set_preload(const char *library)
{
    const char *old = getenv("LD_PRELOAD");
    if (!old || !old[0]) {
        must_set("LD_PRELOAD", library);
        return;
    }
    /* Twice the same library does no harm, but a list that grows with each level would. */
    if (begins_with(old, library))
        return;
    char *list;
    if (asprintf(&list, "%s:%s", library, old) < 0)
        say_and_exit(EXIT_OURS, "out of memory");
    must_set("LD_PRELOAD", list);
    free(list);
}

/* exec keeps the pid, so that ours names the command and none of its children. */
static void ask_for_summary(void)
{
    char pid[24];
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    must_set("ASHLAR_SUMMARY", pid);
}

/* execvp, because it hands a text without #! line to the shell as the shell itself would. */
__attribute__((noreturn)) static void become(const char *path, char *const command[])
{
    execvp(path, command);
    int error = errno;
    refuse_to_find(command[0], path, error);
}

/* Look first, then act: up to set_preload nothing has changed, and every refusal can still speak. */
static int run(int argc, char **argv)
{
    struct request request = {0};
    if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &request) != 0)
        return EXIT_OURS;
    char path[PATH_MAX], program[PATH_MAX], library[PATH_MAX];
    int error = find_program(request.command[0], path);
    if (error)
        refuse_to_find(request.command[0], path, error);
    /* What is executed is path; what must let itself be preloaded is the program that runs it. */
    strcpy(program, path);
    error = script_follow(program);
    if (error)
        refuse_interpreter(request.command[0], program, error);
    library_find(library);
    refuse_if_hopeless(request.command, path, program, library);
    set_preload(library);
    /* Logs and pipes get the command's own output and nothing else. */
    if (!request.quiet && isatty(STDERR_FILENO))
        ask_for_summary();
    else
        unsetenv("ASHLAR_SUMMARY");
    become(path, request.command);
}

const struct verb run_verb = {
    .group = VERB_RUN,
    .name = "run",
    .usage = "run -- CMD...",
    .summary = "drop-in malloc",
    .run = run,
};
