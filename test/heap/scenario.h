/*
 * scenario.h - a program that knows the truth about its heap and tells it, without using the heap
 * for telling.
 *
 * A line for each block: "block ADDRESS USABLE STATE", STATE one of live, cached, fast, unsorted,
 * small, large, mapped, or freed where the program cannot know the place.  Then the sums that glibc
 * itself counts, "sum NAME NUMBER", and "ready".  On SIGUSR1: malloc_trim(0), and "trimmed".
 */
#ifndef TEST_HEAP_SCENARIO_H
#define TEST_HEAP_SCENARIO_H

#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* stdio allocates a buffer at the first printf; this does not. */
__attribute__((format(printf, 1, 2))) static inline void tell(const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (write(STDOUT_FILENO, line, (size_t)n) != n)
        _exit(1);
}

static inline void tell_block(const void *block, size_t usable, const char *state)
{
    tell("block %" PRIxPTR " %zu %s\n", (uintptr_t)block, usable, state);
}

/* The word before a block tells whether it has a mapping of its own. */
static inline const char *live_state(const void *block)
{
    return ((const size_t *)block)[-1] & 2 ? "mapped" : "live";
}

/* A block that was written to, as a program's blocks are. */
static inline void *filled(size_t n)
{
    void *block = malloc(n);
    if (!block)
        _exit(1);
    memset(block, 0x5a, n);
    return block;
}

static inline unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 8;
}

static inline void tell_sums(void)
{
    struct mallinfo2 info = mallinfo2();
    tell("sum arena %zu\nsum ordblks %zu\nsum smblks %zu\nsum fsmblks %zu\n", info.arena,
         info.ordblks, info.smblks, info.fsmblks);
    tell("sum fordblks %zu\nsum uordblks %zu\nsum hblks %zu\nsum hblkhd %zu\nsum keepcost %zu\n",
         info.fordblks, info.uordblks, info.hblks, info.hblkhd, info.keepcost);
}

/* Call it before threads are made, so that none of them takes the signal. */
static inline void block_trim_signal(void)
{
    sigset_t trim;
    sigemptyset(&trim);
    sigaddset(&trim, SIGUSR1);
    sigprocmask(SIG_BLOCK, &trim, NULL);
}

static inline void tell_ready_and_wait(void)
{
    sigset_t trim;
    int number;
    sigemptyset(&trim);
    sigaddset(&trim, SIGUSR1);
    tell("ready\n");
    while (sigwait(&trim, &number) == 0) {
        malloc_trim(0);
        tell("trimmed\n");
    }
}

#endif
