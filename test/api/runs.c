/*
 * runs.c - small blocks without headers (slots of runs), as a program sees them: when a size gets
 * them, how much of them can be used, and that every call does with them what its manual says.
 */
#include "runs.h"

enum { MANY = 100000 };

static void *many[MANY];

static void take_many(size_t count, size_t n)
{
    for (size_t i = 0; i < count; i++)
        many[i] = malloc(n);
}

static void free_many(size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(many[i]);
}

static size_t first_slot(size_t count)
{
    size_t i = 0;
    while (i < count && !is_slot(many[i]))
        i++;
    return i;
}

/* Chunks of 64 bytes serve 48. */
static bool runs_are_earned(void)
{
    take_many(3000, 48);
    size_t first = first_slot(3000);
    bool holds = is_slot(many[2999]) && malloc_usable_size(many[0]) == 56;
    note("the first slot is block %zu", first);
    free_many(3000);
    return holds && first >= 64 * KIB / 64 - 64 && first <= 64 * KIB / 64 + 64;
}

static bool use_in_turn_earns_nothing(void)
{
    bool holds = true;
    for (size_t i = 0; i < MANY; i++) {
        many[i % 200] = malloc(80);
        holds &= !is_slot(many[i % 200]);
        if (i % 200 == 199)
            free_many(200);
    }
    return holds;
}

/* Filled and emptied twice, as a program does that has nothing better to do with them. */
static bool larger_blocks_earn_by_use(void)
{
    bool holds = true;
    for (size_t n = 1500; n <= SLOT_MAX; n += 3000)
        for (int round = 0; round < 2; round++) {
            take_many(500, n);
            holds &= first_slot(500) == 500;
            free_many(500);
        }
    return holds;
}

static bool others_keep_chunks(void)
{
    void *user = malloc(200);
    bool holds = !is_slot(user);
    free(user);
    return holds;
}

static bool usable_is_the_slot(void)
{
    size_t wrong = 0;
    for (size_t n = 1; n <= SLOT_MAX; n++) {
        void *user = malloc(n);
        size_t usable = malloc_usable_size(user);
        bool holds = usable == slot_size(n) && is_aligned(user, alignment_of(n));
        if (!holds && wrong++ == 0)
            note("%zu bytes: usable are %zu", n, usable);
        memset(user, 0xa5, usable);
        free(user);
    }
    void *nothing = malloc(0);
    bool holds = wrong == 0 && malloc_usable_size(nothing) == slot_size(0);
    free(nothing);
    return holds;
}

/* One size of them has earned it for all. */
static bool larger_ones_are_spans(void)
{
    bool holds = true;
    /* What is above the threshold of mappings is no span: the first mapping freed moves it. */
    free(malloc(2 * SPAN_MAX));
    earn(3 * SLOT_MAX);
    for (size_t n = SLOT_MAX + 1; n <= SPAN_MAX; n += 1111) {
        void *user = malloc(n);
        holds &= is_span(user) && malloc_usable_size(user) == (n + 4095) / 4096 * 4096;
        memset(user, 0xa5, malloc_usable_size(user));
        free(user);
    }
    return holds;
}

static bool the_largest_are_chunks(void)
{
    void *largest = malloc(SPAN_MAX), *larger = malloc(SPAN_MAX + 1);
    bool holds = is_span(largest) && malloc_usable_size(largest) == SPAN_MAX && !is_slot(larger);
    free(largest);
    free(larger);
    return holds;
}

static bool neighbours_do_not_overlap(void)
{
    bool holds = true;
    for (size_t i = 0; i < MANY; i++) {
        many[i] = malloc(i % 3000 + 1);
        pattern_fill(many[i], i % 3000 + 1, i);
    }
    for (size_t i = 0; i < MANY; i++) {
        size_t n = i % 3000 + 1;
        holds &= pattern_holds(many[i], n, n, i);
        free(many[i]);
    }
    return holds;
}

static bool resize_once(size_t from, size_t to)
{
    char *before = malloc(from);
    size_t kept = from < to ? from : to, usable = malloc_usable_size(before);
    pattern_fill(before, kept, from ^ to);
    char *after = realloc(before, to);
    bool stays = to <= usable && 2 * to >= usable;
    bool holds = after != NULL && malloc_usable_size(after) >= to &&
                 is_aligned(after, alignment_of(to)) &&
                 pattern_holds(after, kept, kept, from ^ to) && (!stays || after == before);
    if (!holds)
        note("realloc of %zu to %zu", from, to);
    free(after);
    return holds;
}

static bool realloc_moves_contents(void)
{
    static const size_t sizes[] = {1,    16,   17,   24,    31,     48,     100, 256,
                                   257,  1500, 5000, 16384, 16385,  400,    512, 700,
                                   1016, 1024, 1040, 20000, 200000, 2000000};
    bool holds = true;
    for (size_t from = 0; from < sizeof sizes / sizeof *sizes; from++)
        for (size_t to = 0; to < sizeof sizes / sizeof *sizes; to++)
            holds &= resize_once(sizes[from], sizes[to]);
    for (size_t from = 1; from <= 300; from += 7)
        for (size_t to = 1; to <= 300; to += 3)
            holds &= resize_once(from, to);
    return holds;
}

static bool realloc_grows_step_by_step(void)
{
    unsigned char *user = NULL;
    bool holds = true;
    for (size_t n = 1; n <= 3000; n++) {
        user = realloc(user, n);
        user[n - 1] = (unsigned char)n;
    }
    for (size_t n = 3000; n >= 1; n--) {
        holds &= user[n - 1] == (unsigned char)n;
        user = realloc(user, n);
    }
    free(user);
    return holds;
}

