/*
 * victim.c - the program that the tests of `ashlar run` run.  Its first argument says what it shall
 * tell about the process that it finds itself in.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int tell_arguments(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        printf("[%s]\n", argv[i]);
    return 0;
}

static int tell_variable(const char *name)
{
    const char *value = getenv(name);
    printf("%s\n", value ? value : "(unset)");
    return 0;
}

static int copy_input(void)
{
    for (int c; (c = getchar()) != EOF;)
        putchar(c);
    return 0;
}

/* Which of the first ten descriptors are open. */
static int tell_descriptors(const char *path)
{
    char open_ones[11] = "";
    for (int fd = 0; fd < 10; fd++) {
        if (fcntl(fd, F_GETFD) != -1)
            snprintf(open_ones + strlen(open_ones), 2, "%d", fd);
    }
    FILE *out = fopen(path, "w");
    if (!out)
        return 1;
    fputs(open_ones, out);
    return fclose(out) == 0 ? 0 : 1;
}

/* The file that malloc comes from. */
static int tell_malloc(void)
{
    Dl_info info;
    void *found = dlsym(RTLD_DEFAULT, "malloc");
    if (!found || !dladdr(found, &info))
        return 1;
    puts(info.dli_fname);
    return 0;
}

static int die_by(int number)
{
    signal(number, SIG_DFL);
    raise(number);
    return 99;
}

/* The same program once more as a child, to see what it inherits. */
static int run_child(char **argv)
{
    pid_t child = fork();
    if (child == 0) {
        execv("/proc/self/exe", argv);
        _exit(99);
    }
    int status;
    if (waitpid(child, &status, 0) != child)
        return 98;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    const char *detail = argc > 2 ? argv[2] : "0";
    if (strcmp(what, "pid") == 0)
        return printf("%d %d\n", (int)getpid(), (int)getppid()) < 0;
    if (strcmp(what, "arguments") == 0)
        return tell_arguments(argc, argv);
    if (strcmp(what, "variable") == 0)
        return tell_variable(detail);
    if (strcmp(what, "copy") == 0)
        return copy_input();
    if (strcmp(what, "descriptors") == 0)
        return tell_descriptors(detail);
    if (strcmp(what, "malloc") == 0)
        return tell_malloc();
    if (strcmp(what, "die") == 0)
        return die_by(atoi(detail));
    if (strcmp(what, "wait") == 0)
        return printf("ready\n") < 0 || fflush(stdout) != 0 || pause();
    if (strcmp(what, "child") == 0)
        return run_child(argv + 1);
    return atoi(what);
}
