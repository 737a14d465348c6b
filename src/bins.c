/*
 * bins.c - rings of free chunks.  What each ring must be is written in bins.h.
 *
 * Links lie in memory that the user wrote while the chunk was his, and may write still if his
 * program is wrong.  So no link is followed that leads out of the arena's memory, and none is written
 * before its neighbour confirms it.
 */
#include "bins.h"

#include "die.h"

void bins_begin(struct bins *b)
{
    for (unsigned index = 0; index < BINS; index++)
        b->ends[index].fd = b->ends[index].bk = bin_end(b, index);
    for (unsigned word = 0; word < BINMAP_WORDS; word++)
        b->map[word] = 0;
}

/*
 * Large bins come in groups of one spacing: sizes up to `last` << shift belong to bin
 * base + (size >> shift).  The groups overlap so that each starts where the one before ends.
 */
static const struct {
    unsigned shift, last, base;
} groups[] = {
    {6, WORD == 8 ? 48 : 38, BIN_LARGE - (LARGE_MIN >> 6)},
    {9, 20, 91},
    {12, 10, 110},
    {15, 4, 119},
    {18, 2, 124},
};

unsigned bin_index(size_t size)
{
    if (size_is_small(size))
        return (unsigned)(size / CHUNK_ALIGN);
    for (unsigned g = 0; g < sizeof groups / sizeof *groups; g++)
        if (size >> groups[g].shift <= groups[g].last)
            return groups[g].base + (unsigned)(size >> groups[g].shift);
    return BIN_LAST;
}

/* The unsorted bin is looked at in any case and has no use for its bit. */
static void mark_occupied(struct bins *b, unsigned index)
{
    assert(index >= BIN_SMALL && index <= BIN_LAST && !bin_is_empty(b, index)); /* I7 */
    b->map[index / BINMAP_BITS] |= (uint64_t)1 << index % BINMAP_BITS;
}

static void mark_empty(struct bins *b, unsigned index)
{
    assert(index >= BIN_SMALL && index <= BIN_LAST && bin_is_empty(b, index)); /* I7 */
    b->map[index / BINMAP_BITS] &= ~((uint64_t)1 << index % BINMAP_BITS);
}

/* The first bin from `index` on that may be occupied; BINS if there is none. */
static unsigned next_occupied(const struct bins *b, unsigned index)
{
    assert(index > BIN_UNSORTED);
    unsigned word = index / BINMAP_BITS;
    if (word >= BINMAP_WORDS)
        return BINS;
    uint64_t bits = b->map[word] & (~(uint64_t)0 << index % BINMAP_BITS);
    while (bits == 0 && ++word < BINMAP_WORDS)
        bits = b->map[word];
    return bits ? word * BINMAP_BITS + (unsigned)__builtin_ctzll(bits) : BINS;
}

/* Dies with the phrase unless a chunk of the arena, or the end of a ring, can be there. */
static void check_link(const struct bins *b, const struct chunk *c, const char *phrase)
{
    uintptr_t from_first = (uintptr_t)c - (uintptr_t)bin_end(b, 0);
    bool is_end = from_first < sizeof b->ends && from_first % sizeof *b->ends == 0;
    if (unlikely(b->within && !is_end &&
                 (!extent_has(b->within, c) || !is_aligned(c, CHUNK_ALIGN))))
        die_at(phrase, c);
}

static const char large_phrase[] = "corrupted double-linked list (not small)";
static const char sizes_phrase[] = "malloc(): largebin double linked list corrupted (nextsize)";

/* Link c into a ring, right before `next`. */
static void ring_insert(const struct bins *b, struct chunk *c, struct chunk *next)
{
    struct chunk *prev = next->bk;
    check_link(b, prev, "malloc(): corrupted bin list");
    if (unlikely(prev->fd != next))
        die("malloc(): corrupted bin list", next, (uintptr_t)prev->fd, (uintptr_t)next);
    c->fd = next;
    c->bk = prev;
    prev->fd = c;
    next->bk = c;
}

/* Others look at the sum without the lock. */
static void set_waiting(struct bins *b, size_t bytes)
{
    __atomic_store_n(&b->waiting, bytes, __ATOMIC_RELAXED);
}

/* The newest of those that wait for their pages to go back. */
static void row_add(struct bins *b, struct chunk *c)
{
    assert(chunk_size(c) >= CHUNK_PAGES_MIN);
    c->freed_at = decay_now();
    c->newer = NULL;
    c->older = b->newest;
    if (c->older)
        c->older->newer = c;
    else
        b->oldest = c;
    b->newest = c;
    set_waiting(b, b->waiting + chunk_size(c));
}

