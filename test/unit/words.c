/*
 * Cutting and comparing text without copying it; numbers as settings write them.
 */
#include "unit.h"

#include "words.h"

static bool number_is(const char *text, size_t expected)
{
    size_t number = 4711;
    return word_number(word_of(text), &number) && number == expected;
}

static bool is_no_number(const char *text)
{
    size_t number;
    return !word_number(word_of(text), &number);
}

static void words_are_compared(void)
{
    ok(word_is(word_of("tcache"), "tcache") && word_is(word_of(""), ""), "equal_words_are_equal");
    ok(!word_is(word_of("tcache"), "tcach") && !word_is(word_of("tcach"), "tcache") &&
           !word_is(word_of("tcache"), "Tcache"),
       "prefixes_and_other_letters_are_not");
    ok(word_is((struct word){"abcdef", 3}, "abc"), "a_word_ends_where_its_length_says");
}

static void prefixes_are_skipped(void)
{
    struct word w = word_of("glibc.malloc.x");
    ok(word_skip(&w, "glibc.") && word_is(w, "malloc.x"), "a_prefix_is_dropped");
    ok(!word_skip(&w, "malloc.xy") && !word_skip(&w, "x") && word_is(w, "malloc.x"),
       "what_is_none_is_not");
    ok(word_skip(&w, "malloc.x") && w.length == 0 && word_skip(&w, ""), "a_whole_word_may_be");
}

static void words_are_cut(void)
{
    struct word rest = word_of("a=1,bb=22:c,,d"), w;
    w = word_cut(&rest, ",:");
    struct word key = word_cut(&w, "=");
    ok(word_is(key, "a") && word_is(w, "1") && word_is(rest, "bb=22:c,,d"), "at_the_separator");
    ok(word_is(word_cut(&rest, ",:"), "bb=22") && word_is(word_cut(&rest, ",:"), "c"),
       "at_any_of_them");
    ok(word_is(word_cut(&rest, ",:"), "") && word_is(word_cut(&rest, ",:"), "d") &&
           rest.length == 0,
       "between_two_lies_an_empty_word");
    ok(word_is(word_cut(&rest, ",:"), "") && rest.length == 0, "nothing_is_cut_from_nothing");
}

static void words_are_lowered(void)
{
    char buffer[4];
    ok(word_is(word_lower(word_of("Ar_M"), buffer, 4), "ar_m"), "capitals_become_small");
    ok(word_is(word_lower(word_of("ARENA"), buffer, 4), "aren"), "a_small_buffer_cuts");
    ok(word_is(word_lower(word_of("@[Z"), buffer, 4), "@[z"), "what_is_no_letter_stays");
}

static void numbers_are_read(void)
{
    ok(number_is("0", 0) && number_is("1", 1) && number_is("131072", 131072), "decimal");
    ok(number_is("0x20", 32) && number_is("0XfF", 255), "hexadecimal");
    ok(number_is("010", 8) && number_is("0777", 511), "octal");
    ok(number_is("4K", 4096) && number_is("4k", 4096) && number_is("2M", 2 * MIB) &&
           number_is("3g", (size_t)3 << 30) && number_is("0x10K", 16384) && number_is("0K", 0),
       "K_M_and_G_multiply");
    ok(number_is("-1", SIZE_MAX) &&
           number_is(WORD == 8 ? "18446744073709551615" : "4294967295", SIZE_MAX),
       "minus_one_is_the_largest");
    ok(is_no_number("") && is_no_number("K") && is_no_number("x") && is_no_number("-2") &&
           is_no_number("1x") && is_no_number("1KK") && is_no_number("08") && is_no_number("0x") &&
           is_no_number(" 1") && is_no_number("1 ") && is_no_number("+1") && is_no_number("1T") &&
           is_no_number("1.5"),
       "anything_else_is_no_number");
    size_t most = SIZE_MAX >> 30 << 30; /* gigabytes that fit */
    ok(is_no_number("18446744073709551616") && is_no_number("17179869184G") &&
           number_is(WORD == 8 ? "17179869183G" : "3G", most) &&
           is_no_number(WORD == 8 ? "99999999999999999999999" : "4G"),
       "what_does_not_fit_is_none");
}

static void distances_are_counted(void)
{
    ok(word_distance(word_of("arena_max"), "arena_max") == 0, "the_same_is_0_away");
    ok(word_distance(word_of("areana_max"), "arena_max") == 1 &&
           word_distance(word_of("arna_max"), "arena_max") == 1 &&
           word_distance(word_of("arenq_max"), "arena_max") == 1,
       "one_more_one_less_one_changed_is_1");
    ok(word_distance(word_of("kitten"), "sitting") == 3 && word_distance(word_of(""), "abc") == 3 &&
           word_distance(word_of("abc"), "") == 3 && word_distance(word_of("ab"), "ba") == 2,
       "distances_add_up");
    ok(word_distance(word_of("0123456789012345678901234567890123"), "x") == SIZE_MAX,
       "long_words_are_far");
}

int main(void)
{
    words_are_compared();
    prefixes_are_skipped();
    words_are_cut();
    words_are_lowered();
    numbers_are_read();
    distances_are_counted();
    return done();
}
