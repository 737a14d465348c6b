/*
 * launch.c - run one program and print what the kernel says it used:
 * wall seconds, CPU seconds, peak RSS in KiB, exit status (or 128 + signal).
 *
 * Linked statically and small, because a child's peak RSS begins with that of the process it was
 * forked from: a Python parent would add its own 10 MB to every row.
 *
 * With --every=MS a line comes before that: the resident KiB every so many milliseconds.
 *
 * launch [--every=MS] [NAME=VALUE...] PROGRAM [ARGUMENT...]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

__attribute__((noreturn)) static void become(char **word)
{
    while (*word && strchr(*word, '='))
        putenv(*word++);
    int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    if (*word)
        execvp(*word, word);
    _exit(127);
}

/* The second number of the child's statm, in KiB; 0 when it is gone. */
static long resident(pid_t child)
{
    char path[40], text[128] = {0};
    snprintf(path, sizeof path, "/proc/%d/statm", (int)child);
    int file = open(path, O_RDONLY);
    if (file < 0)
        return 0;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    const char *second = length > 0 ? strchr(text, ' ') : NULL;
    return second ? strtol(second, NULL, 10) * (sysconf(_SC_PAGESIZE) / 1024) : 0;
}

/* Print the child's resident size in even steps until it ends, without reaping it. */
static void watch(pid_t child, long every_ms)
{
    siginfo_t ended = {.si_pid = 0};
    double next = now();
    while (waitid(P_PID, (id_t)child, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && !ended.si_pid) {
        double ahead = (next += (double)every_ms / 1e3) - now();
        printf("%ld ", resident(child));
        if (ahead > 0)
            usleep((useconds_t)(ahead * 1e6));
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    char **words = argv + 1;
    long every_ms = 0;
    if (argc > 1 && strncmp(*words, "--every=", 8) == 0)
        every_ms = strtol(*words++ + 8, NULL, 10);
    double begin = now();
    pid_t child = fork();
    if (child < 0)
        return 1;
    if (child == 0)
        become(words);
    if (every_ms > 0)
        watch(child, every_ms);
    int status;
    struct rusage used;
    if (wait4(child, &status, 0, &used) != child)
        return 1;
    double wall = now() - begin;
    printf("%.6f %.6f %ld %d\n", wall, seconds(used.ru_utime) + seconds(used.ru_stime),
           used.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
