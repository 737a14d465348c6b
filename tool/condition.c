/*
 * condition.c - the figures by name, and comparisons of them as text.
 *
 *     live > +5 %       the change, in percent of the value before
 *     rss >= 200M       the value afterwards
 *     retained < -10M   the change: less by more than 10 MiB
 *
 * Limits are doubles: 53 bits are enough for bytes up to 8 PiB.
 */
#include "condition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* In the order of the table. */
enum { RSS, LIVE, BLOCKS, RETAINED, CACHED, MAPPED, ARENAS, VIRTUAL };

const struct figure figures[] = {
    /*             in conditions, in the table, of the heap, a count */
    [RSS] = {"rss", "RSS", false, false},
    [LIVE] = {"live", "live", true, false},
    [BLOCKS] = {"blocks", "live blocks", true, true},
    [RETAINED] = {"retained", "retained", true, false},
    [CACHED] = {"cached", "in threads' caches", true, false},
    [MAPPED] = {"mapped", "mapped by malloc", true, false},
    [ARENAS] = {"arenas", "arenas", true, true},
    [VIRTUAL] = {"virtual", "address space", false, false},
};

const size_t figure_count = sizeof figures / sizeof *figures;

/* Counts and bytes alike; what a figure is, its table tells. */
uint64_t figure_of(const struct account *account, size_t figure)
{
    switch (figure) {
    case RSS: return account->resident;
    case LIVE: return account->live;
    case BLOCKS: return account->live_blocks;
    case RETAINED: return account->retained;
    case CACHED: return account->cached;
    case MAPPED: return account->mapped;
    case ARENAS: return account->arena_count;
    default: return account->size;
    }
}

/* The name at the beginning of the text; how long it is, or 0. */
static size_t parse_name(const char *text, struct condition *condition)
{
    for (size_t i = 0; i < figure_count; i++) {
        size_t length = strlen(figures[i].name);
        if (strncmp(text, figures[i].name, length) == 0 && strchr("<> ", text[length])) {
            condition->figure = i;
            return length;
        }
    }
    return 0;
}

/* NUMBER with a unit; strtod would take "inf" and hexadecimal too. */
static const char *parse_limit(const char *text, struct condition *condition)
{
    static const char units[] = "KMGT";
    char *end;
    condition->change = text[0] == '+' || text[0] == '-';
    const char *digits = text + condition->change;
    if (digits[0] < '0' || digits[0] > '9' || strpbrk(digits, "xXeE"))
        return "behind the comparison stands no number";
    condition->limit = strtod(digits, &end);
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (unit) {
        for (const char *at = units; at <= unit; at++)
            condition->limit *= 1024;
        end++;
    } else if (*end == '%') {
        condition->percent = true;
        end++;
    }
    if (*end)
        return "behind the number may stand K, M, G, T or %";
    if (condition->percent && !condition->change)
        return "a percentage is of the change: write + or - before it";
    if (text[0] == '-')
        condition->limit = -condition->limit;
    return NULL;
}

/* Blanks may stand around the comparison, because people write them. */
const char *condition_parse(const char *text, struct condition *condition)
{
    *condition = (struct condition){.text = text};
    size_t length = parse_name(text, condition);
    if (length == 0)
        return "it begins with rss, live, blocks, retained, cached, mapped, arenas or virtual";
    const char *at = text + length + strspn(text + length, " ");
    if (*at != '<' && *at != '>')
        return "behind the name stands >, >=, < or <=";
    condition->below = *at++ == '<';
    condition->or_equal = *at == '=';
    at += condition->or_equal;
    return parse_limit(at + strspn(at, " "), condition);
}

bool condition_holds(const struct condition *condition, const struct account *before,
                     const struct account *after)
{
    double old = (double)figure_of(before, condition->figure);
    double value = (double)figure_of(after, condition->figure);
    if (condition->change)
        value -= old;
    /* What grows from nothing grows beyond every percentage; nothing that stays is no change. */
    if (condition->percent)
        value = old > 0 ? value * 100 / old : value > 0 ? INFINITY : 0;
    bool equal = !(value < condition->limit) && !(value > condition->limit);
    if (equal)
        return condition->or_equal;
    return condition->below ? value < condition->limit : value > condition->limit;
}
