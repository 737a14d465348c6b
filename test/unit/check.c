/*
 * The heap checker itself: it is silent about a whole heap and names the law when one is broken,
 * law by law (doc/invariants.md).  Each is broken in a child of its own.
 */
#include "unit.h"

#include "arenas.h"
#include "check.h"
#include "spans.h"

static struct chunk *small, *large, *guard, *second, *old, *young, *returned;
static char *span, *slot;

/* A heap with something of everything: fast, unsorted, small, large, in use. */
static void furnish(void)
{
    struct arena *a = &main_arena;
    struct chunk *pieces[12];
    size_t dirty, sizes[] = {208, 48, 4096, 48, 4096, 48, 1536, 48, 64, 64, 320, 48};
    lock_take(&a->lock);
    for (unsigned i = 0; i < 12; i++)
        pieces[i] = arena_take_fresh(a, sizes[i], &dirty);
    arena_put(a, pieces[0]);
    arena_put(a, pieces[2]);
    arena_put(a, pieces[4]);
    arena_put(a, pieces[6]);
    /* A search that finds nothing sorts them all. */
    struct chunk *c = arena_take_binned(a, 64 * KIB);
    if (c)
        arena_put(a, c);
    arena_put(a, pieces[8]);
    arena_put(a, pieces[9]);
    arena_put(a, pieces[10]);
    void *of_run = NULL;
    runs_take(&a->runs, 7, &of_run, 1);
    lock_release(&a->lock);
    struct spans ready = {.count = 0};
    span = span_take(&ready, 5 * PLACE_UNIT, &dirty);
    slot = of_run;
    small = pieces[0];
    large = pieces[2];
    second = pieces[4];
    guard = pieces[1];
}

/* Two free chunks that wait for their pages to go back, and one whose pages went. */
static void furnish_row(void)
{
    struct arena *a = &main_arena;
    struct chunk *pieces[6];
    size_t dirty;
    lock_take(&a->lock);
    for (unsigned i = 0; i < 6; i++)
        pieces[i] = arena_take_fresh(a, i % 2 == 0 ? 16 * KIB : 48, &dirty);
    for (unsigned i = 0; i < 6; i += 2)
        arena_put(a, pieces[i]);
    old = pieces[0];
    returned = pieces[2];
    young = pieces[4];
    bins_note_returned(&a->bins, returned);
    lock_release(&a->lock);
}

/* The ways to break a law. */
static void misalign(void)
{
    guard->head += 8;
}

static void repeat_a_wrong_size(void)
{
    chunk_above(small)->prev_size += 16;
}

static void deny_a_free_chunk(void)
{
    chunk_above(small)->head |= CHUNK_PREV_IN_USE;
}

static void two_free_neighbours(void)
{
    chunk_set_free(guard);
}

static void cut_a_link(void)
{
    small->fd->bk = large;
}

static void disorder(void)
{
    /* Exchange the sizes' order by hanging the smaller one in front. */
    struct bins *b = &main_arena.bins;
    struct chunk *end = bin_end(b, bin_index(chunk_size(large)));
    large->fd_nextsize = end->fd == large ? NULL : large;
    second->fd_nextsize = second;
}

static void forget_a_bin(void)
{
    main_arena.bins.map[0] = main_arena.bins.map[1] = 0;
}

static void claim_for_others(void)
{
    guard->head |= CHUNK_NOT_MAIN;
}

static void lose_a_free_chunk(void)
{
    small->fd->bk = small->bk;
    small->bk->fd = small->fd;
}

static void unpage_the_top(void)
{
    main_arena.top.chunk->head -= 16;
}

static void claim_too_little(void)
{
    main_arena.top.system = 4096;
}

static void exceed_the_maximum(void)
{
    main_arena.top.system_max = main_arena.top.system - 1;
}

static void miscount_the_fast(void)
{
    main_arena.fast.count++;
}

