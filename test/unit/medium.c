/*
 * The shelves of medium chunks: sizes from 1 to 256 KiB, kept only when they have earned it; a chunk
 * taken is large enough and less than a quarter too large; counts agree with what lies there.
 */
#include "unit.h"

#include "medium.h"

enum { CHUNKS = 120, OPERATIONS = 30000 };

static struct medium shelves;
static char memory[CHUNKS][MEDIUM_CHUNK_MAX] __attribute__((aligned(16)));

struct piece {
    struct chunk *chunk;
    bool on_shelf;
    unsigned since;
};

static struct piece pieces[CHUNKS];
static unsigned now;

static void begin_pieces(struct dice *d)
{
    for (unsigned i = 0; i < CHUNKS; i++) {
        size_t size = align_up(1024 + dice_doubling(d, 5, 15), CHUNK_ALIGN);
        pieces[i].chunk = (struct chunk *)(void *)memory[i];
        chunk_set_head(pieces[i].chunk, i == 0 ? MEDIUM_CHUNK_MAX : i == 1 ? 1056 : size, 1);
    }
}

static struct piece *piece_of(const struct chunk *c)
{
    for (unsigned i = 0; i < CHUNKS; i++)
        if (pieces[i].chunk == c)
            return &pieces[i];
    return NULL;
}

static bool counts_agree(void)
{
    size_t chunks = 0, bytes = 0;
    for (unsigned i = 0; i < CHUNKS; i++)
        if (pieces[i].on_shelf) {
            chunks++;
            bytes += chunk_size(pieces[i].chunk);
        }
    return shelves.chunks == chunks && shelves.bytes == bytes;
}

static bool take_one(size_t size)
{
    struct chunk *c = medium_take(&shelves, size);
    if (!c)
        return true;
    struct piece *p = piece_of(c);
    bool right = p && p->on_shelf && chunk_size(c) >= size && chunk_size(c) < size + size / 4;
    if (p)
        p->on_shelf = false;
    return right;
}

static void put_one(struct piece *p)
{
    p->on_shelf = medium_put(&shelves, p->chunk);
    p->since = ++now;
}

static void shelves_do_as_the_model(struct dice *d)
{
    bool right = true, agree = true;
    size_t kept = 0;
    for (unsigned i = 0; i < OPERATIONS && right && agree; i++) {
        struct piece *p = &pieces[dice_below(d, CHUNKS)];
        if (p->on_shelf || dice_below(d, 2))
            right = take_one(chunk_size(p->chunk) - dice_below(d, 2) * CHUNK_ALIGN);
        else
            put_one(p);
        kept += shelves.chunks > 0;
        agree = counts_agree();
    }
    ok(right, "what_is_taken_fits_and_is_less_than_a_quarter_larger");
    ok(agree, "chunks_and_bytes_are_counted");
    ok(kept > OPERATIONS / 2, "sizes_that_come_back_are_kept (%zu of %d)", kept, OPERATIONS);
    size_t left = shelves.chunks;
    struct link *l;
    while ((l = medium_take_any(&shelves))) {
        struct piece *p = piece_of(chunk_of(l));
        right = right && p && p->on_shelf;
        p->on_shelf = false;
        left--;
    }
    ok(right && left == 0 && counts_agree(), "all_shelves_can_be_emptied");
}

static void a_shelf_has_to_be_earned(void)
{
    static struct medium fresh;
    struct chunk *c = pieces[2].chunk;
    unsigned cycles = 0;
    for (unsigned i = 0; i < CHUNKS; i++)
        cycles += medium_put(&fresh, pieces[i].chunk);
    ok(cycles == 0 && fresh.chunks == 0, "what_is_freed_in_a_row_is_not_kept");
    static struct medium other;
    while (cycles < 1000 && !medium_put(&other, c)) {
        medium_take(&other, chunk_size(c));
        cycles++;
    }
    ok(cycles == MEDIUM_EARNED, "what_comes_back_often_enough_is (%u times)", cycles);
    ok(medium_take(&other, chunk_size(c)) == c && other.chunks == 0 && other.bytes == 0,
       "and_is_taken_again");
}

static void a_run_of_frees_closes_it(void)
{
    static struct medium m;
    struct chunk *c = pieces[2].chunk, *other = pieces[3].chunk;
    while (!medium_put(&m, c))
        medium_take(&m, chunk_size(c));
    for (unsigned i = 0; i <= MEDIUM_CREDIT; i++)
        if (medium_put(&m, other))
            medium_take(&m, chunk_size(other));
    struct shelf *busy = &m.shelves[0];
    while (!busy->newest)
        busy++;
    busy->credit = MEDIUM_CREDIT;
    ok(medium_take_closed(&m, chunk_size(c)) == NULL, "an_open_shelf_keeps_what_it_has");
    chunk_set_size(other, chunk_size(c));
    ok(!medium_put(&m, other), "one_free_too_many_in_a_row_is_not_kept");
    ok(medium_take_closed(&m, chunk_size(c)) == chunk_user(c), "and_the_shelf_gives_up_the_rest");
    ok(m.chunks == 0 && m.bytes == 0, "which_is_counted");
}

int main(int argc, char **argv)
{
    struct dice d = dice_of(seed_of(argc, argv));
    begin_pieces(&d);
    a_shelf_has_to_be_earned();
    a_run_of_frees_closes_it();
    begin_pieces(&d);
    shelves_do_as_the_model(&d);
    return done();
}
