/*
 * Text into a line, as printf would write it, without printf.
 */
#include "unit.h"

#include "print.h"

#include <errno.h>
#include <fcntl.h>

static bool line_is(struct line *l, const char *expected)
{
    bool same = l->length == strlen(expected) && memcmp(l->text, expected, l->length) == 0;
    if (!same)
        note("found \"%.*s\", expected \"%s\"", (int)l->length, l->text, expected);
    l->length = 0;
    return same;
}

/* With a comma between every three digits, from the right. */
static void group(char *grouped, size_t n)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%zu", n);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *grouped++ = ',';
        *grouped++ = digits[i];
    }
    *grouped = '\0';
}

static void numbers_are_as_printf_has_them(struct dice *d)
{
    static struct line l;
    bool plain = true, hex = true, padded = true, grouped = true, decimal = true;
    char expected[64];
    for (unsigned i = 0; i < 2000; i++) {
        size_t n = i < 70 ? i < 64 ? (size_t)1 << i : SIZE_MAX - (i - 64) : dice_doubling(d, 0, 63);
        n = i == 69 ? 0 : n;
        print_number(&l, n);
        snprintf(expected, sizeof expected, "%zu", n);
        plain = plain && line_is(&l, expected);
        print_hex(&l, n);
        snprintf(expected, sizeof expected, "0x%zx", n);
        hex = hex && line_is(&l, expected);
        print_padded(&l, n, i % 24);
        snprintf(expected, sizeof expected, "%*zu", (int)(i % 24), n);
        padded = padded && line_is(&l, expected);
        print_grouped(&l, n);
        group(expected, n);
        grouped = grouped && line_is(&l, expected);
        print_decimal(&l, n, 3);
        snprintf(expected, sizeof expected, "%zu.%03zu", n / 1000, n % 1000);
        decimal = decimal && line_is(&l, expected);
    }
    ok(plain && hex && padded, "numbers_are_as_printf_has_them");
    ok(grouped, "thousands_are_parted_by_commas");
    ok(decimal, "decimals_keep_their_zeros");
    print_decimal(&l, 312, 1);
    ok(line_is(&l, "31.2"), "312_with_one_decimal_is_31.2");
    print_decimal(&l, 312, 0);
    ok(line_is(&l, "312"), "no_decimals_no_point");
}

static void a_line_is_cut_never_overrun(void)
{
    struct {
        struct line line;
        char guard[64];
    } g = {.line.length = 0};
    memset(g.guard, 0x33, sizeof g.guard);
    for (unsigned i = 0; i < 1000; i++) {
        print_text(&g.line, "abc");
        print_number(&g.line, SIZE_MAX);
    }
    ok(g.line.length == sizeof g.line.text && all_bytes_are(g.guard, sizeof g.guard, 0x33),
       "a_line_is_cut_never_overrun");
}

static void lines_go_out(void)
{
    char got[32] = "";
    int ends[2];
    struct line l = {.length = 0};
    if (!ok(pipe(ends) == 0, "a pipe"))
        return;
    print_text(&l, "one ");
    print_bytes(&l, "two three", 3);
    print_out(&l, ends[1]);
    ok(read(ends[0], got, sizeof got) == 7 && strcmp(got, "one two") == 0 && l.length == 0,
       "a_line_goes_out_and_begins_anew");
    errno = 4711;
    print_text(&l, "lost");
    print_out(&l, -1);
    ok(errno == 4711 && l.length == 0, "what_cannot_be_written_is_dropped_and_errno_kept");
}

int main(int argc, char **argv)
{
    struct dice d = dice_of(seed_of(argc, argv));
    numbers_are_as_printf_has_them(&d);
    a_line_is_cut_never_overrun();
    lines_go_out();
    return done();
}
