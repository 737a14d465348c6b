/*
 * comes_back_cost.c - what giving back may cost: D5 fragmentation, D6 faults, D7 growth, regions of
 * the kernel's, and the time of a process that has nothing to do.
 *
 * Faults are counted, not time: they are the same on a busy machine.
 *
 * @test timeout=60
 */
#include "chain.h"

enum {
    BLOCK_PAGES = 64,                      /* D6: 256 KiB */
    ONCE = BLOCK_PAGES + BLOCK_PAGES + 32, /* its mapping (P5), then the heap, and what else */
    CYCLES = 1000,
    TIDES = 20,
    TIDE_MS = 50, /* up and down at 10 Hz */
    REGIONS = 2000,
};

static void touch(char *p, size_t n)
{
    for (size_t at = 0; at < n; at += page_size())
        p[at] = 1;
}

/* The faults of so many cycles through one block. */
static long faults_of_cycles(int cycles, long pause_ms)
{
    long before = minor_faults();
    for (int i = 0; i < cycles; i++) {
        char *p = have(malloc(256 * KIB), "malloc");
        touch(p, 256 * KIB);
        free(p);
        if (pause_ms)
            rest_ms(pause_ms);
    }
    return minor_faults() - before;
}

static void expect_faults(long faults)
{
    note("%ld faults, 64 pages a block", faults);
    expect(faults <= ONCE, "%ld faults of at most %d", faults, (int)ONCE);
}

static void cycles_in_main(void)
{
    expect_faults(faults_of_cycles(CYCLES, 0));
}

static void *cycles(void *arg)
{
    expect_faults(faults_of_cycles(CYCLES, 0));
    return arg;
}

static void cycles_in_a_thread(void)
{
    on_thread(cycles, NULL);
}

/* Each is younger than the decay time when it is wanted again. */
static void cycles_with_pauses(void)
{
    expect_faults(faults_of_cycles(25, 100));
}

/* 64 MiB in blocks of 100 KB, ten times a second; the faults after the first tide. */
static void tides(void)
{
    static const struct sizes sizes = {100000, 0};
    long before = 0;
    for (int i = 0; i < TIDES; i++) {
        char *chain = chain_take(64 * MIB, sizes, 1);
        rest_ms(TIDE_MS);
        chain_put(chain);
        rest_ms(TIDE_MS);
        before = i == 0 ? minor_faults() : before;
    }
    atomic_store(&board->number[0], minor_faults() - before);
}

/* Writable private memory without a file: heaps and mappings, what is only reserved not. */
static size_t writable_bytes(void)
{
    size_t sum = 0;
    look_at_maps();
    for (size_t i = 0; i < regions_count; i++)
        if (region_readable_writable(&regions[i]) && strchr(regions[i].name, '/') == NULL)
            sum += region_size(&regions[i]);
    return sum;
}

static size_t live, peak, base, worst;

static void live_changes(size_t more, size_t less)
{
    live += more - less;
    peak = live > peak ? live : peak;
}

static void look_at_growth(void)
{
    size_t held = writable_bytes() - base;
    size_t percent = held * 100 / (peak + MIB);
    worst = percent > worst ? percent : worst;
}

/* D7: ever larger blocks; the old one is freed after the new one is there, or before. */
static void *grows(void *overlap)
{
    char *old = NULL;
    size_t old_size = 0;
    free(have(malloc(100), "malloc"));
    base = writable_bytes();
    for (size_t n = 1000; n < 60 * MIB; old_size = n, n += n / 9) {
        if (!overlap && old) {
            free(old);
            live_changes(0, old_size);
        }
        char *p = have(malloc(n), "malloc");
        touch(p, n);
        live_changes(n, 0);
        if (overlap && old) {
            free(old);
            live_changes(0, old_size);
        }
        old = p;
        look_at_growth();
    }
    note("at most %zu %% of the live peak", worst);
    expect(worst <= 200, "never more than twice the live peak: %zu %%", worst);
    return NULL;
}

static void grows_in_turn(void)
{
    grows(NULL);
}

static void grows_with_overlap(void)
{
    grows(&live);
}

static void grows_in_a_thread(void)
{
    on_thread(grows, NULL);
}

static void grows_in_a_thread_with_overlap(void)
{
    on_thread(grows, &live);
}