static bool alignments_are_kept(void)
{
    bool holds = true;
    for (size_t alignment = 8; alignment <= 8192; alignment *= 2)
        for (size_t n = 1; n <= 1200; n += 13) {
            size_t i = n / 13;
            holds &= posix_memalign(&many[i], alignment, n) == 0 &&
                     is_aligned(many[i], alignment) && malloc_usable_size(many[i]) >= n;
            pattern_fill(many[i], n, n ^ alignment);
            if (i < 92)
                continue;
            for (i = 0; i <= 92; i++) {
                holds &= pattern_holds(many[i], 1 + 13 * i, 1 + 13 * i, (1 + 13 * i) ^ alignment);
                free(many[i]);
            }
        }
    return holds;
}

static bool aligned_blocks_may_be_slots(void)
{
    bool holds = true;
    for (size_t n = 32; n <= 8192; n *= 2) {
        void *user = NULL;
        holds &= posix_memalign(&user, n, n) == 0 && is_aligned(user, n) &&
                 malloc_usable_size(user) == n;
        free(user);
        holds &= posix_memalign(&user, n, n - 5) == 0 && is_aligned(user, n);
        free(user);
    }
    return holds;
}

static bool calloc_clears_what_was_used(void)
{
    bool holds = true;
    for (size_t round = 0; round < 4; round++) {
        for (size_t i = 0; i < MANY / 4; i++) {
            many[i] = calloc(1, 1 + i % 3000);
            holds &= all_bytes_are(many[i], 1 + i % 3000, 0);
            memset(many[i], 0xff, malloc_usable_size(many[i]));
        }
        free_many(MANY / 4);
        if (round == 1)
            malloc_trim(0);
    }
    return holds;
}

static bool trim_returns_runs(void)
{
    take_many(MANY, 400);
    for (size_t i = 0; i < MANY; i++)
        memset(many[i], (int)i, 400);
    size_t full = resident();
    for (size_t i = 0; i < MANY; i++)
        if (i % 1000 != 0)
            free(many[i]);
    bool said = malloc_trim(0) == 1;
    size_t trimmed = resident();
    note("resident %zu KiB, trimmed %zu KiB", full / KIB, trimmed / KIB);
    bool holds = said && trimmed + MANY / 10 * 9 * (size_t)400 < full;
    for (size_t i = 0; i < MANY; i += 1000) {
        holds &= all_bytes_are(many[i], 400, (unsigned char)i);
        free(many[i]);
    }
    return holds;
}

static bool trimmed_runs_serve_again(void)
{
    bool holds = true;
    take_many(MANY, 400);
    for (size_t i = 0; i < MANY; i++)
        pattern_fill(many[i], 400, i);
    for (size_t i = 0; i < MANY; i++)
        holds &= pattern_holds(many[i], 400, 400, i);
    free_many(MANY);
    return holds;
}

static bool sums_agree(const struct mallinfo2 *m)
{
    return m->arena == m->uordblks + m->fordblks && m->fsmblks <= m->fordblks;
}

static bool mallinfo_counts_slots(void)
{
    struct mallinfo2 before = mallinfo2();
    take_many(MANY, 64);
    struct mallinfo2 full = mallinfo2();
    free_many(MANY);
    struct mallinfo2 after = mallinfo2();
    size_t bytes = MANY * (size_t)64;
    note("in use %zu, %zu, %zu", before.uordblks, full.uordblks, after.uordblks);
    return sums_agree(&before) && sums_agree(&full) && sums_agree(&after) &&
           full.uordblks - before.uordblks >= bytes &&
           full.uordblks - before.uordblks <= bytes + bytes / 50 && full.arena >= bytes &&
           after.uordblks <= before.uordblks + bytes / 50 &&
           after.fordblks + bytes / 50 >= before.fordblks;
}

int main(void)
{
    if (!on_ashlar()) {
        tap_print("1..0 # SKIP runs are ashlar's\n");
        return 0;
    }
    ok(runs_are_earned(), "64_KiB_of_one_size_earn_runs (D4)");
    ok(use_in_turn_earns_nothing(), "what_is_used_in_turn_earns_nothing");
    ok(others_keep_chunks(), "and_other_sizes_keep_their_chunks");
    ok(larger_blocks_earn_by_use(), "larger_blocks_do_not_earn_them_by_weight");
    earn_all();
    ok(usable_is_the_slot(), "all_of_a_slot_can_be_used (D4)");
    ok(larger_ones_are_spans(), "larger_blocks_are_spans_of_whole_pages");
    ok(the_largest_are_chunks(), "and_those_beyond_256_KiB_are_chunks");
    ok(neighbours_do_not_overlap(), "slots_do_not_overlap");
    ok(realloc_moves_contents(), "realloc_keeps_contents_from_and_to_slots");
    ok(realloc_grows_step_by_step(), "realloc_grows_and_shrinks_step_by_step");
    ok(alignments_are_kept(), "aligned_blocks_are_aligned");
    ok(aligned_blocks_may_be_slots(), "and_slots_where_these_are_aligned");
    ok(calloc_clears_what_was_used(), "calloc_clears_used_slots");
    ok(trim_returns_runs(), "malloc_trim_returns_empty_runs (M11)");
    ok(trimmed_runs_serve_again(), "which_serve_again");
    ok(mallinfo_counts_slots(), "mallinfo2_counts_slots");
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