/* Nearly the oldest: it will have its turn before those that come later. */
static void row_add_old(struct bins *b, struct chunk *c, size_t freed_at)
{
    c->freed_at = freed_at;
    c->older = NULL;
    c->newer = b->oldest;
    if (c->newer)
        c->newer->older = c;
    else
        b->newest = c;
    b->oldest = c;
    set_waiting(b, b->waiting + chunk_size(c));
}

static void row_remove(struct bins *b, struct chunk *c)
{
    struct chunk *older = c->older, *newer = c->newer;
    if (older)
        check_link(b, older, large_phrase);
    if (newer)
        check_link(b, newer, large_phrase);
    if (unlikely((older ? older->newer : b->oldest) != c ||
                 (newer ? newer->older : b->newest) != c))
        die_at("corrupted double-linked list (not small)", c);
    if (older)
        older->newer = newer;
    else
        b->oldest = newer;
    if (newer)
        newer->older = older;
    else
        b->newest = older;
    set_waiting(b, b->waiting - chunk_size(c));
}

void bins_note_returned(struct bins *b, struct chunk *c)
{
    assert(c->freed_at != 0);
    row_remove(b, c);
    c->freed_at = 0;
    b->returned += chunk_size(c);
}

static void insert_unsorted(struct bins *b, struct chunk *c)
{
    assert(!chunk_in_use(c) && chunk_below_in_use(c)); /* I4, I5 */
    struct chunk *end = bin_end(b, BIN_UNSORTED);
    ring_insert(b, c, end->fd);
    if (!size_is_small(chunk_size(c)))
        c->fd_nextsize = c->bk_nextsize = NULL;
}

void bins_insert_unsorted(struct bins *b, struct chunk *c)
{
    insert_unsorted(b, c);
    if (chunk_size(c) >= CHUNK_PAGES_MIN)
        row_add(b, c);
}

void bins_insert_aged(struct bins *b, struct chunk *c, size_t freed_at)
{
    insert_unsorted(b, c);
    if (chunk_size(c) < CHUNK_PAGES_MIN)
        return;
    if (freed_at != 0) {
        row_add_old(b, c, freed_at);
        return;
    }
    c->freed_at = 0;
    b->returned += chunk_size(c);
}

/*
 * The first of the sizes, from the largest down, that is at most `size`.  The caller knows one is.
 */
static struct chunk *first_not_larger(const struct bins *b, struct chunk *largest, size_t size)
{
    assert(chunk_size(largest->bk_nextsize) <= size); /* or the search would not end */
    struct chunk *at = largest;
    while (chunk_size(at) > size) {
        at = at->fd_nextsize;
        check_link(b, at, sizes_phrase);
    }
    return at;
}

/* c becomes the representative of its size, between `next` and the one before it. */
static void sizes_insert(const struct bins *b, struct chunk *c, struct chunk *next)
{
    struct chunk *prev = next->bk_nextsize;
    check_link(b, prev, sizes_phrase);
    if (unlikely(prev->fd_nextsize != next))
        die("malloc(): largebin double linked list corrupted (nextsize)", next,
            (uintptr_t)prev->fd_nextsize, (uintptr_t)next);
    c->fd_nextsize = next;
    c->bk_nextsize = prev;
    prev->fd_nextsize = c;
    next->bk_nextsize = c;
}

static void insert_large(const struct bins *b, struct chunk *end, struct chunk *c)
{
    size_t size = chunk_size(c);
    assert(!size_is_small(size));
    struct chunk *largest = end->fd;
    if (largest == end) {
        c->fd_nextsize = c->bk_nextsize = c;
        ring_insert(b, c, end);
        return;
    }
    struct chunk *smallest = largest->bk_nextsize;
    check_link(b, smallest, sizes_phrase);
    if (size < chunk_size(smallest)) {
        sizes_insert(b, c, largest);
        ring_insert(b, c, end);
        return;
    }
    struct chunk *at = first_not_larger(b, largest, size);
    if (chunk_size(at) == size) {
        /* Second of its size: the representative need not change hands. */
        c->fd_nextsize = c->bk_nextsize = NULL;
        ring_insert(b, c, at->fd);
        return;
    }
    sizes_insert(b, c, at);
    ring_insert(b, c, at);
}

static void insert_sorted(struct bins *b, struct chunk *c)
{
    unsigned index = bin_index(chunk_size(c));
    assert(!chunk_in_use(c) && index >= BIN_SMALL && index <= BIN_LAST); /* I5 */
    assert(size_is_small(chunk_size(c)) == (index < BIN_LARGE));
    struct chunk *end = bin_end(b, index);
    if (index < BIN_LARGE)
        ring_insert(b, c, end->fd);
    else
        insert_large(b, end, c);
    mark_occupied(b, index);
}

void bins_insert_sorted(struct bins *b, struct chunk *c)
{
    insert_sorted(b, c);
    if (chunk_size(c) >= CHUNK_PAGES_MIN)
        row_add(b, c);
}

