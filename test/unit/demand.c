/*
 * Which sizes earn runs: small ones by the weight of what is in use, which need be the less the more
 * sizes have earned, and in a busy arena; larger ones by return, in a busy arena only.  Who fills
 * his memory with larger blocks and empties it, even twice, earns nothing.
 */
#include "unit.h"

#include "demand.h"

enum { OPERATIONS = 200000 };

/* The requests that take chunks of a size: from and to. */
static size_t least_request(size_t chunk_size)
{
    return chunk_size == CHUNK_MIN ? 0 : chunk_size - CHUNK_ALIGN - WORD + 1;
}

static size_t largest_request(size_t chunk_size)
{
    return chunk_size - WORD;
}

static size_t largest_small(void)
{
    return (DEMAND_SMALL - 1) * CHUNK_ALIGN;
}

static unsigned requests_that_earned(const struct demand *d)
{
    unsigned count = 0;
    for (size_t n = 0; n <= RUN_SLOT_MAX + 100; n++)
        count += demand_has_earned(d, n);
    return count;
}

/* One size earns with 64 KiB, and nobody else. */
static bool earns_by_weight_in(struct demand *d, size_t size, unsigned batch)
{
    size_t in_use = 0;
    bool right = true;
    while (right && in_use * size < EARN_BYTES) {
        right = !demand_has_earned(d, largest_request(size));
        demand_taken(d, size, batch);
        in_use += batch;
    }
    return right && demand_has_earned(d, least_request(size)) &&
           demand_has_earned(d, largest_request(size)) &&
           requests_that_earned(d) == largest_request(size) - least_request(size) + 1;
}

static bool earns_by_weight(size_t size, unsigned batch)
{
    struct demand d = {.larger_freed = 0};
    return earns_by_weight_in(&d, size, batch);
}

static void small_sizes_earn_by_weight(void)
{
    bool right = true;
    for (size_t size = CHUNK_MIN; size <= largest_small(); size += CHUNK_ALIGN)
        right = right && earns_by_weight(size, 1) && earns_by_weight(size, 64);
    ok(right, "64_KiB_of_one_small_size_in_use_earn_runs_for_it_alone");
}

/* How much the next small size must weigh when so many have earned. */
static size_t weight_after(unsigned earned)
{
    size_t weight = EARN_BYTES;
    while (earned-- > 0)
        weight = max_size(weight / 2, EARN_BYTES_LEAST);
    return weight;
}

static void each_makes_it_easier(void)
{
    struct demand d = {.larger_freed = 0};
    bool right = true;
    for (unsigned earned = 0; earned < 20; earned++) {
        size_t size = (10 + earned) * CHUNK_ALIGN, n = largest_request(size), chunks = 0;
        for (; !demand_has_earned(&d, n); chunks++)
            demand_taken(&d, size, 1);
        right = right && chunks == (weight_after(earned) + size - 1) / size;
    }
    ok(right, "each_size_that_earns_halves_the_weight_for_the_others_down_to_4_KiB");
}

static void what_was_in_vain_is_earned_anew(void)
{
    struct demand d = {.larger_freed = 0};
    bool right = true;
    for (unsigned round = 0; round < 10; round++) {
        right = right && earns_by_weight_in(&d, 160, 1);
        demand_forget(&d, largest_request(160));
        right = right && !demand_has_earned(&d, largest_request(160));
    }
    ok(right, "small_sizes_without_memory_for_runs_earn_them_anew_by_as_much");
}

/* So much is never in use at once, however often it is taken. */
static void small_sizes_earn_nothing_by_return(void)
{
    struct demand d = {.larger_freed = 0};
    unsigned fewer = (unsigned)(EARN_BYTES / 512) - 1;
    for (unsigned freed = 0; freed + fewer < EARN_BUSY_SMALL; freed += fewer) {
        demand_taken(&d, 512, fewer);
        for (unsigned i = 0; i < fewer; i++)
            demand_returned(&d, 512);
    }
    ok(requests_that_earned(&d) == 0, "small_sizes_earn_nothing_by_return");
    demand_taken(&d, 512, fewer + 1);
    ok(demand_has_earned(&d, largest_request(512)), "but_by_one_more_at_once");
}

