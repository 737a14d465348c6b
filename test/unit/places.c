/*
 * Places for runs: no two threads get the same, empty ones serve again, and what nobody wants for
 * a while gives its pages back.  D8.
 */
#include "unit.h"

#include "arena.h"
#include "places.h"
#include "sys.h"
#include "threads.h"
#include "tune.h"

#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 4, HELD = 50, ROUNDS = 4000, PLACES = 400, POPULATED_MOST = 32 };

static struct run *held[PLACES];

static struct run *take_place(void)
{
    unsigned fresh;
    return places_take(&fresh);
}

/* Whoever has a place writes its number into the first word. */
static _Atomic size_t *owner_of(struct run *run)
{
    return (_Atomic size_t *)(void *)run_start(run);
}

static atomic_uint shared;

static void swap_place(struct run **run, size_t name)
{
    if (*run) {
        if (atomic_exchange(owner_of(*run), 0) != name)
            atomic_fetch_add(&shared, 1);
        places_put(*run);
        *run = NULL;
        return;
    }
    *run = take_place();
    if (*run && atomic_exchange(owner_of(*run), name) != 0)
        atomic_fetch_add(&shared, 1);
}

static void *take_and_put(void *number)
{
    struct dice d = dice_of((uintptr_t)number);
    struct run *mine[HELD] = {NULL};
    size_t name = (size_t)(uintptr_t)number;
    for (unsigned i = 0; i < ROUNDS; i++)
        swap_place(&mine[dice_below(&d, HELD)], name);
    for (unsigned i = 0; i < HELD; i++)
        if (mine[i])
            swap_place(&mine[i], name);
    return NULL;
}

static void nobody_shares_a_place(void)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        begin_thread(&threads[i], take_and_put, (void *)(i + 1));
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    struct places_count c = places_counted();
    ok(shared == 0, "no_two_threads_have_the_same_place");
    ok(c.empty == c.bytes / PLACE_UNIT && c.rows == 0, "all_are_empty_in_the_end (%zu)", c.empty);
}

static void take_all(void)
{
    for (unsigned i = 0; i < PLACES; i++) {
        held[i] = take_place();
        memset(run_start(held[i]), 1, RUN_SIZE);
    }
}

static void put_all(void)
{
    for (unsigned i = 0; i < PLACES; i++)
        places_put(held[i]);
}

static size_t resident(void)
{
    size_t sum = 0;
    for (unsigned i = 0; i < PLACES; i++)
        sum += sys_resident(run_start(held[i]), RUN_SIZE);
    return sum;
}

static size_t units_in_use(const struct places_count *c)
{
    return c->bytes / PLACE_UNIT - c->empty;
}

static void places_are_counted(void)
{
    struct places_count before = places_counted();
    take_all();
    struct places_count full = places_counted();
    bool apart = true;
    for (unsigned i = 0; i < PLACES; i++)
        apart = apart && is_aligned(run_start(held[i]), RUN_SIZE) &&
                region_of(run_start(held[i])) == REGION_RUNS &&
                run_place(run_start(held[i])) >= HEAD_PLACES;
    ok(apart, "places_are_aligned_and_of_their_region");
    ok(units_in_use(&full) == units_in_use(&before) + PLACES * UNITS_PER_RUN &&
           full.bytes_max >= full.bytes && full.heaps >= 1,
       "places_are_counted");
}

/* Older heaps may lie above newer ones. */
static bool is_behind(struct run *run, struct run *before)
{
    unsigned heap = run_heap_around(run)->number, heap_before = run_heap_around(before)->number;
    return heap == heap_before ? run > before : heap > heap_before;
}

static void empty_places_serve_first(void)
{
    struct run *again[PLACES];
    struct places_count before = places_counted();
    bool right = true;
    put_all();
    for (unsigned i = 0; i < PLACES; i++)
        again[i] = take_place();
    for (unsigned i = 1; i < PLACES; i++)
        right = right && is_behind(again[i], again[i - 1]);
    memcpy(held, again, sizeof held);
    struct places_count after = places_counted();
    ok(right && after.bytes == before.bytes, "empty_places_serve_again_from_below");
}

static void trimming_gives_all_back(void)
{
    put_all();
    size_t before = resident(), said = places_trim();
    /* Those that came with others and were never wanted are given back as well. */
    ok(said >= before && said <= before + POPULATED_MOST * RUN_SIZE && resident() == 0,
       "trimming_gives_the_pages_of_empty_places_back (%zu)", said);
    ok(places_trim() == 0, "and_only_once");
}

/* A few places change hands all the time, and the others are not wanted. */
static void use_a_few(unsigned milliseconds)
{
    for (unsigned i = 0; i < milliseconds; i++) {
        places_put(take_place());
        usleep(1000);
    }
}

static void what_nobody_wants_decays(void)
{
    take_all();
    put_all();
    size_t before = resident();
    use_a_few(50);
    size_t early = resident();
    use_a_few(700);
    size_t late = resident();
    ok(before > PLACES / 2 * RUN_SIZE && early > before / 2,
       "empty_places_stay_in_memory_at_first (%zu, %zu KiB)", before / KIB, early / KIB);
    ok(late <= 2 * RUN_SIZE, "what_nobody_wants_for_a_while_is_given_back (D8: %zu KiB)",
       late / KIB);
    take_all();
    put_all();
    ok(places_trim() > 0, "and_serves_again");
}

