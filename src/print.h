/*
 * print.h - text without allocating: a line is put together in a small buffer and goes out by
 * write(2).  What does not fit is cut; what cannot be written is dropped, never waited for twice.
 */
#ifndef ASHLAR_PRINT_H
#define ASHLAR_PRINT_H

#include "base.h"

struct line {
    size_t length;
    char text[1024];
};

void print_text(struct line *l, const char *text);
void print_bytes(struct line *l, const char *text, size_t length);

/* Text that came from outside, at most `limit` bytes of it, its control characters as "?". */
void print_foreign(struct line *l, const char *text, size_t length, size_t limit);

void print_number(struct line *l, size_t n);
void print_hex(struct line *l, size_t n);

/* n right-aligned in a field of `width`, blanks before it. */
void print_padded(struct line *l, size_t n, size_t width);

/* n / 10^decimals with that many decimals: print_decimal(l, 312, 1) prints 31.2. */
void print_decimal(struct line *l, size_t n, unsigned decimals);

/* n with its thousands parted by commas. */
void print_grouped(struct line *l, size_t n);

/* Write the line to the descriptor and begin a new one.  errno is left as it was. */
void print_out(struct line *l, int descriptor);

#endif
