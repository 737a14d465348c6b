/*
 * spans_check.c - what spans and runs claim against what the places gave.
 *
 * Rows and places change hands under the lock of the places; what they serve for is told after they
 * were taken and withdrawn before they are put.  So with that lock held every claim must be true,
 * but a few units may be on their way, claimed by nobody yet.
 */
#include "spans_check.h"

enum { HEAD_UNITS = HEAD_PLACES * UNITS_PER_RUN };

struct checked_units {
    law_breaker *tell;
    void *context;
    size_t used, of_spans, of_runs; /* units */
};

static void expect(struct checked_units *k, bool law_holds, const char *law, const void *where)
{
    if (!law_holds)
        k->tell(law, where, k->context);
}

static bool is_set(const uint64_t *bits, size_t unit)
{
    return bits[unit / 64] >> unit % 64 & 1;
}

static const char *unit_at(const struct run_heap *h, size_t unit)
{
    return (const char *)h + unit * PLACE_UNIT;
}

/* How many units a span has that begins with this one; 0 if none does. */
static size_t span_at_unit(const struct run_heap *h, size_t unit)
{
    return __atomic_load_n(&h->span_units[unit], __ATOMIC_ACQUIRE) & ~(unsigned)SPAN_IS_READY;
}

static bool is_of_run(run_mark mark)
{
    return mark != 0 && mark != SPAN_MARK;
}

static void check_claim(struct checked_units *k, const struct run_heap *h, size_t unit)
{
    expect(k, unit >= HEAD_UNITS && unit < h->heap.size / PLACE_UNIT,
           "I24 (what is in use lies where the heap can be used)", unit_at(h, unit));
    expect(k, !is_set(h->empty, unit), "I24 (a unit in use is not empty)", unit_at(h, unit));
}

static void check_span(struct checked_units *k, const struct run_heap *h, size_t unit, size_t end)
{
    for (; unit < end && unit < UNITS_PER_HEAP; unit++) {
        check_claim(k, h, unit);
        expect(k, run_mark_of(unit_at(h, unit)) == SPAN_MARK, "I24 (a span's places have its mark)",
               unit_at(h, unit));
        k->of_spans++;
    }
}

static void check_spans(struct checked_units *k, const struct run_heap *h)
{
    size_t end = 0; /* of the span met last */
    for (size_t unit = 0; unit < UNITS_PER_HEAP; unit++) {
        size_t units = span_at_unit(h, unit);
        if (units == 0)
            continue;
        expect(k, unit >= end, "I24 (a unit is of one span)", unit_at(h, unit));
        expect(k, units <= SPAN_CLASSES && unit + units <= UNITS_PER_HEAP,
               "I24 (a span ends in its heap)", unit_at(h, unit));
        end = unit + units;
        check_span(k, h, unit, end);
    }
}

static void check_runs(struct checked_units *k, const struct run_heap *h)
{
    for (size_t place = 0; place < RUNS_PER_HEAP; place++) {
        if (!is_of_run(__atomic_load_n(&h->marks[place], __ATOMIC_ACQUIRE)))
            continue;
        for (size_t i = 0; i < UNITS_PER_RUN; i++)
            check_claim(k, h, place * UNITS_PER_RUN + i);
        k->of_runs += UNITS_PER_RUN;
    }
}

static void check_bits(struct checked_units *k, const struct run_heap *h)
{
    size_t empty = 0, old = 0;
    for (size_t word = 0; word < UNIT_WORDS; word++) {
        empty += (size_t)__builtin_popcountll(h->empty[word]);
        old += (h->old[word] & ~h->empty[word]) != 0;
    }
    expect(k, empty + h->used == UNITS_PER_HEAP - HEAD_UNITS, "I25 (a heap counts its units)", h);
    expect(k, old == 0, "I25 (what is old is empty)", h);
    k->used += h->used;
}

static void check_counts(const struct places_count *c, void *context)
{
    struct checked_units *k = context;
    const struct run_heap *first = places_heaps();
    for (const struct run_heap *h = first; h; h = h->newer) {
        check_bits(k, h);
        check_spans(k, h);
        check_runs(k, h);
    }
    expect(k, c->rows <= k->used && (k->used - c->rows) % UNITS_PER_RUN == 0,
           "I25 (what is no row is a place)", first);
    expect(k, k->of_spans <= c->rows, "I25 (spans have no more than the rows)", first);
    expect(k, k->of_runs <= k->used - c->rows, "I25 (runs have no more than the places)", first);
    expect(k, spans_live() <= c->rows * PLACE_UNIT, "I25 (live bytes are in rows)", first);
}

void spans_check(law_breaker *tell, void *context)
{
    struct checked_units k = {.tell = tell, .context = context};
    places_look(check_counts, &k);
}
