/*
 * mallopt.c - each M_* of malloc.h does what mallopt(3) says, and says 1; a size of fast bins
 * that cannot be says 0.  Each setting is tried in a child of its own, since none can be undone.
 *
 * @test both timeout=60
 */
#include "api.h"

static size_t mapped_count(void)
{
    return mallinfo2().hblks;
}

/* True when a block of n bytes gets a mapping of its own. */
static bool is_mapped_at(size_t n)
{
    size_t before = mapped_count();
    void *block = malloc(n);
    bool mapped = mapped_count() == before + 1;
    free(block);
    return mapped;
}

/* Sizes beyond the 132 KiB of the first heap: glibc maps only what the top cannot serve. */
static bool mmap_threshold_is_obeyed(void)
{
    bool holds = is_mapped_at(150000);
    holds &= mallopt(M_MMAP_THRESHOLD, 200000) == 1;
    holds &= is_mapped_at(300000) && is_mapped_at(300000) && !is_mapped_at(150000);
    holds &= mallopt(M_MMAP_THRESHOLD, 1 << 20) == 1 && !is_mapped_at(1000000);
    return holds && is_mapped_at(2000000);
}

/* P5: a freed mapping raises the threshold to its size, unless any of four was set by hand. */
static bool threshold_moves_by_itself(void)
{
    return is_mapped_at(MIB) && !is_mapped_at(MIB) && is_mapped_at(2 * MIB);
}

static bool threshold_stays_once_set(int parameter, int value)
{
    bool holds = mallopt(parameter, value) == 1 && is_mapped_at(MIB);
    return holds && is_mapped_at(MIB) && is_mapped_at(MIB);
}

static bool mmap_threshold_freezes(void)
{
    return threshold_stays_once_set(M_MMAP_THRESHOLD, 200000);
}

static bool trim_threshold_freezes(void)
{
    return threshold_stays_once_set(M_TRIM_THRESHOLD, 131072);
}

static bool top_pad_freezes(void)
{
    return threshold_stays_once_set(M_TOP_PAD, 65536);
}

static bool mmap_max_freezes(void)
{
    return threshold_stays_once_set(M_MMAP_MAX, 1000);
}

static bool mmap_max_of_zero_maps_nothing(void)
{
    return is_mapped_at(MIB) && mallopt(M_MMAP_MAX, 0) == 1 && !is_mapped_at(3 * MIB);
}

static bool mmap_max_limits_the_number(void)
{
    void *blocks[5];
    size_t before = mapped_count();
    bool holds = mallopt(M_MMAP_MAX, (int)before + 3) == 1;
    for (size_t i = 0; i < 5; i++)
        holds &= (blocks[i] = malloc(MIB)) != NULL;
    holds &= mapped_count() == before + 3;
    for (size_t i = 0; i < 5; i++)
        free(blocks[i]);
    return holds && mapped_count() == before;
}

static size_t heap_bytes(void)
{
    return mallinfo2().arena;
}

/* The break moves by the request and the pad: a pad of 1 MiB shows in the next growth. */
static bool top_pad_is_added(void)
{
    free(malloc(100));
    size_t before = heap_bytes();
    bool holds = mallopt(M_TOP_PAD, 1 << 20) == 1 && mallopt(M_MMAP_MAX, 0) == 1;
    void *block = malloc(200000);
    size_t grown = heap_bytes() - before;
    free(block);
    return holds && grown >= MIB && grown <= MIB + 210000;
}

/* A high threshold keeps the freed top, a low one gives it back. */
static bool heap_shrinks_with_threshold(int threshold)
{
    if (mallopt(M_TRIM_THRESHOLD, threshold) != 1 || mallopt(M_MMAP_MAX, 0) != 1)
        return false;
    void *block = malloc(4 * MIB);
    size_t before = heap_bytes();
    free(block);
    return heap_bytes() < before - 3 * MIB;
}

