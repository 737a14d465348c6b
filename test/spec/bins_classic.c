/*
 * bins_classic.c - section B without the thread cache: which bin holds which size, in what order.
 *
 * The bins are seen through the links of free chunks: a ring of free chunks has one node outside
 * the heap, the head of its bin, and two sizes share a bin if they find the same head.
 *
 * Proves B1 B2 B3 B4 B5; the fast bins (B6) are in fastbins_classic.c.
 */
#include "traced.h"

enum { LARGE_FROM = 1024, LARGE_TO = 1 << 20 };

/* No mapping, no trim, no fast bin, and a top that serves all of the test. */
static void quiet_heap(void)
{
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, 16 << 20);
    mallopt(M_MXFAST, 0);
    free(must(malloc(1), "malloc"));
}

static bool is_chunk(const char *node)
{
    static uintptr_t start;
    struct region heap;
    if (!start) {
        heap_line(&heap);
        start = heap.start;
    }
    return (uintptr_t)node >= start && (uintptr_t)node < break_now();
}

/* The head of the ring in which this free chunk is linked, or NULL if the ring is broken. */
static const char *head_of(const char *user)
{
    const char *head = NULL;
    const char *at = link_next(user);
    for (int i = 0; i < 100000 && at != chunk_of(user); i++) {
        if (!is_chunk(at)) {
            if (head)
                return NULL;
            head = at;
        }
        if (link_prev(user_of(link_next(user_of(at)))) != at)
            return NULL;
        at = link_next(user_of(at));
    }
    return at == chunk_of(user) ? head : NULL;
}

/* A request that no bin serves: all that is in the unsorted bin is sorted. */
static void sort_bins(void)
{
    free(must(malloc(2 * LARGE_TO), "malloc"));
}

/* The head of the bin for chunks of this size. */
static const char *bin_for(size_t size)
{
    char *p = must(malloc(size - WORD), "malloc");
    char *guard = must(malloc(16), "malloc");
    free(p);
    sort_bins();
    const char *head = head_of(p);
    char *again = must(malloc(size - WORD), "malloc");
    if (again != p)
        head = NULL;
    free(guard);
    free(again);
    return head;
}

/* The head of the unsorted bin: where a chunk is right after its free. */
static const char *unsorted_bin(void)
{
    char *p = must(malloc(2000), "malloc");
    char *guard = must(malloc(16), "malloc");
    free(p);
    const char *head = head_of(p);
    free(must(malloc(2000), "malloc"));
    free(guard);
    return head;
}

/* ptmalloc2's table of large bins, 64-bit. */
static size_t large_bin_index(size_t size)
{
    if (size >> 6 <= 48)
        return 48 + (size >> 6);
    if (size >> 9 <= 20)
        return 91 + (size >> 9);
    if (size >> 12 <= 10)
        return 110 + (size >> 12);
    if (size >> 15 <= 4)
        return 119 + (size >> 15);
    return size >> 18 <= 2 ? 124 + (size >> 18) : 126;
}

static const char *heads[128];

static void small_bins(void)
{
    size_t small = 0, shared = 0, other = 0;
    for (size_t size = 32; size <= 1008; size += 16) {
        heads[size / 16] = bin_for(size);
        other += heads[size / 16] != bin_for(size) || !heads[size / 16];
        for (size_t i = 2; i < size / 16; i++)
            shared += heads[i] == heads[size / 16];
        small++;
    }
    ok(small == 62 && shared == 0 && other == 0,
       "B2 there are 62 small bins, one size each, 32..1008 step 16");
}

static void large_bins(void)
{
    size_t large = 0, misplaced = 0;
    for (size_t size = LARGE_FROM; size <= LARGE_TO; size += 16) {
        const char *head = bin_for(size);
        size_t index = large_bin_index(size);
        if (!heads[index]) {
            heads[index] = head;
            large++;
            for (size_t i = 2; i < index; i++)
                misplaced += heads[i] == head;
        }
        misplaced += !head || heads[index] != head;
    }
    ok(large == 63 && misplaced == 0,
       "B3 there are 63 large bins, spaced 64, 512, 4096, 32768, 262144, and one for the rest");
    size_t rest = bin_for(786432) == heads[126] && bin_for(LARGE_TO) == heads[126];
    ok(rest == 1, "B3 all that is larger is in the last bin");
}

static void the_bins(void)
{
    quiet_heap();
    if (WORD != 8) {
        skip("B1 B2 B3 the table is for 64 bits");
        return;
    }
    heads[1] = unsorted_bin();
    small_bins();
    large_bins();
    size_t different = 0;
    for (size_t i = 1; i <= 126; i++) {
        size_t same = 0;
        for (size_t j = 1; j < i; j++)
            same += heads[i] == heads[j];
        different += heads[i] && same == 0;
    }
    ok(different == 126, "B1 128 bins: 1 unsorted, 2..63 small, 64..126 large, 0 and 127 unused");
}

/* Take and free count chunks of this size with guards between them. */
static void freed_apart(char **p, size_t count, size_t n, char **guards)
{
    for (size_t i = 0; i < count; i++) {
        p[i] = must(malloc(n), "malloc");
        guards[i] = must(malloc(16), "malloc");
    }
    for (size_t i = 0; i < count; i++)
        free(p[i]);
}

static void small_bins_are_queues(void)
{
    char *p[4], *guards[4];
    quiet_heap();
    freed_apart(p, 4, 500, guards);
    sort_bins();
    size_t in_order = 0;
    for (size_t i = 0; i < 4; i++)
        in_order += malloc(500) == p[i];
    ok(in_order == 4, "B2 a small bin gives its oldest chunk first");
}

