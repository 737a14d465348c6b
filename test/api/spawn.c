/*
 * spawn.c - vfork, posix_spawn, system and popen from a process whose threads allocate: the
 * child borrows the parent's memory for a moment and must leave it whole.
 *
 * @test timeout=120
 */
#include "api.h"
#include "threads.h"

#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>

enum { CHILDREN = 25 };

extern char **environ;

static atomic_bool stop;

static void *keep_allocating(void *argument)
{
    uint64_t state = (uint64_t)(uintptr_t)argument;
    while (!stop)
        free(malloc(random_next(&state) % 3000));
    return NULL;
}

static bool succeeds(pid_t child)
{
    int status = -1;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool vfork_execs(void)
{
    void *block = malloc(100);
    pid_t child = vfork();
    if (child == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    free(block);
    return child > 0 && succeeds(child);
}

static bool posix_spawn_runs(void)
{
    char *const arguments[] = {(char[]){"true"}, NULL};
    posix_spawn_file_actions_t actions;
    pid_t child = -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addclose(&actions, 9);
    int failed = posix_spawn(&child, "/bin/true", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed == 0 && succeeds(child);
}

static bool popen_reads(void)
{
    char line[16] = "";
    FILE *stream = popen("echo whole", "r");
    bool holds = stream != NULL && fgets(line, sizeof line, stream) != NULL;
    return holds && strcmp(line, "whole\n") == 0 && pclose(stream) == 0;
}

static bool system_runs(void)
{
    return system("exit 0") == 0;
}

static bool always(bool (*work)(void))
{
    for (int i = 0; i < CHILDREN; i++)
        if (!work())
            return false;
    return true;
}

int main(void)
{
    pthread_t threads[2];
    alarm(120);
    for (size_t i = 0; i < 2; i++)
        if (begin_thread(&threads[i], keep_allocating, (void *)(i + 1)) != 0)
            return EXIT_FAILURE;
    ok(always(vfork_execs), "vfork_and_exec_leave_the_heap_whole");
    ok(always(posix_spawn_runs), "posix_spawn_leaves_the_heap_whole");
    ok(always(popen_reads), "popen_reads_its_child");
    ok(always(system_runs), "system_runs_its_child");
    stop = true;
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
