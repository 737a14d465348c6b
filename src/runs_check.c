/*
 * runs_check.c - counts against bits, bits against summaries.
 */
#include "runs_check.h"

struct checked_runs {
    const struct runs *runs;
    law_breaker *tell;
    void *context;
    size_t live_bytes, runs_met, with_free, listed;
};

static void expect(struct checked_runs *k, bool law_holds, const char *law, const void *where)
{
    if (!law_holds)
        k->tell(law, where, k->context);
}

static size_t count_bits(const uint64_t *bits, size_t words)
{
    size_t count = 0;
    for (size_t word = 0; word < words; word++)
        count += (size_t)__builtin_popcountll(bits[word]);
    return count;
}

/* All bits of the slots there are, and of those only, may be set. */
static bool bits_agree(const struct run *run, const uint64_t *bits)
{
    size_t words = (run->slots + 63u) / 64;
    bool low_clear = count_bits(bits, run->lowest) == 0;
    bool high_clear = run->slots % 64 == 0 || bits[words - 1] >> run->slots % 64 == 0;
    return low_clear && high_clear && count_bits(bits, words) == run->free;
}

static void check_run(struct checked_runs *k, const struct run *run, unsigned sizeclass)
{
    bool sized = sizeclass < RUN_CLASSES && run->size == run_slot_size(sizeclass) &&
                 run->slots == RUN_SIZE / run->size && run->free < run->slots;
    expect(k, sized, "I20 (a run is of its class, and not empty)", run);
    if (!sized)
        return;
    expect(k, run->arena == k->runs->arena, "I20 (a run names its arena)", run);
    expect(k, bits_agree(run, run_bits(run)), "I21 (a run counts its free bits)", run);
    k->live_bytes += (size_t)(run->slots - run->free) * run->size;
    k->with_free += run->free > 0;
    k->runs_met++;
}

/* Other arenas begin and end runs meanwhile: only what is marked as ours stands still. */
static run_mark mark_of(const struct run_heap *h, size_t place)
{
    return __atomic_load_n(&h->marks[place], __ATOMIC_ACQUIRE);
}

static bool is_of(const struct runs *r, run_mark mark)
{
    return mark != 0 && mark / RUN_MARK_OFFSETS == r->owner / RUN_MARK_OFFSETS;
}

static void check_heap(struct checked_runs *k, const struct run_heap *h)
{
    for (size_t place = 0; place < RUNS_PER_HEAP; place++) {
        run_mark mark = mark_of(h, place);
        if (is_of(k->runs, mark))
            check_run(k, &h->run[place], run_class_of_mark(mark));
    }
}

/* A ring would hold us for ever: no more runs than the heaps have. */
static void check_list(struct checked_runs *k, unsigned sizeclass)
{
    const struct run *prev = NULL, *run = k->runs->some[sizeclass];
    for (; run && k->listed <= k->with_free; prev = run, run = run->next) {
        expect(k, run->prev == prev, "I22 (links agree in both directions)", run);
        expect(k, run->free > 0 && run->size == run_slot_size(sizeclass),
               "I22 (runs with free slots are listed by class)", run);
        k->listed++;
    }
}

void runs_check(const struct runs *r, law_breaker *tell, void *context)
{
    struct checked_runs k = {.runs = r, .tell = tell, .context = context};
    for (const struct run_heap *h = places_heaps(); h; h = h->newer)
        check_heap(&k, h);
    for (unsigned sizeclass = 0; sizeclass < RUN_CLASSES; sizeclass++)
        check_list(&k, sizeclass);
    expect(&k, k.listed == k.with_free, "I22 (every run with a free slot is listed)", r);
    expect(&k, k.live_bytes == r->live_bytes, "I23 (live bytes are counted)", r);
    expect(&k, k.runs_met == r->count, "I23 (runs are counted)", r);
}

size_t runs_count_used(const struct runs *r)
{
    size_t used = 0;
    for (const struct run_heap *h = places_heaps(); h; h = h->newer)
        for (size_t place = 0; place < RUNS_PER_HEAP; place++)
            if (is_of(r, mark_of(h, place)))
                used += (size_t)(h->run[place].slots - h->run[place].free);
    return used;
}