/* A GiB of addresses, of which little is touched; nine in ten blocks go, here and there. */
static void *scatters(void *arg)
{
    enum { BLOCKS = 30000 };
    char **block = have(malloc(BLOCKS * sizeof *block), "malloc");
    size_t *quarter = arg;
    uint64_t random = *quarter + 1;
    for (size_t i = 0; i < BLOCKS / 4; i++) {
        block[i] = have(malloc(4000 + draw(&random, 60000)), "malloc");
        block[i][0] = 1;
    }
    for (size_t i = 0; i < BLOCKS / 4; i++)
        if (draw(&random, 10) != 0)
            free(block[i]);
    return NULL;
}

static void scattered(void)
{
    static size_t quarter[] = {0, 1, 2, 3};
    scatters(&quarter[0]);
    for (size_t i = 1; i < 4; i++)
        on_thread(scatters, &quarter[i]);
    scene_ready();
    rest_ms(2500);
    size_t count = look_at_maps();
    note("%zu regions", count);
    expect(count < REGIONS, "%zu regions", count);
}

static long cpu_us(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 + used.ru_utime.tv_usec +
           used.ru_stime.tv_usec;
}

/* After the memory is back there is nothing to do, and nobody to do it. */
static void rests_when_done(void)
{
    chain_thin(chain_take(64 * MIB, (struct sizes){100, 1200}, 1), 1000);
    rest_ms(1800);
    long before = cpu_us();
    rest_ms(2000);
    long used = cpu_us() - before;
    note("%ld us of CPU time in two seconds", used);
    expect(used <= 5000, "%ld us of CPU time in two idle seconds", used);
}

/* D5: of each burst of another size one block in a hundred stays, through all later bursts. */
static void survivors(void)
{
    long pages = 0;
    char *kept[6];
    for (size_t burst = 0; burst < 6; burst++) {
        struct sizes sizes = {16 + burst * 48, 48};
        kept[burst] = chain_thin(chain_take(20 * MIB, sizes, burst + 1), 100);
    }
    for (size_t burst = 0; burst < 6; burst++)
        pages += chain_pages_kib(kept[burst]);
    rest_ms(2500);
    long rss = rss_kib();
    note("the survivors stand on %ld KiB of pages, %ld KiB are resident", pages, rss);
    expect(rss <= pages + pages / 4 + 2500, "%ld KiB are resident for %ld", rss, pages);
}

#define NEVER "ASHLAR_DECAY=-1"

static const struct scene scenes[] = {
    {"D5 after six bursts little more is resident than the survivors' pages", .play = survivors},
    {"D6 a thousand cycles through 256 KiB fault 64 pages once", .play = cycles_in_main},
    {"D6 a thread's cycles through 256 KiB fault 64 pages once", .play = cycles_in_a_thread},
    {"D6 slow cycles through 256 KiB fault 64 pages once", .play = cycles_with_pauses},
    {"D6 64 MiB that come and go at 10 Hz", .play = tides},
    {"D6 64 MiB that come and go at 10 Hz, decay=-1", .play = tides, .settings = {NEVER}},
    {"D7 ever larger blocks, one after the other: at most twice the peak", .play = grows_in_turn},
    {"D7 ever larger blocks, the next before the last: at most twice the peak",
     .play = grows_with_overlap},
    {"D7 ever larger blocks of a thread: at most twice the peak", .play = grows_in_a_thread},
    {"D7 ever larger blocks of a thread, overlapping: at most twice the peak",
     .play = grows_in_a_thread_with_overlap},
    {"D8 a scattered GiB has less than 2,000 regions after its decay", .play = scattered},
    {"D8 a process that has given back uses no CPU time", .play = rests_when_done},
};

enum { TIDES_DECAY = 4, TIDES_NEVER = 5 };

int main(int argc, char **argv)
{
    scenes_watch(argc, argv, scenes, sizeof scenes / sizeof *scenes);
    long decay = atomic_load(&seen[TIDES_DECAY].board->number[0]);
    long never = atomic_load(&seen[TIDES_NEVER].board->number[0]);
    note("%ld faults in %d tides, %ld with decay=-1", decay, TIDES - 1, never);
    ok(decay <= never + never / 50 + 200, "D6 what comes and goes at 10 Hz stays between");
    return done();
}
