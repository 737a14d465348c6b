/*
 * timeline.c - pieces of time that grow, and their picture.
 */
#include "timeline.h"

static void halve(struct timeline *t)
{
    static_assert(SAMPLES % 2 == 0, "every piece has another to be joined with");
    assert(t->piece > 0 && t->piece <= UINT64_MAX / 2);
    for (unsigned i = 0; i < SAMPLES / 2; i++)
        t->highest[i] = max_size(t->highest[2 * i], t->highest[2 * i + 1]);
    for (unsigned i = SAMPLES / 2; i < SAMPLES; i++)
        t->highest[i] = 0;
    t->used = (t->used + 1) / 2;
    t->piece *= 2;
}

void timeline_add(struct timeline *t, uint64_t at, size_t value)
{
    if (t->piece == 0)
        t->piece = 1;
    while (at / t->piece >= SAMPLES)
        halve(t);
    unsigned i = (unsigned)(at / t->piece);
    /* Pieces that nobody saw go on as the last one was. */
    for (; t->used > 0 && t->used < i; t->used++)
        t->highest[t->used] = t->highest[t->used - 1];
    t->highest[i] = max_size(t->highest[i], value);
    t->used = i + 1 > t->used ? i + 1 : t->used;
    assert(i < SAMPLES && t->used <= SAMPLES);
}

bool timeline_is_due(const struct timeline *t, uint64_t at)
{
    return t->piece == 0 || at / t->piece >= t->used;
}

/* The highest value among the pieces that share one column. */
static size_t column_value(const struct timeline *t, unsigned column, unsigned columns)
{
    assert(column < columns);
    size_t highest = 0;
    for (unsigned i = column * t->used / columns; i < (column + 1) * t->used / columns; i++)
        highest = max_size(highest, t->highest[i]);
    return highest;
}

void timeline_print(const struct timeline *t, struct line *l, bool utf8)
{
    static const char blocks[][4] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char digits[][4] = {"1", "2", "3", "4", "5", "6", "7", "8"};
    unsigned columns = t->used < PICTURE_COLUMNS ? t->used : PICTURE_COLUMNS;
    size_t highest = column_value(t, 0, 1);
    for (unsigned column = 0; column < columns; column++) {
        size_t eighth = highest ? column_value(t, column, columns) / (highest / 8 + 1) : 0;
        print_text(l, (utf8 ? blocks : digits)[min_size(eighth, 7)]);
    }
}
