/*
 * words.c - cutting and comparing text.
 */
#include "words.h"

#include <string.h>

struct word word_of(const char *text)
{
    return (struct word){text, strlen(text)};
}

bool word_is(struct word w, const char *text)
{
    return w.length == strlen(text) && memcmp(w.text, text, w.length) == 0;
}

bool word_skip(struct word *w, const char *prefix)
{
    size_t length = strlen(prefix);
    if (w->length < length || memcmp(w->text, prefix, length) != 0)
        return false;
    w->text += length;
    w->length -= length;
    return true;
}

struct word word_cut(struct word *rest, const char *separators)
{
    struct word cut = {rest->text, 0};
    while (cut.length < rest->length && !strchr(separators, rest->text[cut.length]))
        cut.length++;
    size_t used = min_size(cut.length + 1, rest->length);
    rest->text += used;
    rest->length -= used;
    return cut;
}

struct word word_lower(struct word w, char *buffer, size_t size)
{
    assert(size > 0);
    struct word lower = {buffer, min_size(w.length, size)};
    for (size_t i = 0; i < lower.length; i++)
        buffer[i] = (char)(w.text[i] >= 'A' && w.text[i] <= 'Z' ? w.text[i] | 0x20 : w.text[i]);
    return lower;
}

/* The value of one digit, or a number no base reaches. */
static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 99;
}

/* Take the digits off w; false if there is none or the number does not fit. */
static bool cut_digits(struct word *w, unsigned base, size_t *number)
{
    assert(base == 8 || base == 10 || base == 16);
    size_t before = w->length;
    *number = 0;
    while (w->length > 0 && digit_value(*w->text) < base) {
        if (__builtin_mul_overflow(*number, base, number) ||
            __builtin_add_overflow(*number, digit_value(*w->text), number))
            return false;
        w->text++;
        w->length--;
    }
    return w->length < before;
}

/* What K, M and G multiply by, as a shift; 0 for nothing, 99 for anything else. */
static unsigned unit_shift(struct word unit)
{
    if (unit.length == 0)
        return 0;
    char letter = (char)(*unit.text & ~0x20);
    if (unit.length > 1)
        return 99;
    return letter == 'K' ? 10 : letter == 'M' ? 20 : letter == 'G' ? 30 : 99;
}

bool word_number(struct word w, size_t *number)
{
    if (word_is(w, "-1")) {
        *number = SIZE_MAX;
        return true;
    }
    unsigned base = 10;
    if (word_skip(&w, "0x") || word_skip(&w, "0X"))
        base = 16;
    else if (w.length > 1 && *w.text == '0')
        base = 8;
    if (!cut_digits(&w, base, number))
        return false;
    unsigned shift = unit_shift(w);
    if (shift > 30 || *number > SIZE_MAX >> shift)
        return false;
    *number <<= shift;
    return true;
}

/* Levenshtein's distance, one row at a time; long words count as far. */
size_t word_distance(struct word w, const char *text)
{
    enum { LONGEST = 32 };
    size_t row[LONGEST + 1], length = strlen(text);
    if (w.length > LONGEST || length > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; i <= w.length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t change = diagonal + (w.text[i - 1] != text[j - 1]);
            diagonal = row[j];
            row[j] = min_size(change, 1 + min_size(row[j], row[j - 1]));
        }
    }
    return row[length];
}
