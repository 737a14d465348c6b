/*
 * base.c - what a failed assert does.  It must not allocate: the heap is what failed.
 */
#include "base.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
}

/* Print "ashlar: FILE:LINE: assertion failed: LAW" and abort. */
_Noreturn void assert_failed(const char *law, const char *file, int line)
{
    char digits[12];
    char *first = digits + sizeof digits - 1;
    *first = '\0';
    do
        *--first = (char)('0' + line % 10);
    while ((line /= 10) > 0);

    say("ashlar: ");
    say(file);
    say(":");
    say(first);
    say(": assertion failed: ");
    say(law);
    say("\n");
    abort();
}