static bool trim_threshold_is_obeyed(void)
{
    return heap_shrinks_with_threshold(256 * 1024);
}

static bool a_high_trim_threshold_keeps(void)
{
    return !heap_shrinks_with_threshold(64 << 20);
}

static bool trim_threshold_of_minus_one_never_trims(void)
{
    return !heap_shrinks_with_threshold(-1);
}

/* glibc's cache forgets to perturb, so sizes that it serves count on ashlar only. */
static size_t perturb_least(void)
{
    return on_ashlar() ? 1 : 2000;
}

static bool is_perturbed_at(size_t n, unsigned char byte)
{
    unsigned char *block = malloc(n);
    bool holds = block != NULL && all_bytes_are(block, n, (unsigned char)~byte);
    free(block);
    return holds;
}

static bool allocation_is_perturbed(void)
{
    bool holds = mallopt(M_PERTURB, 0x5a) == 1;
    for (size_t n = perturb_least(); n < 60000 && holds; n = n * 5 / 4 + 1)
        for (int round = 0; round < 3; round++)
            holds &= is_perturbed_at(n, 0x5a);
    return holds && is_perturbed_at(MIB, 0x5a);
}

static bool perturb_uses_the_low_byte(void)
{
    return mallopt(M_PERTURB, 0x1234) == 1 && is_perturbed_at(5000, 0x34);
}

static bool realloc_growth_keeps_content_when_perturbed(void)
{
    bool holds = mallopt(M_PERTURB, 0x77) == 1;
    void *block = malloc(3000);
    pattern_fill(block, 3000, 9);
    for (size_t n = 6000; n < 3 * MIB && holds; n *= 2) {
        block = realloc(block, n);
        holds = block != NULL && pattern_holds(block, 3000, 3000, 9);
    }
    free(block);
    return holds;
}

static bool calloc_is_zero_when_perturbed(void)
{
    bool holds = mallopt(M_PERTURB, 0xaa) == 1;
    for (size_t n = 1; n < MIB && holds; n = n * 3 / 2 + 1) {
        void *block = calloc(1, n);
        holds = block != NULL && all_bytes_are(block, n, 0);
        free(block);
    }
    return holds;
}

/* The middle of a freed block, past any list links and before the next header. */
static bool freed_memory_is_perturbed(void)
{
    bool holds = mallopt(M_PERTURB, 0x5a) == 1;
    for (size_t n = on_ashlar() ? 200 : 2000; n < 60000 && holds; n = n * 5 / 4) {
        char *block = malloc(n);
        void *guard = malloc(n);
        memset(block, 1, n);
        free(block);
        const char *gone = launder(block);
        holds = all_bytes_are(gone + 64, n - 128, 0x5a);
        free(guard);
    }
    return holds;
}

static bool perturb_of_zero_turns_it_off(void)
{
    bool holds = mallopt(M_PERTURB, 0x5a) == 1 && mallopt(M_PERTURB, 0) == 1;
    char *block = malloc(2000);
    memset(block, 3, 2000);
    free(block);
    const char *gone = launder(block);
    return holds && all_bytes_are(gone + 64, 1800, 3);
}

static bool good_values_are_taken(void)
{
    bool holds = mallopt(M_MXFAST, 0) == 1 && mallopt(M_MXFAST, 64) == 1;
    holds &= mallopt(M_MXFAST, 160) == 1;
    holds &= mallopt(M_ARENA_TEST, 2) == 1 && mallopt(M_ARENA_MAX, 3) == 1;
    holds &= mallopt(M_CHECK_ACTION, 3) == 1 && mallopt(M_TOP_PAD, 0) == 1;
    void *block = malloc(1000);
    holds &= block != NULL;
    free(block);
    return holds && heap_is_sound();
}

static bool impossible_fast_sizes_are_refused(void)
{
    errno = EDOM;
    bool holds = mallopt(M_MXFAST, 161) == 0 && mallopt(M_MXFAST, 100000) == 0;
    return holds && mallopt(M_MXFAST, -1) == 0 && errno == EDOM;
}

