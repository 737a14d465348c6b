/*
 * The storm against a kernel that refuses: every 2nd, 3rd .. call for memory fails, or all calls
 * after the first so many (ASHLAR_INJECT_FAIL, see src/sys.c).  Spec A, M9, R11, P1: a request may
 * then fail with ENOMEM, but no block is damaged, every law of the heap holds, and when the kernel
 * gives again the allocator serves again.
 *
 *     unit-storm_inject [SEED [NUMBER]]    all orders, or one (the environment is the caller's then)
 *
 * @test inject timeout=120
 */
#include "storm.h"

static const struct order {
    const char *name, *value;
    unsigned threads;
    const char *options;
    bool runs;
} orders[] = {
    {"every 2nd refused", "2", 1, "", false},
    {"every 2nd refused, two threads", "2", 2, "", false},
    {"every 3rd refused", "3", 2, "", false},
    {"every 3rd refused, classic", "3", 2, "tcache=0", false},
    {"every 7th refused", "7", 2, "", false},
    {"every 7th refused, two arenas", "7", 2, "arena_max=2,mmap_max=0,top_pad=0,trim_threshold=0",
     false},
    {"every 50th refused", "50", 2, "", false},
    {"all but the first", "-1", 1, "", false},
    {"all but the first, two threads", "-1", 2, "", false},
    {"all but 7", "-7", 2, "", false},
    {"all but 50", "-50", 2, "", false},
    {"every 3rd refused, runs", "3", 2, "", true},
    {"every 7th refused, runs", "7", 4, "arena_max=2", true},
    {"all but 50, runs", "-50", 2, "", true},
    {"all but 100, runs", "-100", 3, "", true},
    {"all but 50, classic", "-50", 2, "tcache=0", false},
    {"all but 50, nothing mapped", "-50", 2, "mmap_max=0,trim_threshold=0", false},
};

enum { ORDERS = sizeof orders / sizeof *orders };

/* Many small blocks and some large ones: more than what was free before. */
static bool serves_again(void)
{
    enum { BLOCKS = 400 };
    static char *blocks[BLOCKS];
    bool served = true;
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t n = i % 8 == 0 ? 400 * KIB : 500;
        blocks[i] = malloc(n);
        served = served && blocks[i];
        if (blocks[i])
            memset(blocks[i], 0x5a, n);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return served;
}

static void storm_under_order(const struct order *order, uint64_t seed)
{
    struct storm_plan plan = {.seed = seed,
                              .threads = order->threads,
                              .rounds = 3,
                              .operations = 5000,
                              .check_every = 499,
                              .fork_every = 8000,
                              .may_refuse = true,
                              .runs = order->runs};
    storm_run(&plan);
    ok(storm.refused > 0 || atoi(order->value) > 0, "%s: some_requests_fail", order->name);
    storm_judge(order->name);
    unsetenv("ASHLAR_INJECT_FAIL");
    ok(serves_again(), "%s: afterwards_all_is_served", order->name);
    plan.may_refuse = false;
    plan.seed++;
    unsigned refused = storm.refused;
    storm_run(&plan);
    ok(storm.refused == refused, "%s: afterwards_nothing_fails (%u)", order->name,
       storm.refused - refused);
    storm_end_all();
    storm_check();
    ok(storm.broken_laws == 0 && storm.damaged == 0 && storm.bad_children == 0,
       "%s: afterwards_all_laws_hold", order->name);
}

int main(int argc, char **argv)
{
    if (argc > 2) {
        alarm(100);
        storm_under_order(&orders[strtoul(argv[2], NULL, 10) % ORDERS], strtoull(argv[1], NULL, 0));
        return done();
    }
    char seed[32], number[32];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)seed_of(argc, argv));
    for (unsigned i = 0; i < ORDERS; i++) {
        snprintf(number, sizeof number, "%u", i);
        setenv("ASHLAR_OPTIONS", orders[i].options, 1);
        storm_in_process(orders[i].name, "ASHLAR_INJECT_FAIL", orders[i].value,
                         (char *[]){argv[0], seed, number, NULL});
    }
    return done();
}
