/*
 * main.c - from the words of the command line to a verb.
 *
 * Each verb has a file and a struct argp of its own; this file knows their table, the overview of
 * them, and what to say about a word that is none.
 */
#include "diff.h"
#include "doctor.h"
#include "explain.h"
#include "find.h"
#include "heap.h"
#include "map.h"
#include "metrics.h"
#include "nearest.h"
#include "ps.h"
#include "report.h"
#include "run.h"
#include "say.h"
#include "snap.h"
#include "top.h"
#include "verb.h"

#include <argp.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The build passes the project's version. */
#ifndef ASHLAR_VERSION
#error "ASHLAR_VERSION is not set: compile with -DASHLAR_VERSION='\"1.0.0\"'"
#endif

const char *argp_program_version = "ashlar " ASHLAR_VERSION;

/* The table holds help, and help reads the table. */
/* `ashlar help', and with a verb the verb's own help. */
static int help(int argc, char **argv);

static const struct argp help_argp = {
    .args_doc = "[VERB]",
    .doc = "Tell what VERB does and which options it takes, or give the overview.",
};

static const struct verb help_verb = {
    .group = VERB_HELP,
    .name = "help",
    .usage = "help [VERB]",
    .summary = "what a verb does, and its options",
    .run = help,
};

static const struct verb *const verbs[] = {&explain_verb, &map_verb,    &heap_verb, &top_verb,
                                           &ps_verb,      &snap_verb,   &diff_verb, &report_verb,
                                           &metrics_verb, &doctor_verb, &run_verb,  &help_verb};

enum { VERB_COUNT = sizeof verbs / sizeof *verbs };

/* The verb of exactly this name, or NULL: abbreviations would bind verbs that are still to come. */
static const struct verb *verb_named(const char *name)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
    }
    return NULL;
}

/* The verb that was meant, or NULL if none is near enough to be suggested. */
static const struct verb *verb_like(const char *name)
{
    const struct verb *best = NULL;
    size_t limit = nearest_limit(name);
    for (size_t i = 0; i < VERB_COUNT; i++) {
        size_t distance = nearest_distance(name, verbs[i]->name);
        if (distance <= limit && (!best || distance < nearest_distance(name, best->name)))
            best = verbs[i];
    }
    return best;
}

/* A mistyped verb, or a program whose `run --` was forgotten, or neither. */
__attribute__((noreturn)) static void unknown_verb(const char *name, char *const words[])
{
    char path[PATH_MAX];
    const struct verb *meant = verb_like(name);
    if (meant)
        say_and_exit(EXIT_OURS, "unknown verb \"%s\" - did you mean \"%s\"?", name, meant->name);
    if (find_program(name, path) == 0)
        say_and_exit(EXIT_OURS, "unknown verb \"%s\". To run the program, try: ashlar run -- %s",
                     name, say_words(words));
    say_and_exit(EXIT_OURS, "unknown verb \"%s\". Try: ashlar help", name);
}

/* In the order of the table. */
static void list_verbs(enum verb_group group)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (verbs[i]->group == group)
            printf("  ashlar %-18s %s\n", verbs[i]->usage, verbs[i]->summary);
    }
}

/* What can be done today, and nothing else: a verb that is listed here works. */
static int overview(void)
{
    printf("%s - a malloc that shows its work\n\n", argp_program_version);
    printf("Look at a process you already have (nothing to restart, nothing stops):\n");
    list_verbs(VERB_LOOK);
    printf("\nRun a program on libashlar:\n");
    list_verbs(VERB_RUN);
    putchar('\n');
    list_verbs(VERB_HELP);
    printf("  ashlar %-18s %s\n", "--version", "which ashlar this is");
    printf("\nTARGET is a pid, a process name, a core file, or a snapshot of `ashlar snap'.\n");
    return EXIT_SUCCESS;
}

/* argp writes "ashlar VERB" where it writes the program's name. */
static char *full_name(const struct verb *verb)
{
    char *name;
    if (asprintf(&name, "ashlar %s", verb->name) < 0)
        say_and_exit(EXIT_OURS, "out of memory");
    return name;
}

static int help(int argc, char **argv)
{
    int first;
    if (argp_parse(&help_argp, argc, argv, ARGP_IN_ORDER, &first, NULL) != 0)
        return EXIT_OURS;
    if (first == argc)
        return overview();
    const struct verb *verb = verb_named(argv[first]);
    if (!verb)
        unknown_verb(argv[first], argv + first);
    /* The verb's own parser prints it, so that both ways of asking give the same text. */
    char *words[] = {full_name(verb), "--help", NULL, NULL};
    if (verb != &explain_verb || first + 1 == argc)
        return verb->run(2, words);
    /* `ashlar help explain Q003', as its output says. */
    words[1] = "--code";
    words[2] = argv[first + 1];
    return verb->run(3, words);
}

/* The first word that is no option is the verb; what follows is the verb's to parse. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    char ***words = state->input;
    (void)arg;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    *words = state->argv + state->next - 1;
    state->next = state->argc;
    return 0;
}

static const struct argp main_argp = {
    .parser = parse,
    .args_doc = "[VERB [ARGUMENT...]]",
    .doc = "A malloc that shows its work.\v"
           "`ashlar' alone lists the verbs, `ashlar help VERB' tells what one does.",
};

/* Output that never arrived is a failure too (`ashlar help >/dev/full`), also where it was an
 * earlier part of it and the last one did arrive. */
static void close_stdout(void)
{
    bool lost = ferror(stdout);
    if (fclose(stdout) != 0)
        say("standard output: %m");
    else if (lost)
        say("standard output: not all of it could be written");
    else
        return;
    _Exit(EXIT_OURS);
}

/* A descriptor that was closed before we began would be given to the next file that is opened, and
 * output would go there.  What stands in its place cannot be written to; a command that we become
 * finds it closed again. */
static void hold_descriptors(void)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
}

/* `ashlar PID': what most want to know of a process. */
static int explain_pid(char *pid)
{
    char *words[] = {full_name(&explain_verb), pid, NULL};
    return explain_verb.run(2, words);
}

int main(int argc, char **argv)
{
    char **words = NULL;
    hold_descriptors();
    atexit(close_stdout);
    /* argp would exit with 64, which the command of `ashlar run` might use too. */
    argp_err_exit_status = EXIT_OURS;
    if (argp_parse(&main_argp, argc, argv, ARGP_IN_ORDER, NULL, &words) != 0)
        return EXIT_OURS;
    if (!words)
        return overview();
    const struct verb *verb = verb_named(words[0]);
    if (!verb && words[0][strspn(words[0], "0123456789")] == '\0')
        return explain_pid(words[0]);
    if (!verb)
        unknown_verb(words[0], words);
    say_verb = verb->name;
    words[0] = full_name(verb);
    return verb->run((int)(argv + argc - words), words);
}
