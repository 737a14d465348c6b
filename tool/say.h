/*
 * say.h - how the tool talks when it has bad news.
 *
 * Everything goes to stderr and begins with "ashlar: ".  A failure says what, why, and the next
 * command; that command is quoted so that it can be pasted into a shell.
 */
#ifndef TOOL_SAY_H
#define TOOL_SAY_H

/* Exit statuses of our own; env(1) and timeout(1) use the same three. */
enum exit_status {
    EXIT_OURS = 125,           /* ashlar could not do what was asked */
    EXIT_NOT_EXECUTABLE = 126, /* the command was found and cannot be run */
    EXIT_NOT_FOUND = 127,      /* the command was not found */
};

/* The verb in use, for advice that repeats it; main sets it. */
extern const char *say_verb;

/* One line: "ashlar: ", then the text. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/* One more line under the last one, indented to stand under its text. */
__attribute__((format(printf, 1, 2))) void say_more(const char *format, ...);

/* Like say, and then exit with that status. */
__attribute__((noreturn, format(printf, 2, 3))) void say_and_exit(enum exit_status status,
                                                                  const char *format, ...);

/* The words as one line of shell, quoted where the shell would read them otherwise.  The memory is
 * the caller's, who is about to exit and keeps it. */
char *say_words(char *const words[]);

/* The same for one word. */
char *say_word(const char *word);

#endif
