/*
 * The randomised storm in every mode that changes what an arena is asked for: the default, classic
 * (ASHLAR_TCACHE=0), two arenas for all threads, nearly everything mapped, memory filled on every
 * call.  V M P R C B A as a whole: whatever order requests come in, no block is damaged and every
 * law that the checker knows holds.  Afterwards nothing is lost.
 *
 *     unit-storm [SEED [NUMBER]]     all modes, or one (the environment is the caller's then)
 *
 * @test timeout=120
 */
#include "storm.h"

#include "arenas.h"
#include "mapped.h"
#include "thread.h"
#include "walk.h"

static const struct mode {
    const char *name, *variable, *value;
    unsigned char perturb;
    bool large, runs;
} modes[] = {
    {"default", "ASHLAR_OPTIONS", "", 0, false, false},
    {"classic", "ASHLAR_TCACHE", "0", 0, false, false},
    {"two arenas", "ASHLAR_ARENA_MAX", "2", 0, false, false},
    {"one arena", "ASHLAR_ARENA_MAX", "1", 0, false, false},
    {"mapped", "MALLOC_MMAP_THRESHOLD_", "4096", 0, false, false},
    {"unmapped", "ASHLAR_MMAP_MAX", "0", 0, false, false},
    {"perturbed", "MALLOC_PERTURB_", "165", 165, false, false},
    {"eager to trim", "ASHLAR_OPTIONS", "top_pad=0,trim_threshold=0", 0, false, false},
    {"more than one heap", "ASHLAR_OPTIONS", "arena_max=2,mmap_max=0", 0, true, false},
    {"runs", "ASHLAR_OPTIONS", "", 0, false, true},
    {"runs, two arenas", "ASHLAR_ARENA_MAX", "2", 0, false, true},
    {"runs, perturbed", "MALLOC_PERTURB_", "165", 165, false, true},
    {"runs, eager to trim", "ASHLAR_OPTIONS", "top_pad=0,trim_threshold=0", 0, false, true},
    {"classic without fast bins", "ASHLAR_OPTIONS", "tcache=0,mxfast=0", 0, false, false},
    {"spans", "ASHLAR_MMAP_MAX", "0", 0, true, true},
    {"spans, perturbed", "MALLOC_PERTURB_", "165", 165, true, true},
    {"the keeper at work", "ASHLAR_OPTIONS", "decay=3", 0, false, false},
    {"the keeper at work on runs", "ASHLAR_OPTIONS", "decay=3,arena_max=3", 0, false, true},
    {"nothing waits", "ASHLAR_OPTIONS", "decay=0", 0, false, true},
    {"above the soft limit", "ASHLAR_OPTIONS", "soft_limit=4M,background=0", 0, true, false},
    {"callers at work", "ASHLAR_OPTIONS", "decay=20,background=0", 0, false, true},
};

enum { MODES = sizeof modes / sizeof *modes };

static void count_in_use(struct chunk *c, enum walked_state state, void *sum)
{
    if (state == WALKED_IN_USE)
        *(size_t *)sum += chunk_size(c);
}

/* Bytes of chunks and slots that are neither free nor ready anywhere. */
static size_t bytes_in_use(void)
{
    size_t sum = 0;
    for (struct arena *a = arenas_first(); a; a = arenas_next(a)) {
        lock_take(&a->lock);
        arena_put_received(a);
        walk_arena(a, count_in_use, &sum);
        sum -= a->fast.bytes;
        sum += a->runs.live_bytes;
        lock_release(&a->lock);
    }
    return sum + spans_live();
}

static size_t bytes_in_runs(void)
{
    size_t sum = 0;
    for (struct arena *a = arenas_first(); a; a = arenas_next(a)) {
        lock_take(&a->lock);
        sum += a->runs.live_bytes;
        lock_release(&a->lock);
    }
    return sum;
}

static size_t mapped_now(void)
{
    return mapped_counted().chunks;
}

/* Give back every block; then all must be as before. */
static void clear_up(const struct mode *mode, size_t bytes_before, size_t mapped_before)
{
    /* The C library keeps the stacks of ended threads, and with each a few blocks. */
    enum { KEPT_PER_THREAD = 4096 };
    storm_end_all();
    thread_flush();
    storm_check();
    ok(storm.broken_laws == 0, "%s: the_emptied_heap_is_lawful", mode->name);
    size_t bytes = bytes_in_use(), most = bytes_before + STORM_THREADS_MAX * KEPT_PER_THREAD;
    ok(bytes <= most, "%s: what_was_freed_is_free (%zu bytes before, %zu after)", mode->name,
       bytes_before, bytes);
    ok(mapped_now() <= mapped_before + STORM_THREADS_MAX, "%s: no_mapping_is_left (%zu, %zu)",
       mode->name, mapped_before, mapped_now());
}

static void storm_in_mode(const struct mode *mode, uint64_t seed)
{
    struct storm_plan plan = {.seed = seed,
                              .threads = 4,
                              .rounds = 4,
                              .operations = 6000,
                              .check_every = 499,
                              .fork_every = 6000,
                              .perturb = mode->perturb,
                              .large = mode->large,
                              .runs = mode->runs};
    /* A sanitizer's runtime does not survive threads in a forked child .. */
    bool sanitized = getenv("TEST_SANITIZER");
    if (sanitized)
        plan.fork_every = 0;
    if (mode->large)
        plan.operations = 2500;
    thread_flush();
    size_t bytes = bytes_in_use(), mapped = mapped_now();
    storm_run(&plan);
    /* .. and changes errno whenever it passes something over. */
    if (sanitized)
        storm.wrong_errno = 0;
    storm_judge(mode->name);
    if (mode->runs)
        ok(bytes_in_runs() > 0 && spans_live() > 0, "%s: some_blocks_are_slots_or_spans",
           mode->name);
    clear_up(mode, bytes, mapped);
}

/* Settings are read once, at the start: every mode is a process of its own. */
int main(int argc, char **argv)
{
    if (argc > 2) {
        const struct mode *mode = &modes[strtoul(argv[2], NULL, 10) % MODES];
        alarm(100);
        storm_in_mode(mode, strtoull(argv[1], NULL, 0));
        return done();
    }
    char seed[32], number[32];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)seed_of(argc, argv));
    for (unsigned i = 0; i < MODES; i++) {
        snprintf(number, sizeof number, "%u", i);
        storm_in_process(modes[i].name, modes[i].variable, modes[i].value,
                         (char *[]){argv[0], seed, number, NULL});
    }
    return done();
}