static void a_busy_arena_asks_for_a_page_only(void)
{
    struct demand d = {.larger_freed = 0};
    for (unsigned i = 0; i < EARN_BUSY_SMALL; i++)
        demand_returned(&d, 64);
    demand_taken(&d, 512, 7);
    ok(!demand_has_earned(&d, largest_request(512)),
       "seven_chunks_of_512_bytes_are_less_than_a_page");
    demand_taken(&d, 512, 1);
    ok(demand_has_earned(&d, largest_request(512)), "a_busy_arena_asks_for_a_page_only");
}

static void take_each(struct demand *d, size_t size, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        demand_taken(d, size, 1);
}

static void return_each(struct demand *d, size_t size, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        demand_returned(d, size);
}

/* From now on only what a size itself does counts. */
static struct demand busy(void)
{
    struct demand d = {.larger_freed = 0};
    return_each(&d, chunk_size_for(RUN_SLOT_MAX), EARN_BUSY);
    d.larger[DEMAND_LARGER - 1] = (struct demand_class){.in_use = 0};
    return d;
}

static void filling_and_emptying_twice_earns_nothing(void)
{
    bool nothing = true;
    for (size_t n = 1100; n <= RUN_SLOT_MAX && nothing; n += n / 10) {
        struct demand d = {.larger_freed = 0};
        for (unsigned round = 0; round < 2; round++) {
            take_each(&d, chunk_size_for(n), 10000);
            return_each(&d, chunk_size_for(n), 10000);
        }
        take_each(&d, chunk_size_for(n), 10000);
        nothing = requests_that_earned(&d) == 0;
    }
    ok(nothing, "filling_and_emptying_twice_earns_nothing");
}

/* One of several in use is returned and wanted again. */
static unsigned swings_until_earned(struct demand *d, size_t n, unsigned in_use, unsigned most)
{
    size_t size = chunk_size_for(n);
    take_each(d, size, in_use);
    unsigned swings = 0;
    while (swings < most && !demand_has_earned(d, n)) {
        demand_returned(d, size);
        demand_taken(d, size, 1);
        swings++;
    }
    return swings;
}

static bool earns_by_return(size_t n, unsigned in_use, unsigned swings)
{
    struct demand d = busy();
    unsigned needed = swings_until_earned(&d, n, in_use, 100000);
    if (needed != swings)
        note("%zu bytes, %u in use: earned after %u swings", n, in_use, needed);
    return needed == swings;
}

static void larger_sizes_earn_by_return(void)
{
    bool right = true;
    for (unsigned sizeclass = DEMAND_FIRST; sizeclass < RUN_CLASSES; sizeclass++) {
        size_t n = run_slot_size(sizeclass);
        right =
            right && earns_by_return(n, EARN_MOST, EARN_RETURNS) && earns_by_return(n, 1000, 4000);
    }
    ok(right, "256_returns_and_four_times_as_many_as_were_in_use_earn_runs_in_a_busy_arena");
    ok(earns_by_return(5000, EARN_MOST - 1, 100000), "fewer_than_8_at_once_earn_none");
}

static void a_class_earns_for_itself(void)
{
    struct demand d = busy();
    swings_until_earned(&d, run_slot_size(40), 10, 100000);
    ok(demand_has_earned(&d, run_slot_size(39) + 1) && demand_has_earned(&d, run_slot_size(40)) &&
           requests_that_earned(&d) == run_slot_size(40) - run_slot_size(39),
       "a_class_earns_for_its_own_requests");
}

static void an_idle_arena_gives_none(void)
{
    struct demand d = {.larger_freed = 0};
    unsigned swings = swings_until_earned(&d, 3000, 20, EARN_BUSY - 1);
    ok(swings == EARN_BUSY - 1 && !demand_has_earned(&d, 3000), "an_idle_arena_gives_none");
    demand_returned(&d, chunk_size_for(3000));
    demand_taken(&d, chunk_size_for(3000), 1);
    ok(demand_has_earned(&d, 3000), "but_as_soon_as_it_is_busy");
}

