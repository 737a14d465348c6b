/*
 * The row of free chunks that wait for their pages to go back, against an array kept in order: what
 * is put last is newest, what was part of something older is old, what is back is not there.
 * I26, D8.
 */
#include "unit.h"

#include "bins.h"

#include <sys/mman.h>

enum { CHUNKS = 80, OPERATIONS = 20000, VERIFY_EVERY = 10 };

enum place { OUTSIDE, UNSORTED, SORTED };

struct modelled {
    struct chunk *chunk;
    enum place place;
};

static struct bins bins;
static struct modelled model[CHUNKS];
static struct dice dice;

/* The model: chunks from the oldest to the newest, and since when they are free. */
static struct {
    struct chunk *at[CHUNKS];
    size_t since[CHUNKS];
    unsigned count;
} row;

static bool has_pages(const struct chunk *c)
{
    return chunk_size(c) >= CHUNK_PAGES_MIN;
}

static void row_insert(unsigned at, struct chunk *c, size_t since)
{
    memmove(row.at + at + 1, row.at + at, (row.count - at) * sizeof *row.at);
    memmove(row.since + at + 1, row.since + at, (row.count - at) * sizeof *row.since);
    row.at[at] = c;
    row.since[at] = since;
    row.count++;
}

static void row_forget(const struct chunk *c)
{
    for (unsigned i = 0; i < row.count; i++) {
        if (row.at[i] != c)
            continue;
        row.count--;
        memmove(row.at + i, row.at + i + 1, (row.count - i) * sizeof *row.at);
        memmove(row.since + i, row.since + i + 1, (row.count - i) * sizeof *row.since);
        return;
    }
}

/* Chunks as an arena would lay them, about half of them with room for a page. */
static void begin_model(void)
{
    char *at = mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    const size_t edge[] = {CHUNK_PAGES_MIN, CHUNK_PAGES_MIN - CHUNK_ALIGN, CHUNK_MIN, 1008};
    for (unsigned i = 0; i < CHUNKS; i++) {
        size_t size = i < 4 ? edge[i] : align_up(dice_doubling(&dice, 9, 17), CHUNK_ALIGN);
        model[i] = (struct modelled){.chunk = (struct chunk *)(void *)at};
        chunk_set_head(model[i].chunk, size, CHUNK_PREV_IN_USE);
        chunk_set_head(chunk_above(model[i].chunk), CHUNK_MIN, 0);
        chunk_set_free(model[i].chunk);
        at += size + CHUNK_MIN;
    }
    bins_begin(&bins);
}

static bool row_agrees(void)
{
    size_t bytes = 0;
    struct chunk *c = bins.oldest, *older = NULL;
    for (unsigned i = 0; i < row.count; i++) {
        if (c != row.at[i] || c->older != older || c->freed_at != row.since[i])
            return false;
        bytes += chunk_size(c);
        older = c;
        c = c->newer;
    }
    return !c && bins.newest == older && bins.waiting == bytes;
}

/* What is outside the row says so, if it can. */
static bool others_are_back(void)
{
    size_t waiting = 0, free_with_pages = 0, back = 0, bytes = 0;
    for (unsigned i = 0; i < CHUNKS; i++) {
        if (model[i].place == OUTSIDE || !has_pages(model[i].chunk))
            continue;
        free_with_pages++;
        waiting += model[i].chunk->freed_at != 0;
        back += model[i].chunk->freed_at == 0;
        bytes += model[i].chunk->freed_at == 0 ? chunk_size(model[i].chunk) : 0;
    }
    return waiting == row.count && waiting + back == free_with_pages && bins.returned == bytes;
}

static void put_new(struct modelled *m)
{
    bool unsorted = dice_below(&dice, 2);
    if (unsorted)
        bins_insert_unsorted(&bins, m->chunk);
    else
        bins_insert_sorted(&bins, m->chunk);
    m->place = unsorted ? UNSORTED : SORTED;
    if (has_pages(m->chunk))
        row_insert(row.count, m->chunk, decay_now());
}

/* What is left of an old one, or of one that is back. */
static void put_aged(struct modelled *m)
{
    size_t since = dice_below(&dice, 2) ? 1 + dice_below(&dice, decay_now()) : 0;
    bins_insert_aged(&bins, m->chunk, since);
    m->place = UNSORTED;
    if (has_pages(m->chunk) && since != 0)
        row_insert(0, m->chunk, since);
}

static void take(struct modelled *m)
{
    bins_unlink(&bins, m->chunk);
    m->place = OUTSIDE;
    row_forget(m->chunk);
}

static void operate(void)
{
    struct modelled *m = &model[dice_below(&dice, CHUNKS)];
    switch (dice_below(&dice, 6)) {
    case 0: decay_tick(); return;
    case 1:
        if (m->place == UNSORTED) {
            bins_sort(&bins, m->chunk);
            m->place = SORTED;
        }
        return;
    case 2:
        if (m->place != OUTSIDE && has_pages(m->chunk) && m->chunk->freed_at != 0) {
            bins_note_returned(&bins, m->chunk);
            row_forget(m->chunk);
        }
        return;
    default:
        if (m->place != OUTSIDE)
            take(m);
        else if (dice_below(&dice, 3) == 0)
            put_aged(m);
        else
            put_new(m);
    }
}

