/*
 * common.h - what the tool's harnesses share: a file that exists only while it is read, and the
 * tool's own farewell, which here ends the reading and not the process.
 */
#ifndef TEST_FUZZ_TOOL_H
#define TEST_FUZZ_TOOL_H

#include "../fuzz.h"

#include "say.h"

#include <setjmp.h>
#include <unistd.h>

static jmp_buf farewell;

/* Linked with --wrap=say_and_exit: an input may be refused, and then nothing else happens. */
_Noreturn void __wrap_say_and_exit(enum exit_status status, const char *format, ...);
_Noreturn void __wrap_say_and_exit(enum exit_status status, const char *format, ...)
{
    (void)status;
    (void)format;
    longjmp(farewell, 1);
}

/* Lay the bytes into a file; its descriptor, and a path that leads there. */
static inline int file_of(const uint8_t *bytes, size_t size, char path[64])
{
    int file = memfd_create("input", MFD_CLOEXEC);
    if (file < 0 || write(file, bytes, size) != (ssize_t)size)
        abort();
    snprintf(path, 64, "/proc/self/fd/%d", file);
    return file;
}

#endif
