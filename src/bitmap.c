/*
 * bitmap.c - the longest row of a word, and the lowest of all.
 */
#include "bitmap.h"

#include <string.h>

static_assert(BITMAP_ROW_MAX == 1 << 5, "longest_row() doubles five times");
static_assert(BITMAP_ROW_MAX < 64,
              "a row touches two words at most; seven bits say how long it is");

uint64_t bitmap_rows(uint64_t word, unsigned length)
{
    unsigned found = 1;
    for (; 2 * found <= length; found *= 2)
        word &= word >> found;
    return word & word >> (length - found);
}

uint64_t bitmap_within(size_t word, size_t first, size_t end)
{
    size_t low = max_size(first, word * 64), high = min_size(end, word * 64 + 64) - 1;
    assert(low <= high);
    return UINT64_MAX << low % 64 & UINT64_MAX >> (63 - high % 64);
}

/* How many bits are set from the lowest on, or from the highest down. */
static unsigned low_row(uint64_t bits)
{
    return bits == UINT64_MAX ? 64 : (unsigned)__builtin_ctzll(~bits);
}

static unsigned high_row(uint64_t bits)
{
    return bits == UINT64_MAX ? 64 : (unsigned)__builtin_clzll(~bits);
}

/* Eight bytes as one number, the first lowest. */
static uint64_t eight_bytes(const uint8_t *bytes)
{
    uint64_t all;
    memcpy(&all, bytes, sizeof all);
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? all : __builtin_bswap64(all);
}

/* The first word from this one on in which so long a row may begin; b.count if none. */
static size_t word_for_row(struct bitmap b, size_t word, unsigned length)
{
    const uint64_t ones = UINT64_MAX / UINT8_MAX, high = ones << 7;
    /* Eight bytes at once: one that is not less than `length` leaves its highest bit set. */
    for (size_t eight = word / 8; eight < BITMAP_BYTES(b.count) / 8; eight++) {
        uint64_t longest = eight_bytes(&b.longest[eight * 8]);
        uint64_t found = ((longest | high) - ones * length) & high;
        if (eight == word / 8)
            found &= UINT64_MAX << word % 8 * 8;
        if (found != 0)
            return eight * 8 + (size_t)__builtin_ctzll(found) / 8;
    }
    return b.count;
}

/* The length of the longest row of set bits: by doubling it, and then by halves of that. */
static unsigned longest_row(uint64_t bits)
{
    uint64_t rows[6] = {bits}, longer;
    unsigned top = 0;
    if (bits == 0)
        return 0;
    while (top < 5 && (longer = rows[top] & rows[top] >> (1u << top)) != 0)
        rows[++top] = longer;
    unsigned length = 1u << top;
    for (uint64_t found = rows[top]; top-- > 0;) {
        longer = found & rows[top] >> length;
        found = longer != 0 ? longer : found;
        length += longer != 0 ? 1u << top : 0;
    }
    return length;
}

/* Its length in this word, and with what it continues in the next; BITMAP_ROW_MAX at most. */
static unsigned longest_from(struct bitmap b, size_t word)
{
    unsigned high = high_row(b.words[word]);
    if (high > 0 && word + 1 < b.count)
        high += low_row(b.words[word + 1]);
    unsigned longest = longest_row(b.words[word]);
    longest = longest > high ? longest : high;
    return longest < BITMAP_ROW_MAX ? longest : BITMAP_ROW_MAX;
}

size_t bitmap_lowest_row(struct bitmap b, unsigned length)
{
    for (size_t word = 0; (word = word_for_row(b, word, length)) < b.count; word++) {
        b.longest[word] = (uint8_t)longest_from(b, word);
        if (b.longest[word] < length)
            continue;
        uint64_t rows = bitmap_rows(b.words[word], length);
        /* Or it reaches into the next word. */
        unsigned bit = rows != 0 ? (unsigned)__builtin_ctzll(rows) : 64 - high_row(b.words[word]);
        return word * 64 + bit;
    }
    return 64 * b.count;
}

/* How many bits are set right below this one, or from it on: two words are far enough. */
static size_t row_below(struct bitmap b, size_t bit)
{
    size_t word = bit / 64, bits = bit % 64;
    size_t row = bits != 0 ? high_row(b.words[word] << (64 - bits)) : 0;
    return row == bits && word > 0 ? row + high_row(b.words[word - 1]) : row;
}

static size_t row_from(struct bitmap b, size_t bit)
{
    size_t word = bit / 64, bits = 64 - bit % 64;
    if (word == b.count)
        return 0;
    size_t row = low_row(b.words[word] >> bit % 64);
    return row == bits && word + 1 < b.count ? row + low_row(b.words[word + 1]) : row;
}

void bitmap_note_row(struct bitmap b, size_t first, size_t end)
{
    size_t begin = first - row_below(b, first), row_end = end + row_from(b, end);
    for (size_t word = begin / 64; word * 64 < end; word++) {
        size_t length = min_size(row_end - max_size(begin, word * 64), BITMAP_ROW_MAX);
        b.longest[word] = (uint8_t)max_size(b.longest[word], length);
    }
}