static void the_row_does_as_the_model(void)
{
    bool agree = true, back = true;
    begin_model();
    ok(row_agrees() && bins.oldest == NULL && bins.waiting == 0, "a_new_row_is_empty (I26)");
    for (unsigned i = 1; i <= OPERATIONS && agree && back; i++) {
        operate();
        if (i % VERIFY_EVERY == 0) {
            agree = row_agrees();
            back = others_are_back();
        }
    }
    ok(agree, "the_row_is_in_the_order_in_which_chunks_were_freed (I26)");
    ok(back, "what_is_free_waits_or_is_back (I26)");
}

static void taking_all_empties_the_row(void)
{
    for (unsigned i = 0; i < CHUNKS; i++)
        if (model[i].place != OUTSIDE)
            take(&model[i]);
    ok(row.count == 0 && row_agrees() && bins.returned == 0, "what_is_taken_waits_no_more (I26)");
}

/* Searches that take from the middle of the bins must take from the row, too. */
static void searches_leave_no_trace(void)
{
    for (unsigned i = 0; i < CHUNKS; i++) {
        bins_insert_sorted(&bins, model[i].chunk);
        model[i].place = SORTED;
        if (has_pages(model[i].chunk))
            row_insert(row.count, model[i].chunk, decay_now());
    }
    bool agree = true;
    struct chunk *c;
    unsigned taken = 0;
    while ((c = bins_take_best(&bins, CHUNK_MIN - CHUNK_ALIGN))) {
        row_forget(c);
        agree = agree && row_agrees();
        taken++;
    }
    ok(agree && taken == CHUNKS && row.count == 0, "best_fits_leave_the_row (%u)", taken);
    for (unsigned i = 0; i < CHUNKS; i++)
        model[i].place = OUTSIDE;
}

static void ages_are_ripe_after_their_time(void)
{
    decay_set(DECAY_NEVER, 3);
    uint32_t then = decay_now();
    bool early = decay_is_ripe(then);
    decay_tick();
    decay_tick();
    early = early || decay_is_ripe(then);
    decay_tick();
    ok(!early && decay_is_ripe(then), "what_waits_is_ripe_after_so_many_ticks (D8)");
    decay_set(DECAY_NEVER, 0);
    ok(decay_is_ripe(decay_now()), "with_an_age_of_0_at_once (D8)");
}

static void the_clock_is_never_0(void)
{
    atomic_store(&decay_clock.now, UINT32_MAX);
    uint32_t before = decay_now();
    decay_tick();
    ok(decay_now() == 1 && decay_now() - before <= 2, "the_clock_goes_round_and_skips_0");
    atomic_store(&decay_clock.now, 1);
}

static void what_is_pending_is_told_once(void)
{
    decay_tick();
    decay_set(1000, 1);
    decay_note(600);
    bool early = decay_is_due();
    decay_note(600);
    ok(!early && decay_is_due() && decay_is_pending(), "enough_freed_is_due (D8)");
    ok(decay_tick() == 1200 && decay_tick() == 0 && !decay_is_pending(),
       "a_look_takes_all_that_is_pending");
    decay_set(1000, 1);
    ok(!decay_is_due(), "and_what_is_left_is_not_due");
    decay_set(0, 1);
    ok(decay_is_due(), "with_0_wanted_all_is_due");
    decay_set(DECAY_NEVER, 1);
    decay_note(SIZE_MAX / 2);
    ok(!decay_is_due(), "never_is_never");
    decay_tick();
}

static void cut_and_unlink(void *c)
{
    struct chunk *middle = c;
    middle->newer = middle->newer ? NULL : middle;
    bins_unlink(&bins, middle);
}

static void a_broken_row_is_seen(void)
{
    unsigned met = 0;
    struct chunk *pages[3] = {NULL};
    for (unsigned i = 0; i < CHUNKS && met < 3; i++)
        if (has_pages(model[i].chunk)) {
            pages[met++] = model[i].chunk;
            bins_insert_unsorted(&bins, model[i].chunk);
        }
    ok(dies_saying("corrupted double-linked list (not small)", cut_and_unlink, pages[1]) &&
           dies_saying("corrupted double-linked list (not small)", cut_and_unlink, pages[2]),
       "a_row_whose_links_do_not_agree_is_seen");
}

/* The program's own clock is the test's. */
const char *ashlar_options = "decay=-1";

int main(int argc, char **argv)
{
    dice = dice_of(seed_of(argc, argv));
    the_row_does_as_the_model();
    taking_all_empties_the_row();
    searches_leave_no_trace();
    ages_are_ripe_after_their_time();
    the_clock_is_never_0();
    what_is_pending_is_told_once();
    a_broken_row_is_seen();
    return done();
}
