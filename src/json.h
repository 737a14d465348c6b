/*
 * json.h - one JSON object into the caller's buffer, as far as it fits, without allocating.
 *
 * As with snprintf(3) the length counts all that was written, also what did not fit.  Names and
 * words are ours: none needs an escape.
 */
#ifndef ASHLAR_JSON_H
#define ASHLAR_JSON_H

#include "base.h"

struct json {
    char *text;
    size_t size;   /* of the buffer, its NUL included; 0: there is none */
    size_t length; /* of all text so far */
    bool first;    /* nothing stands in the innermost bracket yet */
};

/* Open an object or an array, '{' or '[', and close it; an element of an array has no name. */
void json_open(struct json *j, const char *name, char bracket);
void json_close(struct json *j, char bracket);

void json_number(struct json *j, const char *name, size_t n);
void json_text(struct json *j, const char *name, const char *text);

/* What stands for itself: true, false, -1. */
void json_word(struct json *j, const char *name, const char *word);

/* End the text with a NUL, if there is room for one; returns its whole length. */
size_t json_end(struct json *j);

#endif