/* mallopt(3): "errno is not set"; what an unknown number yields is not said. */
static bool unknown_parameters_change_nothing(void)
{
    errno = EDOM;
    for (int parameter = 5; parameter < 300; parameter += 7) {
        int result = mallopt(parameter, 123456789);
        if ((result != 0 && result != 1) || errno != EDOM)
            return false;
    }
    return is_mapped_at(MIB) && !is_mapped_at(100000) && heap_is_sound();
}

/* ashlar counts what its caches hold as fast blocks too, so there it shows without them only. */
static bool work_goes_on_without_fast_bins(void)
{
    const char *cache = getenv("ASHLAR_TCACHE");
    bool cached = on_ashlar() && (cache == NULL || strcmp(cache, "0") != 0);
    bool holds = mallopt(M_MXFAST, 0) == 1;
    void *blocks[100];
    for (size_t i = 0; i < 100; i++)
        blocks[i] = malloc(40);
    for (size_t i = 0; i < 100; i++)
        free(blocks[i]);
    struct mallinfo2 info = mallinfo2();
    return holds && (cached || (info.smblks == 0 && info.fsmblks == 0)) && heap_is_sound();
}

#define child_ok(work, ...) ok(holds_in_child(work, 10), __VA_ARGS__)

static void check_thresholds(void)
{
    child_ok(mmap_threshold_is_obeyed, "M_MMAP_THRESHOLD_is_obeyed (P1 P2)");
    child_ok(threshold_moves_by_itself, "the_threshold_moves_by_itself (P5)");
    child_ok(mmap_threshold_freezes, "M_MMAP_THRESHOLD_freezes_it (P5)");
    child_ok(trim_threshold_freezes, "M_TRIM_THRESHOLD_freezes_it (P5)");
    child_ok(top_pad_freezes, "M_TOP_PAD_freezes_it (P5)");
    child_ok(mmap_max_freezes, "M_MMAP_MAX_freezes_it (P5)");
    child_ok(mmap_max_of_zero_maps_nothing, "M_MMAP_MAX_of_zero_maps_nothing (P2)");
    child_ok(mmap_max_limits_the_number, "M_MMAP_MAX_limits_the_number (P2)");
    child_ok(top_pad_is_added, "M_TOP_PAD_is_added (M1)");
    child_ok(trim_threshold_is_obeyed, "M_TRIM_THRESHOLD_is_obeyed (M6)");
    child_ok(a_high_trim_threshold_keeps, "a_high_M_TRIM_THRESHOLD_keeps (M6)");
    child_ok(trim_threshold_of_minus_one_never_trims, "M_TRIM_THRESHOLD_of_-1_never_trims");
}

static void check_perturb(void)
{
    child_ok(allocation_is_perturbed, "M_PERTURB_fills_with_the_complement");
    child_ok(perturb_uses_the_low_byte, "M_PERTURB_uses_the_low_byte");
    child_ok(realloc_growth_keeps_content_when_perturbed, "realloc_keeps_content_when_perturbed");
    child_ok(calloc_is_zero_when_perturbed, "calloc_is_zero_when_perturbed");
    child_ok(freed_memory_is_perturbed, "M_PERTURB_fills_freed_memory");
    child_ok(perturb_of_zero_turns_it_off, "M_PERTURB_of_zero_turns_it_off");
}

int main(void)
{
    check_thresholds();
    check_perturb();
    child_ok(good_values_are_taken, "good_values_are_taken");
    child_ok(impossible_fast_sizes_are_refused, "impossible_fast_sizes_are_refused");
    child_ok(unknown_parameters_change_nothing, "unknown_parameters_change_nothing");
    child_ok(work_goes_on_without_fast_bins, "work_goes_on_without_fast_bins (B6)");
    return done();
}
