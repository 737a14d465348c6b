/* say.c - one line at a time to stderr, and words quoted for a shell. */
#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a shell takes as it stands, in any position of a word. */
static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                            "0123456789%+,-./:=@_";

const char *say_verb = "help";

/* The line is composed first: stderr is unbuffered, and pieces of it could mix with the lines of
 * other processes on the same terminal. */
static void print_line(const char *before, const char *format, va_list args)
{
    char *text;
    if (vasprintf(&text, format, args) < 0)
        return;
    fprintf(stderr, "%s%s\n", before, text);
    free(text);
}

void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_line("ashlar: ", format, args);
    va_end(args);
}

void say_more(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_line("        ", format, args);
    va_end(args);
}

/* exit, not _Exit: what was printed before on stdout is still to be flushed and looked after. */
void say_and_exit(enum exit_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_line("ashlar: ", format, args);
    va_end(args);
    exit((int)status);
}

/* Single quotes hold everything but a single quote, which is written '\'' between two of them. */
static void print_quoted(FILE *out, const char *word)
{
    fputc('\'', out);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    }
    fputc('\'', out);
}

char *say_words(char *const words[])
{
    char *line = NULL;
    size_t length;
    FILE *out = open_memstream(&line, &length);
    if (!out)
        say_and_exit(EXIT_OURS, "out of memory");
    /* An empty word needs its quotes most of all. */
    for (size_t i = 0; words[i]; i++) {
        if (i > 0)
            fputc(' ', out);
        if (words[i][0] && words[i][strspn(words[i], plain)] == '\0')
            fputs(words[i], out);
        else
            print_quoted(out, words[i]);
    }
    if (fclose(out) != 0)
        say_and_exit(EXIT_OURS, "out of memory");
    return line;
}

char *say_word(const char *word)
{
    /* say_words changes no word; execv's type, which it shares, cannot say so. */
    char *const words[] = {(char *)word, NULL};
    return say_words(words);
}
