/*
 * The bins against a trivial model: a plain array of chunks, searched from end to end.
 * B1 (128 bins, 1 is unsorted), B2 (62 small bins, oldest first), B3 (63 large bins, sorted, best
 * fit, their spacing), B4 (unsorted: first in, first looked at), B5 (rings, binmap).
 */
#include "unit.h"

#include "bins.h"

#include <sys/mman.h>

enum { CHUNKS = 300, SIZES = 70, OPERATIONS = 20000, VERIFY_EVERY = 20 };

enum place { OUTSIDE, UNSORTED, SORTED };

struct modelled {
    struct chunk *chunk;
    size_t size;
    enum place place;
    unsigned since; /* when it was put there */
};

static struct bins bins;
static struct modelled model[CHUNKS];
static unsigned now;
static struct dice dice;

static void small_sizes_have_a_bin_each(void)
{
    bool right = true;
    for (size_t size = CHUNK_MIN; size <= 63 * CHUNK_ALIGN; size += CHUNK_ALIGN)
        right = right && bin_index(size) == size / CHUNK_ALIGN && size_is_small(size);
    ok(right && bin_index(CHUNK_MIN) == 2 && bin_index(LARGE_MIN - 1) == 63 &&
           !size_is_small(LARGE_MIN) && LARGE_MIN == (WORD == 8 ? 1024 : 512),
       "small_sizes_have_a_bin_each (B2)");
}

/*
 * The first size of every large bin, by the spacing that B3 gives: 64, 512, 4096 ..  With words of
 * 32 bits the bins of 64 bytes begin and end lower, and those of 512 take over from 2560 on.
 */
static size_t first_size_of(unsigned index)
{
    if (WORD == 4 && index <= 94)
        return 512 + (index - 64) * (size_t)64;
    if (WORD == 4 && index == 95)
        return 2496;
    if (WORD == 4 && index < 98)
        return 2560 + (index - 96) * (size_t)512;
    static const size_t odd[] = {
        [97 - 97] = 3136, [112 - 97] = 10752, [121 - 97] = 65536, [124 - 97] = 163840};
    if (index <= 96)
        return 1024 + (index - 64) * (size_t)64;
    if (index == 97 || index == 112 || index == 124)
        return odd[index - 97];
    if (index < 112)
        return 3584 + (index - 98) * (size_t)512;
    if (index <= 120)
        return 12288 + (index - 113) * (size_t)4096;
    if (index < 124)
        return 65536 + (index - 121) * (size_t)32768;
    return 262144 + (index - 125) * (size_t)262144;
}

static void large_bins_begin_where_they_must(void)
{
    bool right = true;
    for (unsigned index = BIN_LARGE; index <= BIN_LAST; index++) {
        size_t first = first_size_of(index);
        unsigned below = bin_index(first - CHUNK_ALIGN), at = bin_index(first);
        if (below == index - 1 && at == index)
            continue;
        note("bin %u: %zu is in %u, %zu in %u", index, first - CHUNK_ALIGN, below, first, at);
        right = false;
    }
    ok(right, "each_of_the_63_large_bins_begins_where_it_must (B3)");
    ok(bin_index(SIZE_MAX / 4 + 1) == BIN_LAST, "the_last_bin_holds_the_rest (B3)");
}

static bool is_at(const struct modelled *m, enum place place)
{
    return m->place == place;
}

static struct modelled *model_of(const struct chunk *c)
{
    for (unsigned i = 0; i < CHUNKS; i++)
        if (model[i].chunk == c)
            return &model[i];
    return NULL;
}

static void move_to(struct modelled *m, enum place place)
{
    m->place = place;
    m->since = ++now;
}

/* The oldest in a place whose size is one; 0 is any. */
static struct modelled *oldest(enum place place, size_t size)
{
    struct modelled *best = NULL;
    for (unsigned i = 0; i < CHUNKS; i++)
        if (is_at(&model[i], place) && (size == 0 || model[i].size == size) &&
            (!best || model[i].since < best->since))
            best = &model[i];
    return best;
}

/* The smallest sorted size that serves `size`; a small one was looked for exactly before. */
static size_t best_size(size_t size)
{
    size_t least = size_is_small(size) ? size + 1 : size, best = 0;
    for (unsigned i = 0; i < CHUNKS; i++)
        if (is_at(&model[i], SORTED) && model[i].size >= least &&
            (best == 0 || model[i].size < best))
            best = model[i].size;
    return best;
}

