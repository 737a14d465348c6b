/*
 * comes_back_limits.c - the soft limit makes free memory go back at once, the hard limit refuses.
 *
 * hard_limit: no more memory than that is held from the kernel; a request that would need more
 * fails with ENOMEM, and is served again when others have freed, whoever and of whatever size.
 * soft_limit: above it nothing waits for the decay time, below it everything does.
 *
 * @test timeout=60
 */
#include "chain.h"

enum { HARD_MIB = 128, SOFT_MIB = 64, SLACK_MIB = 28, KIB_EACH = 1024 /* in a MiB */ };

/* Take blocks until there is no memory; *taken tells how many bytes that were. */
static char *take_all_there_is(size_t n, size_t *taken)
{
    char *last = NULL, *more;
    *taken = 0;
    errno = 0;
    while (*taken < 4 * HARD_MIB * MIB && (more = chain_grow(last, n)) != NULL) {
        last = more;
        *taken += n;
    }
    expect(errno == ENOMEM, "blocks of %zu bytes: errno is ENOMEM after %zu MiB", n, *taken / MIB);
    return last;
}

/* Blocks beyond 16 KiB are held as whole units of 8 KiB: 20,000 bytes are 24,576. */
static void expect_nearly_all(size_t taken, const char *what)
{
    expect(taken >= (HARD_MIB - SLACK_MIB) * MIB && taken <= HARD_MIB * MIB, "%s: %zu of %d MiB",
           what, taken / MIB, HARD_MIB);
    expect(rss_kib() <= (long)((HARD_MIB + 4) * MIB / KIB), "%s: %ld KiB are resident", what,
           rss_kib());
}

static void refuses(size_t n)
{
    size_t taken, again;
    char *chain = take_all_there_is(n, &taken);
    expect_nearly_all(taken, "at first");
    chain_put(chain);
    chain = take_all_there_is(n, &again);
    expect_nearly_all(again, "again after all was freed");
    chain_put(chain);
}

static void refuses_large_blocks(void)
{
    refuses(MIB);
}

static void refuses_medium_blocks(void)
{
    refuses(20000);
}

static void refuses_small_blocks(void)
{
    refuses(200);
}

static bool said_enomem(void *p)
{
    bool said = p == NULL && errno == ENOMEM;
    errno = 0;
    return said;
}

static void refuses_at_every_door(void)
{
    size_t taken;
    char *chain = take_all_there_is(MIB, &taken);
    void *aligned = NULL;
    errno = 0;
    expect(said_enomem(malloc(16 * MIB)), "malloc");
    expect(said_enomem(calloc(16, MIB)), "calloc");
    expect(said_enomem(aligned_alloc(4096, 16 * MIB)), "aligned_alloc");
    if (!expect(said_enomem(realloc(chain, 16 * MIB)), "realloc"))
        return;
    expect(posix_memalign(&aligned, 64, 16 * MIB) == ENOMEM, "posix_memalign");
    expect(chain[MIB - 1] == 1 && chain[sizeof chain] == 1, "a block is whole after its realloc");
    chain_put(chain);
    chain = have(malloc(16 * MIB), "malloc after all was freed");
    free(chain);
}

/* Nobody touches it, but somebody may. */
static void refuses_what_is_larger_than_itself(void)
{
    errno = 0;
    expect(said_enomem(malloc((HARD_MIB + 1) * MIB)), "malloc");
    free(have(malloc(HARD_MIB / 2 * MIB), "half of it"));
}

static void *takes_and_frees(void *arg)
{
    chain_put(chain_take((HARD_MIB - 2 * SLACK_MIB) * MIB, *(struct sizes *)arg, 1));
    return NULL;
}

/* What one thread freed in one kind of blocks must not stand in the way of the next. */
static void serves_one_after_the_other(void)
{
    struct sizes kinds[] = {{2000, 0}, {64, 0}, {50000, 0}, {MIB, 0}, {100, 1200}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        on_thread(takes_and_frees, &kinds[i]);
    takes_and_frees(&kinds[4]);
}

/* Under a decay of a minute: what is above the limit cannot have waited for it. */
static void goes_back_above_soft(void)
{
    char *chain = chain_take(100 * MIB, (struct sizes){2000, 0}, 1);
    chain_thin(chain, 1000);
    scene_ready();
    scene_sleeps();
}

static void waits_below_soft(void)
{
    char *chain = chain_take(40 * MIB, (struct sizes){2000, 0}, 1);
    chain_thin(chain, 1000);
    scene_ready();
    scene_sleeps();
}

static void *half_of_it(void *arg)
{
    chain_thin(chain_take(45 * MIB, (struct sizes){100, 1200}, 1), 1000);
    return arg;
}

/* The limit is the process's, not an arena's. */
static void goes_back_above_soft_in_threads(void)
{
    on_thread(half_of_it, NULL);
    on_thread(half_of_it, NULL);
    half_of_it(NULL);
    scene_ready();
    scene_sleeps();
}

#define HARD "ASHLAR_HARD_LIMIT=128M"
#define SOFT "ASHLAR_SOFT_LIMIT=64M"
#define SLOW "ASHLAR_DECAY=60000"

static const struct scene scenes[] = {
    {"D8 hard_limit refuses blocks of 1 MiB, and serves again", refuses_large_blocks,
     .settings = {HARD}},
    {"D8 hard_limit refuses blocks of 20 KB, and serves again", refuses_medium_blocks,
     .settings = {HARD}},
    {"D8 hard_limit refuses blocks of 200 B, and serves again", refuses_small_blocks,
     .settings = {HARD}},
    {"D8 hard_limit with decay=-1 refuses, and serves again", refuses_medium_blocks,
     .settings = {HARD, "ASHLAR_DECAY=-1"}},
    {"D8 hard_limit: every door says ENOMEM", refuses_at_every_door, .settings = {HARD}},
    {"D8 hard_limit: one request beyond it", refuses_what_is_larger_than_itself,
     .settings = {HARD}},
    {"D8 D3 hard_limit: what one thread freed serves the next", serves_one_after_the_other,
     .settings = {HARD}},
    {"D8 soft_limit: above it memory goes back at once", goes_back_above_soft,
     .settings = {SOFT, SLOW}, .within = 0.5, .below = (SOFT_MIB + 4) * KIB_EACH},
    {"D8 soft_limit without a helper: above it memory goes back at once", goes_back_above_soft,
     .settings = {SOFT, SLOW, "ASHLAR_BACKGROUND=0"}, .within = 0.5,
     .below = (SOFT_MIB + 4) * KIB_EACH},
    {"D8 soft_limit is the process's, not an arena's", goes_back_above_soft_in_threads,
     .settings = {SOFT, SLOW}, .within = 0.5, .below = (SOFT_MIB + 4) * KIB_EACH},
    {"D8 soft_limit: below it memory waits for the decay time", waits_below_soft,
     .settings = {SOFT, SLOW}, .within = 1.5, .above = 40 * KIB_EACH},
};

int main(int argc, char **argv)
{
    scenes_watch(argc, argv, scenes, sizeof scenes / sizeof *scenes);
    return done();
}
