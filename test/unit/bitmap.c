/*
 * Rows of set bits against a walk bit by bit, while bits are set and cleared at random.
 */
#include "unit.h"

#include "bitmap.h"

#include <string.h>

enum { WORDS = 24, BITS = WORDS * 64, STEPS = 20000 };

struct model {
    uint64_t words[WORDS];
    uint8_t longest[WORDS];
    bool set[BITS];
};

static struct bitmap bitmap_of(struct model *m)
{
    return (struct bitmap){m->words, m->longest, WORDS};
}

static size_t lowest(const struct model *m, unsigned length)
{
    size_t row = 0;
    for (size_t bit = 0; bit < BITS; bit++) {
        row = m->set[bit] ? row + 1 : 0;
        if (row == length)
            return bit + 1 - length;
    }
    return BITS;
}

/* Bits [first, end) change, as places.c changes them. */
static void change(struct model *m, size_t first, size_t end, bool set)
{
    for (size_t word = first / 64; word * 64 < end; word++) {
        uint64_t bits = bitmap_within(word, first, end);
        m->words[word] = set ? m->words[word] | bits : m->words[word] & ~bits;
    }
    memset(m->set + first, set, end - first);
    if (set)
        bitmap_note_row(bitmap_of(m), first, end);
}

static bool agrees(struct model *m, unsigned length)
{
    size_t found = bitmap_lowest_row(bitmap_of(m), length);
    if (found == lowest(m, length))
        return true;
    note("a row of %u: %zu, not %zu", length, found, lowest(m, length));
    return false;
}

/* `fill` in 16 steps: how much of the bitmap is set about. */
static bool storm(uint64_t seed, unsigned fill)
{
    struct model m = {.set = {false}};
    struct dice dice = dice_of(seed);
    bool right = agrees(&m, 1);
    for (unsigned i = 0; i < STEPS && right; i++) {
        size_t first = dice_below(&dice, BITS), most = BITS - first;
        size_t length = 1 + dice_below(&dice, BITMAP_ROW_MAX);
        change(&m, first, first + (length < most ? length : most), dice_below(&dice, 16) < fill);
        right = agrees(&m, 1 + (unsigned)dice_below(&dice, BITMAP_ROW_MAX));
    }
    return right;
}

static void words_are_exact(void)
{
    ok(bitmap_within(0, 0, 64) == UINT64_MAX && bitmap_within(1, 3, 66) == 3 &&
           bitmap_within(0, 3, 66) == UINT64_MAX << 3 && bitmap_within(2, 130, 131) == 4,
       "the_bits_of_a_word_that_are_meant");
    ok(bitmap_rows(0xf0, 3) == 0x30 && bitmap_rows(0xf0, 5) == 0 && bitmap_rows(5, 1) == 5 &&
           bitmap_rows(UINT64_MAX, 64) == 1,
       "where_rows_of_a_word_begin");
}

int main(int argc, char **argv)
{
    alarm(50);
    uint64_t seed = seed_of(argc, argv);
    words_are_exact();
    for (unsigned fill = 4; fill <= 12; fill += 4)
        ok(storm(seed + fill, fill), "the_lowest_row_is_found_with_%u_of_16_set", fill);
    return done();
}
