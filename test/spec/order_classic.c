/*
 * order_classic.c - section A: the order in which malloc looks for memory, and free for a place.
 *
 * Each test prepares two sources for one request; the address tells which was asked first.  Read
 * in sequence they are the whole way: fast bin, exact small bin, merge of the fast bins, unsorted
 * bin, best fit, next larger bin, own mapping, top, merge and retry, system.
 * What follows after the system (another arena, NULL) is in fallback.c.
 */
#include "look.h"

/* A request of a fast chunk, the largest fast chunk, and a request of a small bin. */
enum { FAST = 9 * WORD, FAST_MOST = 16 * WORD, SMALL = WORD == 8 ? 500 : 250 };

static char *take(size_t n)
{
    return must(malloc(n), "malloc");
}

/* A chunk for n bytes that will not merge: a guard that stays in use stands above it. */
static char *take_guarded(size_t n)
{
    char *p = take(n);
    take(16);
    return p;
}

static void sort_bins(void)
{
    free(take(100000));
}

static void fast_bin_before_small_bin(void)
{
    take(16);
    char *small = take_guarded(FAST), *fast = take_guarded(FAST);
    free(small);
    sort_bins(); /* merges the fast bins: now it is in the small bin of its size */
    free(fast);
    ok(malloc(FAST) == fast, "A malloc takes from the fast bin first");
    ok(malloc(FAST) == small, "A then from the exact small bin");
}

static void small_bin_before_unsorted(void)
{
    char *small = take_guarded(SMALL), *unsorted = take_guarded(SMALL);
    free(small);
    sort_bins();
    free(unsorted);
    ok(malloc(SMALL) == small, "A the exact small bin comes before the unsorted bin");
    ok(malloc(SMALL) == unsorted, "A then comes the unsorted bin");
}

