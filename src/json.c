/*
 * json.c - commas, quotes and digits.
 */
#include "json.h"

#include "print.h"

#include <string.h>

static void put(struct json *j, const char *text, size_t length)
{
    size_t room = minus_or_zero(j->size, j->length + 1);
    if (room > 0)
        memcpy(j->text + j->length, text, min_size(room, length));
    j->length += length;
}

static void put_text(struct json *j, const char *text)
{
    put(j, text, strlen(text));
}

/* What stands before every value. */
static void put_name(struct json *j, const char *name)
{
    if (!j->first)
        put_text(j, ",");
    j->first = false;
    if (!name)
        return;
    put_text(j, "\"");
    put_text(j, name);
    put_text(j, "\":");
}

void json_open(struct json *j, const char *name, char bracket)
{
    assert(bracket == '{' || bracket == '[');
    /* The outermost one follows nothing. */
    if (j->length > 0)
        put_name(j, name);
    put(j, &bracket, 1);
    j->first = true;
}

void json_close(struct json *j, char bracket)
{
    assert(bracket == '}' || bracket == ']');
    put(j, &bracket, 1);
    j->first = false;
}

void json_number(struct json *j, const char *name, size_t n)
{
    struct line digits = {.length = 0};
    print_number(&digits, n);
    put_name(j, name);
    put(j, digits.text, digits.length);
}

void json_text(struct json *j, const char *name, const char *text)
{
    put_name(j, name);
    put_text(j, "\"");
    put_text(j, text);
    put_text(j, "\"");
}

void json_word(struct json *j, const char *name, const char *word)
{
    put_name(j, name);
    put_text(j, word);
}

size_t json_end(struct json *j)
{
    if (j->size > 0)
        j->text[min_size(j->length, j->size - 1)] = '\0';
    return j->length;
}
