/*
 * print.c - numbers and text into one line.
 */
#include "print.h"

#include "file.h"

#include <errno.h>
#include <string.h>

enum { DIGITS = 32 };

static_assert(DIGITS >= 5 * WORD / 2, "twenty decimal digits for 64 bits, ten for 32");

void print_bytes(struct line *l, const char *text, size_t length)
{
    assert(l->length <= sizeof l->text);
    size_t fits = min_size(length, sizeof l->text - l->length);
    memcpy(l->text + l->length, text, fits);
    l->length += fits;
}

void print_text(struct line *l, const char *text)
{
    print_bytes(l, text, strlen(text));
}

void print_foreign(struct line *l, const char *text, size_t length, size_t limit)
{
    for (size_t i = 0; i < min_size(length, limit); i++) {
        bool control = (unsigned char)text[i] < ' ' || text[i] == 0x7f;
        print_bytes(l, control ? "?" : text + i, 1);
    }
}

/* The digits of n in a base, from the end of a field of DIGITS; returns how many there are. */
static size_t digits_of(size_t n, unsigned base, char field[DIGITS])
{
    assert(base >= 10 && base <= 16);
    size_t count = 0;
    do
        field[DIGITS - ++count] = "0123456789abcdef"[n % base];
    while ((n /= base) > 0);
    return count;
}

void print_number(struct line *l, size_t n)
{
    print_padded(l, n, 0);
}

void print_padded(struct line *l, size_t n, size_t width)
{
    char field[DIGITS];
    size_t count = digits_of(n, 10, field);
    for (size_t blank = count; blank < width; blank++)
        print_text(l, " ");
    print_bytes(l, field + DIGITS - count, count);
}

void print_hex(struct line *l, size_t n)
{
    char field[DIGITS];
    size_t count = digits_of(n, 16, field);
    print_text(l, "0x");
    print_bytes(l, field + DIGITS - count, count);
}

void print_decimal(struct line *l, size_t n, unsigned decimals)
{
    assert(decimals < 10); /* 10^9 fits into 32 bits */
    size_t unit = 1;
    for (unsigned i = 0; i < decimals; i++)
        unit *= 10;
    print_number(l, n / unit);
    if (decimals == 0)
        return;
    print_text(l, ".");
    for (unit /= 10; unit > 0; unit /= 10)
        print_number(l, n / unit % 10);
}

void print_grouped(struct line *l, size_t n)
{
    char field[DIGITS];
    size_t count = digits_of(n, 10, field);
    for (; count > 0; count--) {
        print_bytes(l, field + DIGITS - count, 1);
        if (count % 3 == 1 && count > 1)
            print_text(l, ",");
    }
}

void print_out(struct line *l, int descriptor)
{
    int saved = errno;
    size_t done = 0;
    while (done < l->length) {
        ssize_t wrote = file_write(descriptor, l->text + done, l->length - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            break;
        done += (size_t)wrote;
    }
    l->length = 0;
    errno = saved;
}
