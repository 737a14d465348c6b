/* refuse.c - one function per reason why LD_PRELOAD cannot reach a program. */
#include "refuse.h"

#include "binary.h"
#include "say.h"
#include "secure.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The command as the user gave it, and what was found out about it. */
struct subject {
    char *const *command; /* NULL-terminated */
    const char *name;     /* how a sentence about it begins */
    const char *program;  /* the file of the binary */
    const char *library;
    struct binary binary;
};

/* 127 means to every shell that nothing was there, 126 that something was. */
static enum exit_status status_for(int error)
{
    return error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

/* Without any x bit the file was not meant to be run, or not yet. */
static bool lacks_x_bits(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !(status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH));
}

/* The name of a program in the current directory, typed without ./, is the likeliest mistake. */
static void refuse_missing(const char *name)
{
    if (strchr(name, '/'))
        say_and_exit(EXIT_NOT_FOUND, "%s: no such file", say_word(name));
    if (access(name, X_OK) == 0)
        say_and_exit(EXIT_NOT_FOUND, "%s is not in PATH. Try: ashlar run -- ./%s", say_word(name),
                     say_word(name));
    say_and_exit(EXIT_NOT_FOUND, "%s: no such command in PATH", say_word(name));
}

void refuse_to_find(const char *name, const char *path, int error)
{
    if (error == ENOENT)
        refuse_missing(name);
    if (error == EISDIR)
        say_and_exit(EXIT_NOT_EXECUTABLE, "%s is a directory", say_word(name));
    if (error == EACCES && lacks_x_bits(path))
        say_and_exit(EXIT_NOT_EXECUTABLE, "%s is not executable. Try: chmod +x %s", say_word(path),
                     say_word(path));
    say_and_exit(status_for(error), "%s cannot be run: %s", say_word(name), strerror(error));
}

void refuse_interpreter(const char *name, const char *path, int error)
{
    say_and_exit(status_for(error), "%s is a script for %s: %s", say_word(name), say_word(path),
                 error == EISDIR ? "that is a directory" : strerror(error));
}

/* Without a loader nobody reads LD_PRELOAD.  The object goes first: an archive might not be asked,
 * and the whole of it would drag the C++ operators into a C program. */
static void refuse_static(const struct subject *s)
{
    if (!binary_is_static(&s->binary))
        return;
    say("%s is statically linked: LD_PRELOAD cannot reach its malloc.", s->name);
    say_more(
        "relink:  cc -static DIR/lib/ashlar.o ...   (C++: DIR/lib/libashlar.a before the rest)");
    exit(EXIT_OURS);
}

/* Programs that start another as another user. */
static const struct starter {
    const char *name;
    const char *with_argument; /* the letters of its options that take one */
    bool cleans;               /* it drops LD_PRELOAD even where the loader does not */
} starters[] = {
    {"sudo", "CDRTUghprtu", true}, /* in all cases: env_reset, !env_reset and -E */
    {"doas", "Cu", false},         /* its configuration decides */
};

static const struct starter *starter_named(const char *name)
{
    const char *slash = strrchr(name, '/');
    for (size_t i = 0; i < sizeof starters / sizeof *starters; i++) {
        if (strcmp(slash ? slash + 1 : name, starters[i].name) == 0)
            return &starters[i];
    }
    return NULL;
}

/* How many words of the command belong to the starter: "sudo -u bob A=1 ./app" has four. */
static size_t starter_words(char *const command[], const char *with_argument)
{
    size_t count = 1;
    while (command[count] && (command[count][0] == '-' || strchr(command[count], '='))) {
        const char *option = command[count++];
        if (option[0] != '-')
            continue;
        if (strcmp(option, "--") == 0)
            break;
        /* -Eu bob: of letters in a cluster only the last can have its argument in the next word. */
        char last = option[strlen(option) - 1];
        if (option[1] != '-' && strchr(with_argument, last) && command[count])
            count++;
    }
    return count;
}

/* "sudo ashlar run -- ./app": the starter first, then ashlar, so that the loader starts ./app with
 * nothing secure left to do.  NULL if the command is no starter with a command of its own. */
static const char *starter_first(char *const command[])
{
    const struct starter *starter = starter_named(command[0]);
    if (!starter)
        return NULL;
    size_t own = starter_words(command, starter->with_argument);
    if (!command[own])
        return NULL;
    char **first = calloc(own + 1, sizeof *first);
    char *line;
    if (!first)
        say_and_exit(EXIT_OURS, "out of memory");
    memcpy(first, command, own * sizeof *first);
    if (asprintf(&line, "%s ashlar run -- %s", say_words(first), say_words(command + own)) < 0)
        say_and_exit(EXIT_OURS, "out of memory");
    return line;
}

/* The options that make sudo the user or group that the program's bits would make it. */
static const char *sudo_options(const char *program, enum secure_reason reason)
{
    struct stat status;
    static char options[300];
    if (stat(program, &status) != 0)
        return "";
    const struct passwd *user = getpwuid(status.st_uid);
    const struct group *group = getgrgid(status.st_gid);
    if (reason == SECURE_SETUID && status.st_uid != 0 && user)
        snprintf(options, sizeof options, "-u %s ", user->pw_name);
    if (reason == SECURE_SETGID && group)
        snprintf(options, sizeof options, "-g %s ", group->gr_name);
    return options;
}