static void large_bins_fit_best(void)
{
    static const size_t sizes[] = {5000, 3000, 4000, 2000, 3040, 2960};
    char *p[6], *guard[6];
    quiet_heap();
    for (size_t i = 0; i < 6; i++) {
        p[i] = must(malloc(sizes[i]), "malloc");
        guard[i] = must(malloc(16), "malloc");
    }
    for (size_t i = 0; i < 6; i++)
        free(p[i]);
    sort_bins();
    ok(head_of(p[1]) == head_of(p[4]) && head_of(p[1]) != head_of(p[3]),
       "B3 sizes within a spacing share a bin");
    char *smallest = WORD == 8 ? p[1] : p[5]; /* 512 bytes apart there, and 64 here */
    ok(link_prev(smallest) == head_of(smallest) || link_next(smallest) == head_of(smallest),
       "B3 a large bin is sorted: its smallest chunk stands at an end");
    ok(malloc(2950) == p[5], "B3 best fit: 2950 gets 2960, not 3000");
    ok(malloc(2970) == p[1], "B3 best fit: 2970 gets 3000, not 3040 of the same bin");
    ok(malloc(3500) == p[2], "B3 best fit: 3500 gets 4000");
    ok(malloc(4500) == p[0], "B3 best fit: 4500 gets 5000");
    ok(malloc(1990) == p[3], "B3 best fit: 1990 gets 2000");
    free(guard[0]);
}

static void the_unsorted_bin(void)
{
    char *p[2], *guards[2];
    quiet_heap();
    const char *unsorted = unsorted_bin();
    p[0] = must(malloc(2000), "malloc");
    guards[0] = must(malloc(16), "malloc");
    p[1] = must(malloc(600), "malloc");
    guards[1] = must(malloc(16), "malloc");
    free(p[0]);
    free(p[1]);
    ok(unsorted && head_of(p[0]) == unsorted && head_of(p[1]) == unsorted,
       "B4 freed chunks of all sizes go to the unsorted bin");
    ok(malloc(2000) == p[0], "B4 there they get one chance: the exact size is taken");
    free(p[0]);
    sort_bins();
    ok(head_of(p[0]) && head_of(p[1]) && head_of(p[0]) != unsorted && head_of(p[1]) != unsorted &&
           head_of(p[0]) != head_of(p[1]),
       "B4 then they are sorted");
    char *part = must(malloc(1000), "malloc");
    ok(part == p[0] && head_of(user_above(part)) == unsorted,
       "B4 the remainder of a split goes to the unsorted bin");
    free(part);
    ok(chunk_size_of(p[0]) == chunk_size_for(2000) && head_of(p[0]) == unsorted,
       "B4 so does a merged chunk");
    free(guards[0]);
    free(guards[1]);
}

static void bins_are_rings(void)
{
    enum { COUNT = 50 };
    char *p[COUNT], *guards[COUNT];
    size_t closed = 0;
    quiet_heap();
    freed_apart(p, COUNT, 700, guards);
    for (size_t i = 0; i < COUNT; i++)
        closed += head_of(p[i]) != NULL && head_of(p[i]) == head_of(p[0]);
    ok(closed == COUNT, "B5 the unsorted bin is a circular double list");
    sort_bins();
    for (size_t i = closed = 0; i < COUNT; i++)
        closed += head_of(p[i]) != NULL && head_of(p[i]) == head_of(p[0]);
    ok(closed == COUNT, "B5 a small bin is a circular double list");
    for (size_t i = 0; i < COUNT; i++)
        closed -= malloc(700) != NULL;
    freed_apart(p, COUNT, 7000, guards);
    sort_bins();
    for (size_t i = closed = 0; i < COUNT; i++)
        closed += head_of(p[i]) != NULL && head_of(p[i]) == head_of(p[0]);
    ok(closed == COUNT, "B5 a large bin is a circular double list");
}

/* A small request that the only free chunk serves, which is in a bin near by or far away. */
static void step_take_from(size_t size)
{
    char *p = must(malloc(size - WORD), "malloc");
    char *guard = must(malloc(16), "malloc");
    free(p);
    sort_bins();
    step_mark();
    char *part = malloc(40);
    step_mark();
    ok(part == p, "B5 (40 bytes come from the free chunk of %zu)", size);
    free(part);
    free(guard);
}

static void near_and_far(void)
{
    quiet_heap();
    step_take_from(528);  /* warm */
    step_take_from(528);  /* bin 33 */
    step_take_from(3200); /* bin 97: both have the same place in their word of the map */
}

static void the_binmap_skips_empty_bins(void)
{
    struct steps steps[PHASES_MAX];
    if (!in_stepped_process("the binmap", near_and_far, steps)) {
        skip("B5 no ptrace here");
        return;
    }
    long near = steps[1].instructions, far = steps[2].instructions;
    note("from a bin near by: %ld instructions, across 63 empty bins: %ld", near, far);
    ok(near > 0 && far < near + 2 * 63, "B5 the binmap skips empty bins");
}

int main(void)
{
    look_begin();
    in_fresh_process("all bins", the_bins);
    in_fresh_process("oldest first", small_bins_are_queues);
    in_fresh_process("best fit", large_bins_fit_best);
    in_fresh_process("unsorted", the_unsorted_bin);
    in_fresh_process("rings", bins_are_rings);
    the_binmap_skips_empty_bins();
    return done();
}