static void counters_stop(void)
{
    struct demand d = {.larger_freed = 0};
    return_each(&d, 64, EARN_BUSY_SMALL + 70000);
    ok(d.small[64 / CHUNK_ALIGN] == 0 && d.small_freed == EARN_BUSY_SMALL && d.larger_freed == 0,
       "what_was_never_counted_can_return: small");
    return_each(&d, 4096, 70000);
    ok(d.larger[run_class_for(4080) - DEMAND_FIRST].in_use == 0 && d.larger_freed == EARN_BUSY,
       "and_larger: the_counters_stop");
    for (unsigned i = 0; i < 70000; i++)
        demand_taken(&d, CHUNK_MIN, 64);
    ok(d.small[2] * CHUNK_MIN <= EARN_BYTES + 64 * CHUNK_MIN && demand_has_earned(&d, 1),
       "they_stop_upwards_too");
}

static void what_is_too_large_is_not_counted(void)
{
    struct demand d = busy(), before = d;
    size_t size = chunk_size_for(SPAN_MAX) + CHUNK_ALIGN;
    swings_until_earned(&d, largest_request(size), 100, 5000);
    swings_until_earned(&d, MIB, 100, 5000);
    ok(memcmp(&d, &before, sizeof d) == 0 && !demand_has_earned(&d, SIZE_MAX),
       "what_no_span_could_serve_is_not_counted");
    take_each(&d, chunk_size_for(RUN_SLOT_MAX) + CHUNK_ALIGN, 3);
    ok(memcmp(d.larger, before.larger, sizeof d.larger) == 0 && !demand_has_earned(&d, SPAN_MAX) &&
           d.span[0].in_use == 3,
       "what_no_slot_could_serve_is_counted_for_spans_only");
}

/* The process earns them once and for all: so each question is asked in a child. */
static bool earns_spans(unsigned in_use, unsigned swings, size_t n)
{
    pid_t child = fork();
    if (child == 0) {
        struct demand d = {.larger_freed = 0};
        swings_until_earned(&d, n, in_use, swings);
        _exit(demand_has_earned_span(n));
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

static void spans_are_earned_by_return(void)
{
    /* Chunks tell a little less than requests: 16 KiB and a word still count as a slot. */
    static const size_t sizes[] = {RUN_SLOT_MAX + 2 * WORD, 40000, 65536, 131072, 200000, SPAN_MAX};
    bool enough = true, fewer = false, less = false;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i];
        enough = enough && earns_spans(EARN_MOST, EARN_SPAN_RETURNS, n);
        fewer = fewer || earns_spans(EARN_MOST - 1, 1000, n);
        less = less || earns_spans(1000, EARN_SPAN_RETURNS - 1, n);
    }
    ok(enough, "64_returns_of_one_doubling_earn_spans_whatever_the_arena_does_otherwise");
    ok(!fewer && !less, "fewer_than_8_at_once_or_63_returns_earn_none");
    ok(!demand_has_earned_span(RUN_SLOT_MAX + 1), "nothing_has_been_earned_here");
    atomic_store(&demand_spans_earned, true);
    ok(demand_has_earned_span(RUN_SLOT_MAX + 1) && demand_has_earned_span(SPAN_MAX) &&
           !demand_has_earned_span(RUN_SLOT_MAX) && !demand_has_earned_span(SPAN_MAX + 1),
       "one_doubling_earns_for_all_of_them");
}

/* Two sizes have shown what the program is like: for the others weight is enough. */
static void the_third_size_earns_by_weight(void)
{
    struct demand d = {.larger_freed = EARN_BUSY, .larger_count = 1};
    size_t size = chunk_size_for(4000);
    unsigned enough = (unsigned)(EARN_BYTES / size) + 1;
    for (unsigned i = 0; i < enough; i++)
        demand_taken(&d, size, 1);
    ok(!demand_has_earned(&d, 4000), "after_one_larger_size_weight_is_not_enough");
    d = (struct demand){.larger_freed = EARN_BUSY, .larger_count = 2};
    for (unsigned i = 0; i + 1 < enough; i++)
        demand_taken(&d, size, 1);
    ok(!demand_has_earned(&d, 4000), "after_two_it_has_to_be_64_KiB");
    demand_taken(&d, size, 1);
    ok(demand_has_earned(&d, 4000) && d.larger_count == 3, "and_then_it_is");
}

/* The rules once more, as plainly as they can be said. */
struct model {
    size_t in_use[2000], most[RUN_CLASSES], freed[RUN_CLASSES], returned[RUN_CLASSES];
    size_t larger_freed, small_freed;
    size_t class_in_use[RUN_CLASSES];
    bool earned[2000], class_earned[RUN_CLASSES];
    unsigned small_earned, larger_earned;
};