static unsigned count_at(enum place place, unsigned index)
{
    unsigned count = 0;
    for (unsigned i = 0; i < CHUNKS; i++)
        count += is_at(&model[i], place) && (!index || bin_index(model[i].size) == index);
    return count;
}

static bool ring_closes(unsigned index, unsigned *count)
{
    struct chunk *end = bin_end(&bins, index);
    bool agree = true;
    *count = 0;
    for (struct chunk *c = end->fd; c != end && *count <= CHUNKS; c = c->fd) {
        agree = agree && c->fd->bk == c && c->bk->fd == c;
        ++*count;
    }
    return agree && *count <= CHUNKS;
}

static bool members_are_right(unsigned index)
{
    struct chunk *end = bin_end(&bins, index);
    for (struct chunk *c = end->fd; c != end; c = c->fd) {
        struct modelled *m = model_of(c);
        if (!m || !is_at(m, index == BIN_UNSORTED ? UNSORTED : SORTED))
            return false;
        if (index != BIN_UNSORTED && bin_index(m->size) != index)
            return false;
    }
    return true;
}

/* Largest first, and the ring of sizes has each size once, in the same order. */
static bool large_bin_is_sorted(unsigned index)
{
    struct chunk *end = bin_end(&bins, index), *of_size = end->fd;
    for (struct chunk *c = end->fd; c != end; c = c->fd) {
        bool first = c == end->fd || chunk_size(c->bk) != chunk_size(c);
        if (c != end->fd && chunk_size(c->bk) < chunk_size(c))
            return false;
        if (first != (c->fd_nextsize != NULL) || (first && c != of_size))
            return false;
        if (first && (c->fd_nextsize->bk_nextsize != c || c->bk_nextsize->fd_nextsize != c))
            return false;
        of_size = first ? c->fd_nextsize : of_size;
    }
    return of_size == end->fd;
}

static bool bin_agrees(unsigned index)
{
    unsigned count,
        expected = index == BIN_UNSORTED ? count_at(UNSORTED, 0) : count_at(SORTED, index);
    bool marked = bins.map[index / 64] >> index % 64 & 1;
    if (!ring_closes(index, &count) || count != expected || !members_are_right(index))
        return false;
    if (bin_is_empty(&bins, index) != (count == 0))
        return false;
    if (index != BIN_UNSORTED && count > 0 && !marked)
        return false;
    return index < BIN_LARGE || count == 0 || large_bin_is_sorted(index);
}

static void count_visit(struct chunk *c, void *context)
{
    unsigned *visits = context;
    *visits += model_of(c) && model_of(c)->place != OUTSIDE;
}

static bool all_agree(void)
{
    unsigned visits = 0;
    for (unsigned index = BIN_UNSORTED; index <= BIN_LAST; index++)
        if (!bin_agrees(index)) {
            note("bin %u does not agree after operation %u", index, now);
            return false;
        }
    bins_each(&bins, count_visit, &visits);
    return visits == count_at(UNSORTED, 0) + count_at(SORTED, 0);
}

static bool insert_one(struct modelled *m)
{
    bool unsorted = dice_below(&dice, 2);
    if (unsorted)
        bins_insert_unsorted(&bins, m->chunk);
    else
        bins_insert_sorted(&bins, m->chunk);
    move_to(m, unsorted ? UNSORTED : SORTED);
    return true;
}

static bool sort_the_next(void)
{
    struct chunk *c = bins_unsorted_next(&bins);
    struct modelled *expected = oldest(UNSORTED, 0);
    if (c != (expected ? expected->chunk : NULL))
        return false;
    if (!c)
        return true;
    bins_unlink(&bins, c);
    bins_insert_sorted(&bins, c);
    move_to(expected, SORTED);
    return true;
}

static bool take_one_small(size_t size)
{
    struct modelled *expected = oldest(SORTED, size);
    struct chunk *c = bins_take_small(&bins, size);
    if (expected)
        move_to(expected, OUTSIDE);
    return c == (expected ? expected->chunk : NULL);
}

static bool take_the_best(size_t size)
{
    size_t expected = best_size(size);
    struct chunk *c = bins_take_best(&bins, size);
    if (!c)
        return expected == 0;
    struct modelled *m = model_of(c);
    if (!m || m->size != expected || !is_at(m, SORTED))
        return false;
    move_to(m, OUTSIDE);
    return true;
}