static void missize_the_fast(void)
{
    for (unsigned list = 0; list + 1 < FASTBINS; list++)
        if (main_arena.fast.newest[list]) {
            main_arena.fast.newest[list + 1] = main_arena.fast.newest[list];
            main_arena.fast.newest[list] = NULL;
            return;
        }
}

static void put_in_the_wrong_bin(void)
{
    struct bins *b = &main_arena.bins;
    small->fd->bk = small->bk;
    small->bk->fd = small->fd;
    struct chunk *end = bin_end(b, bin_index(chunk_size(small)) + 1);
    small->fd = small->bk = end;
    end->fd = end->bk = small;
    b->map[0] = b->map[1] = ~(uint64_t)0;
}

static size_t unit_of(const char *p)
{
    return (uintptr_t)p % HEAP_MAX / PLACE_UNIT;
}

static void empty_a_unit_of(const char *p)
{
    struct run_heap *h = run_heap_around(p);
    h->empty[unit_of(p) / 64] |= (uint64_t)1 << unit_of(p) % 64;
    h->used--;
}

static void empty_a_span(void)
{
    empty_a_unit_of(span + 2 * PLACE_UNIT);
}

static void empty_a_run(void)
{
    empty_a_unit_of(slot);
}

static void begin_a_span_within(void)
{
    run_heap_around(span)->span_units[unit_of(span) + 3] = 1;
}

static void stretch_a_span(void)
{
    run_heap_around(span)->span_units[unit_of(span)] = 33;
}

static void take_the_mark_away(void)
{
    run_heap_around(span)->marks[run_place(span)] = 0;
}

static void claim_the_head(void)
{
    struct run_heap *h = run_heap_around(span);
    h->span_units[0] = 1;
}

static void miscount_the_units(void)
{
    run_heap_around(span)->used++;
}

static void age_what_is_in_use(void)
{
    run_heap_around(span)->old[unit_of(span) / 64] |= (uint64_t)1 << unit_of(span) % 64;
}

static void have_more_than_the_rows(void)
{
    struct run_heap *h = run_heap_around(slot);
    h->marks[run_place(slot)] = SPAN_MARK;
    h->span_units[unit_of(slot)] = UNITS_PER_RUN;
}

static void have_more_than_the_places(void)
{
    struct run_heap *h = run_heap_around(span);
    h->marks[run_place(span)] = h->marks[run_place(slot)];
    h->span_units[unit_of(span)] = 0;
}

/* The row of what waits: `old` is its oldest, `young` its newest. */
static void forget_what_waits(void)
{
    main_arena.bins.oldest = young;
    young->older = NULL;
}

static void call_it_returned(void)
{
    old->freed_at = 0;
}

static void call_it_waiting(void)
{
    returned->freed_at = 1;
}

static void cut_the_row(void)
{
    young->older = NULL;
}

static void lose_the_newest(void)
{
    main_arena.bins.newest = old;
}

static void circle_in_the_row(void)
{
    young->newer = old;
    old->older = young;
}

static void miscount_what_waits(void)
{
    main_arena.bins.waiting -= CHUNK_ALIGN;
}

static void miscount_what_is_back(void)
{
    main_arena.bins.returned += CHUNK_ALIGN;
}

/* Links that a program has written over lead anywhere; the checker says so and follows none. */
static struct chunk *const wild = (struct chunk *)0x4141414141414140;

static void write_over_links(void)
{
    small->fd = small->bk = wild;
}

static void write_over_sizes_links(void)
{
    struct chunk *end = bin_end(&main_arena.bins, bin_index(chunk_size(large)));
    end->fd->fd_nextsize = wild;
}

static void write_over_the_row(void)
{
    old->newer = wild;
}

static void write_over_a_fast_chunk(void)
{
    for (unsigned list = 0; list < FASTBINS; list++)
        if (main_arena.fast.newest[list])
            main_arena.fast.newest[list]->fd = wild;
}

