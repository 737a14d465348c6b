/*
 * A value over time against a model that keeps every value.
 */
#include "unit.h"

#include "timeline.h"

enum { VALUES = 3000 };

static struct {
    uint64_t at;
    size_t value;
} noted[VALUES];

/* The highest value noted in a piece; of a piece nobody saw, what the one before ended up with. */
static bool pieces_are_right(const struct timeline *t, unsigned count)
{
    for (unsigned i = 0; i < t->used; i++) {
        size_t highest = 0;
        bool seen = false;
        for (unsigned k = 0; k < count; k++)
            if (noted[k].at / t->piece == i) {
                highest = max_size(highest, noted[k].value);
                seen = true;
            }
        if (seen && t->highest[i] < highest)
            return false;
    }
    return t->used <= SAMPLES && t->used == noted[count - 1].at / t->piece + 1;
}

static void the_highest_is_never_lost(struct dice *d)
{
    static struct timeline t;
    bool right = true, due = timeline_is_due(&t, 0);
    uint64_t at = 0;
    size_t highest = 0, shown = 0;
    for (unsigned i = 0; i < VALUES && right; i++) {
        at += dice_below(d, 10) == 0 ? dice_below(d, 3000) : dice_below(d, 3);
        noted[i].at = at;
        noted[i].value = dice_doubling(d, 0, 40);
        timeline_add(&t, at, noted[i].value);
        highest = max_size(highest, noted[i].value);
        right = pieces_are_right(&t, i + 1);
        due = due && !timeline_is_due(&t, at) && timeline_is_due(&t, (at / t.piece + 1) * t.piece);
    }
    for (unsigned i = 0; i < t.used; i++)
        shown = max_size(shown, t.highest[i]);
    ok(right && is_power_of_two(t.piece), "every_piece_has_its_highest_value");
    ok(shown == highest, "the_peak_stays_the_peak");
    ok(due, "a_piece_is_due_until_it_has_a_value");
}

static bool picture_is(const struct timeline *t, bool utf8, const char *expected)
{
    static struct line l;
    l.length = 0;
    timeline_print(t, &l, utf8);
    bool same = l.length == strlen(expected) && memcmp(l.text, expected, l.length) == 0;
    if (!same)
        note("found \"%.*s\", expected \"%s\"", (int)l.length, l.text, expected);
    return same;
}

static void pictures_are_drawn(void)
{
    static struct timeline none, rising, flat, wide;
    ok(picture_is(&none, true, ""), "no_values_no_picture");
    for (unsigned i = 0; i < 8; i++) {
        timeline_add(&rising, i, i * 1000);
        timeline_add(&flat, i, 0);
    }
    ok(picture_is(&rising, true, "▁▂▃▄▅▆▇█"), "rising_values_rise");
    ok(picture_is(&rising, false, "12345678"), "in_digits_too");
    ok(picture_is(&flat, true, "▁▁▁▁▁▁▁▁"), "nothing_is_flat");
    for (unsigned i = 0; i < 60; i++)
        timeline_add(&wide, i, i == 30 ? 800 : 1);
    ok(picture_is(&wide, false, "111111811111"), "at_most_twelve_columns_and_the_peak_in_one");
}

static void gaps_go_on_as_before(void)
{
    static struct timeline t;
    timeline_add(&t, 0, 500);
    timeline_add(&t, 5, 100);
    ok(t.used == 6 && t.highest[1] == 500 && t.highest[4] == 500 && t.highest[5] == 100,
       "pieces_nobody_saw_go_on_as_the_last_one");
}

int main(int argc, char **argv)
{
    struct dice d = dice_of(seed_of(argc, argv));
    the_highest_is_never_lost(&d);
    pictures_are_drawn();
    gaps_go_on_as_before();
    return done();
}
