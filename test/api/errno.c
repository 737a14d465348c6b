/*
 * errno.c - free leaves errno alone (POSIX.1-2024, glibc 2.33, spec A), and success does
 * not need it; failure is ENOMEM.
 */
#include "api.h"
#include "threads.h"

#include <pthread.h>

static const size_t sizes[] = {0, 1, 24, 100, 1000, 5000, 100000, 200000, 1 << 20, 64 << 20};

enum { SIZES = sizeof sizes / sizeof *sizes };

static bool free_keeps_errno(void *user, int value)
{
    errno = value;
    free(user);
    return errno == value;
}

static bool free_keeps_errno_at_all_sizes(void)
{
    for (size_t i = 0; i < SIZES; i++)
        for (int value = 0; value < 3; value++)
            if (!free_keeps_errno(malloc(sizes[i]), value * EINVAL))
                return false;
    return true;
}

/* The break falls inside the last free: system calls happen and still nothing shows. */
static bool free_keeps_errno_while_trimming(void)
{
    void *blocks[300];
    for (size_t i = 0; i < 300; i++)
        blocks[i] = malloc(100000);
    for (size_t i = 300; i-- > 0;)
        if (!free_keeps_errno(blocks[i], ERANGE))
            return false;
    return true;
}

static void *free_all_in_thread(void *held)
{
    void *volatile *blocks = held;
    bool holds = true;
    for (size_t i = 0; i < SIZES; i++)
        holds &= free_keeps_errno(blocks[i], EDOM);
    return holds ? held : NULL;
}

static bool free_keeps_errno_in_another_thread(void)
{
    static void *blocks[SIZES];
    for (size_t i = 0; i < SIZES; i++)
        blocks[i] = malloc(sizes[i]);
    pthread_t thread;
    void *result = NULL;
    if (begin_thread(&thread, free_all_in_thread, blocks) != 0)
        return false;
    pthread_join(thread, &result);
    return result != NULL;
}

static bool realloc_that_succeeds_returns_content_and_pointer(void)
{
    errno = 0;
    char *block = malloc(100);
    if (block == NULL)
        return false;
    memcpy(block, "kept", 5);
    char *larger = realloc(block, opaque(300000));
    bool holds = larger != NULL && strcmp(larger, "kept") == 0;
    free(larger);
    return holds;
}

static bool failure_sets_enomem(void)
{
    errno = 0;
    void *block = malloc(opaque(SIZE_MAX));
    return block == NULL && errno == ENOMEM;
}

int main(void)
{
    ok(free_keeps_errno(NULL, EINVAL), "free_of_null_keeps_errno");
    ok(free_keeps_errno_at_all_sizes(), "free_keeps_errno_at_all_sizes (A)");
    ok(free_keeps_errno_while_trimming(), "free_keeps_errno_while_the_break_falls (A M6)");
    ok(free_keeps_errno_in_another_thread(), "free_keeps_errno_in_another_thread (A R8)");
    ok(realloc_that_succeeds_returns_content_and_pointer(), "realloc_moves_content");
    ok(failure_sets_enomem(), "failure_sets_enomem (A)");
    return done();
}
