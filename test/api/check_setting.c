/*
 * check_setting.c - check=N, MALLOC_CHECK_ and glibc.malloc.check: the heap is verified before every
 * N-th call, and a program that has broken it ends with the law's name before that does more harm.
 */
#include "api.h"

#include <signal.h>

static char *program;

/* What a copy of this program, told to do this, said on stderr; its status. */
static int run(const char *variable, const char *value, const char *deed, char *said, size_t size)
{
    int ends[2], status = -1;
    if (pipe(ends) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        setenv(variable, value, 1);
        alarm(20);
        execl("/proc/self/exe", program, deed, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t got;
    while ((got = read(ends[0], said + length, size - 1 - length)) > 0)
        length += (size_t)got;
    said[length] = '\0';
    close(ends[0]);
    waitpid(child, &status, 0);
    return status;
}

static void live_well(void)
{
    static void *blocks[200];
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 200; i++)
            blocks[i] = malloc(opaque(i * 97));
        for (unsigned i = 0; i < 200; i += 2)
            blocks[i] = realloc(blocks[i], opaque(5000));
        for (unsigned i = 0; i < 200; i++)
            free(blocks[i]);
    }
    free(aligned_alloc(4096, opaque(100)));
}

/* The size of the chunk above is written over; nobody frees either. */
static void overflow(void)
{
    char *first = malloc(opaque(5000)), *second = malloc(opaque(5000));
    memset((char *)launder(first) + malloc_usable_size(first), 'A', 8);
    for (unsigned i = 0; i < 2000; i++)
        free(malloc(opaque(100)));
    free(second);
}

static void ends_with_a_law(const char *variable, const char *value, const char *when)
{
    char said[4096];
    int status = run(variable, value, "overflow", said, sizeof said);
    bool named = strncmp(said, "ashlar: broken law I1 ", 22) == 0 && strstr(said, when);
    ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && named,
       "%s=%s: an_overflow_is_told_and_the_process_ends", variable, value);
    if (!named)
        note("status 0x%x, said: %s", (unsigned)status, said);
}

static void lives_on(const char *variable, const char *value, const char *deed)
{
    char said[4096];
    int status = run(variable, value, deed, said, sizeof said);
    if (!ok(status == 0 && said[0] == '\0', "%s=%s: %s", variable, value, deed))
        note("status 0x%x, said: %s", (unsigned)status, said);
}

int main(int argc, char **argv)
{
    program = argv[0];
    if (argc > 1) {
        if (strcmp(argv[1], "overflow") == 0)
            overflow();
        else
            live_well();
        _exit(0);
    }
    if (!on_ashlar()) {
        skip("only ashlar has this");
        return done();
    }
    lives_on("ASHLAR_CHECK", "1", "a_whole_heap_passes_every_check");
    lives_on("ASHLAR_OPTIONS", "check=3,tcache=0", "a_whole_heap_passes_every_check");
    lives_on("MALLOC_CHECK_", "3", "a_whole_heap_passes_every_check");
    ends_with_a_law("ASHLAR_CHECK", "1", "check=1 found before call");
    ends_with_a_law("ASHLAR_OPTIONS", "check=100", "check=100 found before call");
    ends_with_a_law("MALLOC_CHECK_", "3", "check=1000 found before call 1000");
    ends_with_a_law("GLIBC_TUNABLES", "glibc.malloc.check=1", "check=1000 found before call");
    return done();
}
