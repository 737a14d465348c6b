/*
 * die.c - one line, then SIGABRT.
 */
#include "die.h"

#include "print.h"

#include <stdlib.h>
#include <unistd.h>

static void name_crime(struct line *l, const char *phrase, const void *address)
{
    print_text(l, phrase);
    print_text(l, ": ");
    print_hex(l, (uintptr_t)address);
}

_Noreturn void die(const char *phrase, const void *address, size_t found, size_t expected)
{
    struct line l = {.length = 0};
    name_crime(&l, phrase, address);
    print_text(&l, ", found ");
    print_hex(&l, found);
    print_text(&l, ", expected ");
    print_hex(&l, expected);
    print_text(&l, "\n");
    print_out(&l, STDERR_FILENO);
    abort();
}

_Noreturn void die_at(const char *phrase, const void *address)
{
    struct line l = {.length = 0};
    name_crime(&l, phrase, address);
    print_text(&l, "\n");
    print_out(&l, STDERR_FILENO);
    abort();
}