static void model_takes_small(struct model *m, size_t k, unsigned chunks)
{
    if (m->earned[k])
        return;
    m->in_use[k] += chunks;
    size_t weight =
        m->small_freed < EARN_BUSY_SMALL ? weight_after(m->small_earned) : EARN_BYTES_LEAST;
    m->earned[k] = m->in_use[k] * k * CHUNK_ALIGN >= weight;
    m->small_earned += m->earned[k];
}

static void model_takes(struct model *m, size_t size, unsigned chunks)
{
    if (size <= largest_small()) {
        model_takes_small(m, size / CHUNK_ALIGN, chunks);
        return;
    }
    unsigned k = run_class_for(size - CHUNK_HEADER);
    m->most[k] = max_size(m->most[k], ++m->class_in_use[k]);
    if (m->freed[k] > 0) {
        m->freed[k]--;
        m->returned[k]++;
    }
    bool by_return = m->larger_freed >= EARN_BUSY && m->most[k] >= EARN_MOST &&
                     m->returned[k] >= EARN_RETURNS && m->returned[k] >= 4 * m->most[k];
    bool by_weight = m->larger_earned >= 2 && m->class_in_use[k] >= EARN_MOST &&
                     m->class_in_use[k] * size >= EARN_BYTES;
    m->larger_earned += !m->class_earned[k] && (by_return || by_weight);
    m->class_earned[k] |= by_return || by_weight;
}

static void model_returns(struct model *m, size_t size)
{
    if (size <= largest_small()) {
        m->small_freed++;
        m->in_use[size / CHUNK_ALIGN] -= m->in_use[size / CHUNK_ALIGN] > 0;
        return;
    }
    unsigned k = run_class_for(size - CHUNK_HEADER);
    m->class_in_use[k] -= m->class_in_use[k] > 0;
    m->freed[k]++;
    m->larger_freed++;
}

static bool model_agrees(const struct model *m, const struct demand *d)
{
    bool agrees = true;
    for (size_t n = 0; n <= RUN_SLOT_MAX && agrees; n++) {
        size_t size = chunk_size_for(n);
        bool earned = size <= largest_small() ? m->earned[size / CHUNK_ALIGN]
                                              : m->class_earned[run_class_for(n)];
        agrees = demand_has_earned(d, n) == earned;
    }
    return agrees;
}

static void earning_is_as_the_model_says(struct dice *dice)
{
    /* Busy with small chunks halfway. */
    enum { FREED = EARN_BUSY_SMALL - OPERATIONS / 8 };
    static struct model m = {.small_freed = FREED};
    struct demand d = {.small_freed = FREED};
    bool agrees = true;
    for (unsigned i = 0; i < OPERATIONS && agrees; i++) {
        bool is_small = dice_below(dice, 2);
        size_t n = is_small ? dice_below(dice, largest_request(largest_small()) + 1)
                            : dice_doubling(dice, 10, 14) + WORD + 1;
        size_t size = chunk_size_for(n);
        if (dice_below(dice, 100) < 52) {
            unsigned chunks = is_small ? 1 + (unsigned)dice_below(dice, 3) : 1;
            demand_taken(&d, size, chunks);
            model_takes(&m, size, chunks);
        } else {
            demand_returned(&d, size);
            model_returns(&m, size);
        }
        if (i % 2000 == 0)
            agrees = model_agrees(&m, &d);
    }
    unsigned earned = requests_that_earned(&d);
    ok(agrees && model_agrees(&m, &d) && earned > 0, "earning_is_as_the_model_says (%u requests)",
       earned);
}

int main(int argc, char **argv)
{
    struct dice dice = dice_of(seed_of(argc, argv));
    small_sizes_earn_by_weight();
    each_makes_it_easier();
    small_sizes_earn_nothing_by_return();
    a_busy_arena_asks_for_a_page_only();
    what_was_in_vain_is_earned_anew();
    filling_and_emptying_twice_earns_nothing();
    larger_sizes_earn_by_return();
    a_class_earns_for_itself();
    an_idle_arena_gives_none();
    counters_stop();
    what_is_too_large_is_not_counted();
    spans_are_earned_by_return();
    the_third_size_earns_by_weight();
    earning_is_as_the_model_says(&dice);
    return done();
}