/* c leaves the ring of sizes; the next chunk of its size, if there is one, takes its place. */
static void sizes_unlink(const struct bins *b, struct chunk *c)
{
    struct chunk *next = c->fd_nextsize, *prev = c->bk_nextsize;
    assert(next && !size_is_small(chunk_size(c))); /* I6: only such a chunk is on that ring */
    check_link(b, next, large_phrase);
    check_link(b, prev, large_phrase);
    if (unlikely(next->bk_nextsize != c || prev->fd_nextsize != c))
        die_at("corrupted double-linked list (not small)", c);
    struct chunk *heir = c->fd;
    if (heir->fd_nextsize == NULL && chunk_size(heir) == chunk_size(c)) {
        heir->fd_nextsize = next == c ? heir : next;
        heir->bk_nextsize = prev == c ? heir : prev;
        heir->fd_nextsize->bk_nextsize = heir;
        heir->bk_nextsize->fd_nextsize = heir;
        return;
    }
    next->bk_nextsize = prev;
    prev->fd_nextsize = next;
}

static void unlink(struct bins *b, struct chunk *c)
{
    size_t size = chunk_size(c);
    if (unlikely(chunk_above(c)->prev_size != size))
        die("corrupted size vs. prev_size", c, chunk_above(c)->prev_size, size);
    struct chunk *next = c->fd, *prev = c->bk;
    check_link(b, next, "corrupted double-linked list");
    check_link(b, prev, "corrupted double-linked list");
    if (unlikely(next->bk != c || prev->fd != c))
        die_at("corrupted double-linked list", c);
    if (!size_is_small(size) && c->fd_nextsize)
        sizes_unlink(b, c);
    next->bk = prev;
    prev->fd = next;

    unsigned index = bin_index(size);
    if (next == prev && next == bin_end(b, index))
        mark_empty(b, index);
}

void bins_unlink(struct bins *b, struct chunk *c)
{
    unlink(b, c);
    if (chunk_size(c) < CHUNK_PAGES_MIN)
        return;
    if (c->freed_at != 0)
        row_remove(b, c);
    else
        b->returned -= chunk_size(c);
}

void bins_sort(struct bins *b, struct chunk *c)
{
    unlink(b, c);
    insert_sorted(b, c);
}

struct chunk *bins_take_small(struct bins *b, size_t size)
{
    assert(size_is_small(size) && size >= CHUNK_MIN && size % CHUNK_ALIGN == 0);
    struct chunk *end = bin_end(b, bin_index(size));
    struct chunk *oldest = end->bk;
    if (oldest == end)
        return NULL;
    bins_unlink(b, oldest);
    return oldest;
}

/* The smallest chunk of at least `size` in one large bin; NULL if all are smaller. */
static struct chunk *best_in_bin(const struct bins *b, struct chunk *end, size_t size)
{
    struct chunk *largest = end->fd;
    if (largest == end || chunk_size(largest) < size)
        return NULL;
    struct chunk *fit = largest->bk_nextsize;
    check_link(b, fit, sizes_phrase);
    while (chunk_size(fit) < size) {
        fit = fit->bk_nextsize;
        check_link(b, fit, sizes_phrase);
    }
    /* Prefer the second of its size: then the ring of sizes stays as it is. */
    if (fit->fd != end && chunk_size(fit->fd) == chunk_size(fit))
        fit = fit->fd;
    return fit;
}

struct chunk *bins_take_best(struct bins *b, size_t size)
{
    static_assert(BINMAP_WORDS == 2, "both words of the binmap are looked at");
    assert(size % CHUNK_ALIGN == 0);
    if ((b->map[0] | b->map[1]) == 0)
        return NULL;
    unsigned index = bin_index(size);
    struct chunk *fit = NULL;
    if (index >= BIN_LARGE)
        fit = best_in_bin(b, bin_end(b, index), size);
    /* In every later bin even the smallest, which is the last, is large enough. */
    while (!fit && (index = next_occupied(b, index + 1)) < BINS) {
        struct chunk *last = bin_end(b, index)->bk;
        if (last == bin_end(b, index))
            mark_empty(b, index);
        else
            fit = last;
    }
    if (fit)
        bins_unlink(b, fit);
    return fit;
}

struct chunk *bins_unsorted_next(const struct bins *b)
{
    struct chunk *end = bin_end(b, BIN_UNSORTED);
    return end->bk == end ? NULL : end->bk;
}

void bins_each(const struct bins *b, void (*visit)(struct chunk *, void *), void *context)
{
    for (unsigned index = BIN_UNSORTED; index <= BIN_LAST; index++) {
        struct chunk *end = bin_end(b, index);
        for (struct chunk *c = end->fd; c != end; c = c->fd)
            visit(c, context);
    }
}