static void write_over_a_size(void)
{
    guard->head = 0x40000000 | CHUNK_PREV_IN_USE;
    main_arena.top.system_max = SIZE_MAX;
}

static const struct sabotage {
    const char *what;
    void (*act)(void);
    const char *law;
} sabotages[] = {
    {"a size that is no multiple", misalign, "I1 "},
    {"a free size that stands twice differently", repeat_a_wrong_size, "I2 "},
    {"a free chunk called in use", deny_a_free_chunk, "I14 "},
    {"two free neighbours", two_free_neighbours, "I4 "},
    {"a link cut", cut_a_link, "I5 "},
    {"a chunk in the wrong bin", put_in_the_wrong_bin, "I5 "},
    {"a ring of sizes that lies", disorder, "I6 "},
    {"a binmap that forgets", forget_a_bin, "I7 "},
    {"a chunk that says it is another's", claim_for_others, "I8 "},
    {"a free chunk in no bin", lose_a_free_chunk, "I14 "},
    {"a top that ends inside a page", unpage_the_top, "I11 "},
    {"more chunks than memory", claim_too_little, "I13 "},
    {"a maximum that is none", exceed_the_maximum, "I13 "},
    {"a fast bin miscounted", miscount_the_fast, "I15 "},
    {"a fast chunk of another size", missize_the_fast, "I15 "},
    {"a span with an empty unit", empty_a_span, "I24 "},
    {"a run with an empty unit", empty_a_run, "I24 "},
    {"a span within a span", begin_a_span_within, "I24 "},
    {"a span of too many units", stretch_a_span, "I24 "},
    {"a span without its mark", take_the_mark_away, "I24 "},
    {"a span in the head of a heap", claim_the_head, "I24 "},
    {"units miscounted", miscount_the_units, "I25 "},
    {"old units that are in use", age_what_is_in_use, "I25 "},
    {"more in spans than in rows", have_more_than_the_rows, "I25 "},
    {"more in runs than in places", have_more_than_the_places, "I25 "},
    {"a chunk that waits outside the row", forget_what_waits, "I26 "},
    {"a chunk in the row that does not wait", call_it_returned, "I26 "},
    {"a returned chunk that says it waits", call_it_waiting, "I26 "},
    {"a link of the row cut", cut_the_row, "I26 "},
    {"a newest that is not the last", lose_the_newest, "I26 "},
    {"a row that never ends", circle_in_the_row, "I26 "},
    {"waiting bytes miscounted", miscount_what_waits, "I26 "},
    {"links that lead nowhere", write_over_links, "I5 "},
    {"links of sizes that lead nowhere", write_over_sizes_links, "I6 "},
    {"a row that leads nowhere", write_over_the_row, "I26 "},
    {"a fast list that leads nowhere", write_over_a_fast_chunk, "I15 "},
    {"a size that leads out of the heap", write_over_a_size, "I1 "},
    {"returned bytes miscounted", miscount_what_is_back, "I26 "},
};

static void sabotage_and_check(void *context)
{
    const struct sabotage *s = context;
    s->act();
    _exit(check_all() > 0 ? 7 : 0);
}

int main(void)
{
    free(malloc(1));
    furnish();
    furnish_row();
    ok(check_all() == 0, "a_whole_heap_breaks_no_law");
    for (size_t i = 0; i < sizeof sabotages / sizeof *sabotages; i++) {
        struct told t = told_by(sabotage_and_check, (void *)(uintptr_t)&sabotages[i]);
        bool seen = WIFEXITED(t.status) && WEXITSTATUS(t.status) == 7;
        char words[64];
        snprintf(words, sizeof words, "broken law %s", sabotages[i].law);
        if (!ok(seen && strstr(t.text, words), "%s: breaks %s", sabotages[i].what,
                sabotages[i].law))
            note("status 0x%x, said: %s", (unsigned)t.status, t.text);
    }
    ok(check_all() == 0, "and_the_heap_is_still_whole");
    return done();
}