static void large_requests_merge_fast_bins(void)
{
    enum { COUNT = 10 };
    char *p[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        p[i] = take(FAST_MOST - WORD);
    take(16);
    for (size_t i = 0; i < COUNT; i++)
        free(p[i]);
    ok(malloc(COUNT * FAST_MOST - WORD) == p[0],
       "A a large request merges the fast bins before it looks");
}

static void unsorted_exact_before_sorted(void)
{
    char *sorted = take_guarded(2000), *other = take_guarded(3000), *exact = take_guarded(2000);
    free(sorted);
    sort_bins();
    free(other);
    free(exact);
    char *ring = link_next(other);
    ok(malloc(2000) == exact, "A an exact fit in the unsorted bin comes before a sorted chunk");
    ok(link_next(other) != ring, "A what was passed on the way to it is sorted");
    ok(malloc(2000) == sorted, "A then comes the sorted one");
}

static void unsorted_is_searched_from_its_oldest(void)
{
    char *older = take_guarded(2000), *newer = take_guarded(2000);
    free(older);
    free(newer);
    ok(malloc(2000) == older, "A the unsorted bin is searched from its oldest chunk");
    ok(malloc(2000) == newer, "A to its newest");
}

static void last_remainder_before_best_fit(void)
{
    char *hole = take_guarded(40000), *better = take_guarded(SMALL + 20);
    free(better);
    sort_bins();
    free(hole);
    char *first = take(SMALL + 60); /* splits the hole: no bin has anything smaller that fits */
    char *second = take(SMALL);
    ok(first == hole, "A (the hole is split)");
    ok(second == first + chunk_size_for(SMALL + 60),
       "A C11 a small request is cut from the last remainder before a better fit is looked for");
    char *third = take(SMALL - 200), *fourth = take(SMALL + 200);
    ok(third == second + chunk_size_for(SMALL) && fourth == third + chunk_size_for(SMALL - 200),
       "C11 small requests of any size come out adjacent, in their order");
    char *large = take(1500);
    ok(large != better, "A a large request sorts the remainder");
    ok(malloc(SMALL) == better, "A then the best fit is taken");
}

static void best_fit_before_next_bin(void)
{
    char *most = take_guarded(5000), *best = take_guarded(4000), *less = take_guarded(3000);
    free(best);
    free(less);
    free(most);
    ok(malloc(3500) == best, "A unsorted chunks that do not fit exactly are sorted: best fit");
    ok(malloc(4500) == most, "A a large bin with a fitting chunk comes before larger bins");
    ok(malloc(2500) == less, "A best fit is the smallest that fits");
}

static void next_larger_bin_before_top(void)
{
    char *near = take_guarded(900), *far = take_guarded(3000);
    free(far);
    free(near);
    sort_bins();
    ok(malloc(800) == near, "A the next larger bin that is not empty is split");
    ok(malloc(920) == far, "A however far it is");
}

static void bins_before_mapping(void)
{
    char *a = take(100000), *b = take_guarded(100000);
    free(a);
    free(b);
    char *p = take(150000);
    ok(p == a && !(flags_of(p) & M_BIT), "A a bin that fits comes before a mapping");
}

static void mapping_before_top(void)
{
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    mallopt(M_TOP_PAD, 1 << 20);
    char *first = take(100);
    char *top = user_above(first);
    ok(chunk_size_of(top) > MIB, "A (the top is large enough for the next request)");
    char *p = take(200000);
    ok((flags_of(p) & M_BIT) != 0, "A from the threshold on a mapping comes before the top");
    ok(malloc(100000) == top, "A below the threshold it is the top");
    free(p);
}

/* A top of less than 512 bytes. */
static char *exhaust_top(char *last)
{
    while (chunk_size_of(user_above(last)) > 4000)
        last = take(2000);
    size_t left = chunk_size_of(user_above(last));
    return take(left - SMALL / 5 * 3 - WORD);
}

static void retry_before_system(void)
{
    char *p[5];
    take(16);
    for (size_t i = 0; i < 5; i++)
        p[i] = take(FAST_MOST - WORD);
    char *last = exhaust_top(take(16));
    uintptr_t end = break_now();
    ok(chunk_size_of(user_above(last)) < 512, "A (the top is too small)");
    for (size_t i = 0; i < 5; i++)
        free(p[i]);
    ok(malloc(SMALL) == p[0], "A before the system is asked the fast bins are merged");
    ok(break_now() == end, "A the break has not moved");
    char *top = user_above(last);
    ok(malloc(700) == top, "A at last the system is asked and the top grows");
    ok(break_now() > end, "A the break has moved");
}

static void the_way_of_free(void)
{
    char *below = take(2000), *fast = take(FAST), *above = take(3000);
    char *guard = take(16);
    struct mallinfo2 before = mallinfo2();
    free(NULL);
    struct mallinfo2 after = mallinfo2();
    ok(memcmp(&before, &after, sizeof before) == 0, "A free(NULL) does nothing");
    char *mapped = take(MIB);
    free(mapped);
    ok(!is_mapped(mapped), "A free: an own mapping is unmapped");
    free(fast);
    ok(below_counts_as_used(above) && chunk_size_of(fast) == FAST + WORD,
       "A free: a fast chunk goes to its fast bin before any merge");
    free(above);
    ok(chunk_size_of(above) == chunk_size_for(3000) && below_counts_as_used(above),
       "A free: a fast chunk is no free neighbour");
    char *head = link_next(above);
    ok(!in_break_heap(head) && link_prev(above) == head, "A free: the others go into a bin");
    free(below);
    ok(link_next(below) == chunk_of(above) && link_prev(below) == head,
       "A free: the unsorted one, which takes all sizes, the newest in front");
    free(guard);
}

static void errno_survives_free(void)
{
    static const size_t sizes[] = {16, 500, 2000, 100000, 1000000, 50000000};
    size_t changed = 0;
    for (size_t i = 0; i < 6; i++) {
        char *p = take(sizes[i]);
        errno = 4242;
        free(p);
        changed += errno != 4242;
    }
    ok(changed == 0, "A errno is preserved by free");
}

int main(void)
{
    look_begin();
    in_fresh_process("fast before small", fast_bin_before_small_bin);
    in_fresh_process("small before unsorted", small_bin_before_unsorted);
    in_fresh_process("merge for large", large_requests_merge_fast_bins);
    in_fresh_process("unsorted", unsorted_exact_before_sorted);
    in_fresh_process("unsorted, from its oldest", unsorted_is_searched_from_its_oldest);
    in_fresh_process("last remainder", last_remainder_before_best_fit);
    in_fresh_process("best fit", best_fit_before_next_bin);
    in_fresh_process("next larger bin", next_larger_bin_before_top);
    in_fresh_process("bins before mapping", bins_before_mapping);
    in_fresh_process("mapping before top", mapping_before_top);
    in_fresh_process("retry before system", retry_before_system);
    in_fresh_process("free", the_way_of_free);
    in_fresh_process("errno", errno_survives_free);
    return done();
}