/* The verb of the sentence that begins with the program's name. */
static const char *secure_word(enum secure_reason reason)
{
    switch (reason) {
    case SECURE_SETUID: return "is setuid";
    case SECURE_SETGID: return "is setgid";
    default: return "has file capabilities";
    }
}

/* In secure mode the loader takes preloaded libraries from the system's own directories only, and
 * only if they are setuid themselves: ours is not.  Whoever is that user already is in no secure
 * mode, and that is what the advice makes of us. */
static void refuse_secure(const struct subject *s)
{
    enum secure_reason reason = secure_reason(s->program);
    if (reason == SECURE_NOT)
        return;
    const char *better = starter_first(s->command);
    if (better)
        say_and_exit(EXIT_OURS, "%s %s: the loader drops LD_PRELOAD (AT_SECURE). Try: %s", s->name,
                     secure_word(reason), better);
    say_and_exit(
        EXIT_OURS, "%s %s: the loader drops LD_PRELOAD (AT_SECURE). Try: sudo %sashlar run -- %s",
        s->name, secure_word(reason), sudo_options(s->program, reason), say_words(s->command));
}

/* For root, sudo is a program like any other, but it cleans the environment all the same. */
static void refuse_starter(const struct subject *s)
{
    const struct starter *starter = starter_named(s->command[0]);
    const char *better = starter && starter->cleans ? starter_first(s->command) : NULL;
    if (better)
        say_and_exit(EXIT_OURS, "%s clears LD_PRELOAD for the command it starts. Try: %s", s->name,
                     better);
}

/* The library decides, not the tool: a 64-bit tool serves a 32-bit program when ASHLAR_LIBRARY names
 * a 32-bit library. */
static void refuse_foreign(const struct subject *s)
{
    struct binary library;
    binary_read(s->library, &library);
    if (library.bits == 0)
        say_and_exit(EXIT_OURS, "%s is not a shared library", say_word(s->library));
    if (s->binary.bits == library.bits && s->binary.machine == library.machine)
        return;
    if (s->binary.bits != library.bits)
        say("%s is a %d-bit program, and %s is %d-bit: the loader would ignore it.", s->name,
            s->binary.bits, say_word(s->library), library.bits);
    else
        say("%s is built for %s, and %s for %s.", s->name, binary_machine_name(s->binary.machine),
            say_word(s->library), binary_machine_name(library.machine));
    say_more("name a library built like it:  ASHLAR_LIBRARY=/path/to/libashlar.so.1 "
             "ashlar run -- %s",
             say_words(s->command));
    exit(EXIT_OURS);
}

/* The library asks for versions of symbols that only glibc has.  A missing loader makes execve fail
 * with ENOENT, which reads as if the program itself were missing. */
static void refuse_loader(const struct subject *s)
{
    const char *loader = s->binary.loader;
    if (loader[0] == '\0')
        return;
    if (access(loader, F_OK) != 0)
        say_and_exit(EXIT_NOT_FOUND, "%s needs the loader %s, which is not here", s->name, loader);
    if (!strstr(loader, "/ld-musl-"))
        return;
    say("%s uses musl's loader (%s), and libashlar.so.1 is built for glibc.", s->name, loader);
    say_more("rebuild it with glibc, or run it without ashlar:  %s", say_words(s->command));
    exit(EXIT_OURS);
}

/* A sanitizer must know every block: its runtime would not start behind another malloc, or find
 * nothing. */
static void refuse_sanitizer(const struct subject *s)
{
    const struct sanitizer *sanitizer = s->binary.sanitizer;
    if (!sanitizer)
        return;
    say("%s is built with %s, which has to be its malloc.", s->name, sanitizer->name);
    say_more("run it without ashlar:  %s", say_words(s->command));
    say_more("or rebuild it without %s", sanitizer->option);
    exit(EXIT_OURS);
}

/* No refusal: such a malloc may be a thin layer above the next one, which is ours. */
static void note_own_malloc(const struct subject *s)
{
    if (s->binary.defines_malloc)
        say("%s defines malloc itself: what it does not pass on, libashlar never sees.", s->name);
}

/* "./app", or for a script "/usr/bin/python3, which runs ./app.py,". */
static const char *subject_name(const char *name, const char *path, const char *program)
{
    char *text;
    if (strcmp(path, program) == 0)
        return say_word(name);
    if (asprintf(&text, "%s, which runs %s,", say_word(program), say_word(name)) < 0)
        say_and_exit(EXIT_OURS, "out of memory");
    return text;
}

void refuse_if_hopeless(char *const command[], const char *path, const char *program,
                        const char *library)
{
    struct subject s = {.command = command, .program = program, .library = library};
    s.name = subject_name(command[0], path, program);
    /* These two come first because they hold for files that cannot be read, too. */
    refuse_secure(&s);
    refuse_starter(&s);
    binary_read(program, &s.binary);
    if (s.binary.bits == 0)
        return;
    /* Then what no library helps against, then what another library would. */
    refuse_static(&s);
    refuse_foreign(&s);
    refuse_loader(&s);
    refuse_sanitizer(&s);
    note_own_malloc(&s);
}
