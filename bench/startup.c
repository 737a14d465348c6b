/*
 * startup.c - a small program run many times, one after another: what it costs to load the
 * allocator, to begin and to end.
 *
 * Follows the start-up test of allocator suites; stands for shell scripts and configure runs.
 * startup [times] [program]
 */
#include "bench.h"

#include <spawn.h>
#include <sys/wait.h>

extern char **environ; /* the preloaded library is named here, so each child gets it as well */

int main(int argc, char **argv)
{
    size_t times = argument(argc, argv, 1, 1000);
    char *word[] = {argc > 2 ? argv[2] : "/bin/true", NULL};
    for (size_t i = 0; i < times; i++) {
        pid_t child;
        int status;
        if (posix_spawn(&child, word[0], NULL, NULL, word, environ) != 0)
            return 1;
        if (waitpid(child, &status, 0) != child || status != 0)
            return 1;
    }
    return 0;
}
