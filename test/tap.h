/*
 * tap.h - the few lines every C test of the allocator needs: TAP on stdout.
 *
 * A test is a main() that calls ok() for each thing that holds and returns done().  The text goes
 * through write(2), because stdio allocates and the heap is what is being watched.
 */
#ifndef TEST_TAP_H
#define TEST_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 1, 2))) static inline void tap_print(const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (length > (int)sizeof line - 1)
        length = (int)sizeof line - 1;
    ssize_t written = write(STDOUT_FILENO, line, (size_t)length);
    (void)written;
}

/* One TAP line: what holds, named as a sentence ("a_free_chunk_joins_its_neighbours (C9)"). */
#define ok(condition, ...) tap_ok((condition), #condition, __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 5, 6))) static inline bool
tap_ok(bool holds, const char *text, const char *file, int line, const char *format, ...)
{
    char name[256];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    tap_count++;
    if (!holds)
        tap_failed++;
    tap_print("%s %d - %s\n", holds ? "ok" : "not ok", tap_count, name);
    if (!holds)
        tap_print("# %s:%d: (%s) does not hold\n", file, line, text);
    return holds;
}

#define skip(...)                                                                                  \
    (tap_count++, tap_print("ok %d - # SKIP ", tap_count), tap_print(__VA_ARGS__), tap_print("\n"))
#define note(...) (tap_print("# "), tap_print(__VA_ARGS__), tap_print("\n"))

/* Call as the last thing in main: prints the plan, returns the exit status. */
static inline int done(void)
{
    tap_print("1..%d\n", tap_count);
    return tap_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