static bool operate(void)
{
    struct modelled *m = &model[dice_below(&dice, CHUNKS)];
    size_t size = m->size;
    switch (dice_below(&dice, 8)) {
    case 0: return sort_the_next();
    case 1: return size_is_small(size) ? take_one_small(size) : take_the_best(size);
    case 2: return take_the_best(size - dice_below(&dice, 2) * CHUNK_ALIGN);
    default:
        if (is_at(m, OUTSIDE))
            return insert_one(m);
        bins_unlink(&bins, m->chunk);
        move_to(m, OUTSIDE);
        return true;
    }
}

/* Chunks as an arena would lay them: in use below, their size repeated above. */
static void begin_model(void)
{
    size_t sizes[SIZES], room = (size_t)1 << 30;
    char *at = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                    -1, 0);
    for (unsigned i = 0; i < SIZES; i++)
        sizes[i] = align_up(dice_doubling(&dice, 5, i % 3 ? 13 : 20), CHUNK_ALIGN);
    for (unsigned i = 0; i < CHUNKS; i++) {
        struct modelled *m = &model[i];
        *m = (struct modelled){.chunk = (struct chunk *)(void *)at, .size = sizes[i % SIZES]};
        chunk_set_head(m->chunk, m->size, CHUNK_PREV_IN_USE);
        chunk_set_head(chunk_above(m->chunk), CHUNK_MIN, 0);
        chunk_set_free(m->chunk);
        at += m->size + CHUNK_MIN;
    }
    bins_begin(&bins);
}

static void bins_do_as_the_model(void)
{
    bool right = true, agree = true;
    begin_model();
    ok(all_agree() && !bins_unsorted_next(&bins), "new_bins_are_empty (B5)");
    for (unsigned i = 1; i <= OPERATIONS && right && agree; i++) {
        right = operate();
        if (i % VERIFY_EVERY == 0)
            agree = all_agree();
    }
    ok(right, "every_chunk_taken_is_the_one_the_model_takes (B2 B3 B4)");
    ok(agree, "rings_sizes_and_binmap_agree_with_the_model (B5)");
    while (right && bins_unsorted_next(&bins))
        right = sort_the_next();
    for (unsigned left = CHUNKS; right && left > 0 && best_size(2 * CHUNK_ALIGN - 1); left--)
        right = take_the_best(CHUNK_ALIGN);
    ok(right && all_agree() && count_at(SORTED, 0) == 0, "the_bins_can_be_emptied");
}

static void unlink_it(void *c)
{
    bins_unlink(&bins, c);
}

static void insert_it(void *c)
{
    bins_insert_sorted(&bins, c);
}

static void broken_links_are_seen(void)
{
    struct chunk *a = model[0].chunk, *b = model[SIZES].chunk, *third = model[2 * SIZES].chunk;
    bins_begin(&bins);
    bins_insert_sorted(&bins, a);
    bins_insert_sorted(&bins, b);
    struct chunk *saved = a->fd;
    a->fd = model[1].chunk;
    ok(dies_saying("corrupted double-linked list", unlink_it, a), "a_wrong_fd_is_seen");
    const struct extent around = {(uintptr_t)a, (size_t)((char *)third - (char *)a) + 1};
    bins.within = &around;
    a->fd = saved;
    struct chunk *outside = (struct chunk *)(void *)((char *)third + 4096);
    a->fd = outside;
    ok(dies_saying("corrupted double-linked list", unlink_it, a), "a_link_that_leads_out_is_seen");
    bins.within = NULL;
    a->fd = saved;
    chunk_above(a)->prev_size ^= 16;
    ok(dies_saying("corrupted size vs. prev_size", unlink_it, a), "two_sizes_must_agree");
    chunk_above(a)->prev_size ^= 16;
    b->bk = b;
    ok(dies_saying("malloc(): corrupted bin list", insert_it, third),
       "a_ring_that_does_not_close_takes_no_chunk");
}

static void broken_sizes_are_seen(void)
{
    struct chunk *large = model[0].chunk;
    for (unsigned i = 0; i < SIZES; i++)
        if (chunk_size(model[i].chunk) > chunk_size(large))
            large = model[i].chunk;
    bins_begin(&bins);
    bins_insert_sorted(&bins, large);
    large->fd_nextsize = model[1].chunk;
    ok(dies_saying("corrupted double-linked list (not small)", unlink_it, large),
       "a_wrong_ring_of_sizes_is_seen");
}

int main(int argc, char **argv)
{
    dice = dice_of(seed_of(argc, argv));
    small_sizes_have_a_bin_each();
    large_bins_begin_where_they_must();
    bins_do_as_the_model();
    broken_links_are_seen();
    broken_sizes_are_seen();
    return done();
}