/* So many calls of places_decay() until there is no more to do; *most: bytes that one gave back. */
static unsigned decay_all(size_t *most, bool *waiting)
{
    enum { CALLS_AT_MOST = 1000 };
    unsigned calls = 0;
    bool more = true;
    *most = 0;
    for (; more && calls < CALLS_AT_MOST; calls++) {
        size_t before = resident();
        more = places_decay(waiting);
        *most = max_size(*most, before - resident());
    }
    return calls;
}

static void next_tick(void)
{
    usleep(120 * 1000);
}

/* The fewest that lay there since the last tick are those that nobody has wanted. */
static void the_low_water_goes_back(void)
{
    enum { WANTED = 40, STEP_UNITS = 256 };
    size_t most, least = (PLACES - WANTED) * RUN_SIZE;
    bool waiting = false;
    take_all();
    next_tick();
    decay_all(&most, &waiting); /* what was still due; .. */
    decay_all(&most, &waiting); /* .. and a tick begins now, however long all this has taken */
    put_all();
    size_t before = resident();
    next_tick();
    decay_all(&most, &waiting);
    ok(before >= PLACES / 2 * RUN_SIZE && resident() == before && waiting,
       "what_was_wanted_since_the_last_tick_stays (D8)");
    take_all();
    put_all();
    next_tick();
    decay_all(&most, &waiting); /* all were wanted: a new tick begins */
    for (unsigned i = 0; i < WANTED; i++)
        held[i] = take_place();
    for (unsigned i = 0; i < WANTED; i++)
        places_put(held[i]);
    before = resident();
    next_tick();
    unsigned calls = decay_all(&most, &waiting);
    size_t gone = before - resident();
    ok(gone >= least - RUN_SIZE && resident() > 0, "all_else_goes_back (D8: %zu of %zu KiB)",
       gone / KIB, before / KIB);
    ok(most <= STEP_UNITS * PLACE_UNIT && calls >= least / (STEP_UNITS * PLACE_UNIT),
       "step_by_step (D9: %u steps of at most %zu KiB)", calls, most / KIB);
    ok(waiting, "and_some_still_waits");
    next_tick();
    decay_all(&most, &waiting);
    waiting = false;
    decay_all(&most, &waiting);
    ok(resident() == 0 && !waiting, "until_there_is_nothing_left (%zu KiB)", resident() / KIB);
}

/* What serves nobody goes when an arena grows beyond all it had, as much as that and no more. */
static void empty_places_give_way(void)
{
    enum { WANTED = 10 };
    take_all();
    put_all();
    size_t before = resident();
    places_give_way(WANTED * RUN_SIZE);
    size_t gone = before - resident();
    ok(before >= PLACES / 2 * RUN_SIZE && gone == WANTED * RUN_SIZE,
       "empty_places_give_way_to_an_arena (D3: %zu KiB)", gone / KIB);
    tune.decay = DECAY_NEVER;
    places_give_way(WANTED * RUN_SIZE);
    ok(before - resident() == gone, "never_if_nothing_is_to_go_back");
    tune.decay = 1000;
    places_trim();
}

/* Steps and takers at the same time: no place that is taken loses what it holds. */
static atomic_bool takers_done;

static atomic_size_t decays;

static void *decay_all_the_time(void *unused)
{
    bool waiting;
    while (!atomic_load(&takers_done)) {
        places_decay(&waiting);
        atomic_fetch_add(&decays, 1);
    }
    return unused;
}

static void what_is_taken_keeps_what_it_holds(void)
{
    enum { TIMES = 60000, TIMES_AT_MOST = 100 * TIMES, DECAYS = 100 };
    struct dice d = dice_of(1);
    struct run *mine[HELD] = {NULL};
    pthread_t thread;
    tune.decay = 1;
    begin_thread(&thread, decay_all_the_time, NULL);
    unsigned before = shared;
    /* On a busy machine the other thread may come late. */
    for (unsigned i = 0; i < TIMES || (i < TIMES_AT_MOST && atomic_load(&decays) <= DECAYS); i++)
        swap_place(&mine[dice_below(&d, HELD)], 7);
    for (unsigned i = 0; i < HELD; i++)
        if (mine[i])
            swap_place(&mine[i], 7);
    atomic_store(&takers_done, true);
    pthread_join(thread, NULL);
    tune.decay = 1000;
    ok(shared == before && atomic_load(&decays) > DECAYS,
       "what_is_taken_keeps_what_it_holds (%zu steps)", atomic_load(&decays));
}

const char *ashlar_options = "background=0";

int main(void)
{
    alarm(50);
    free(malloc(1));
    nobody_shares_a_place();
    places_are_counted();
    empty_places_serve_first();
    trimming_gives_all_back();
    what_nobody_wants_decays();
    the_low_water_goes_back();
    empty_places_give_way();
    what_is_taken_keeps_what_it_holds();
    return done();
}
