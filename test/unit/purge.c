/*
 * What waits goes back step by step: ripe first, a bounded part at a time, each chunk once; large
 * ones while anybody may use the arena, and nothing that is live is ever lost.  D1, D8, D9, D10.
 */
#include "unit.h"

#include "arenas.h"
#include "ashlar.h"
#include "check.h"
#include "purge.h"
#include "sys.h"
#include "threads.h"
#include "tune.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>

enum { HOLES = 200, STEPS_AT_MOST = 10000, GUARD = 256 };

#define STEP_MOST (256 * KIB + 128 * KIB) /* what purge.c says, and the chunk that passes it */

/* Chunks of one size with live ones between, so that none joins another. */
struct row {
    size_t size;
    unsigned count;
    void *hole[HOLES];
    char *guard[HOLES];
};

static void *take_chunk(struct arena *a, size_t size)
{
    size_t dirty;
    lock_take(&a->lock);
    struct chunk *c = arena_take_fresh(a, size, &dirty);
    lock_release(&a->lock);
    memset(chunk_user(c), 1, size - WORD);
    return chunk_user(c);
}

static void put_chunk(struct arena *a, void *user)
{
    lock_take(&a->lock);
    arena_put(a, chunk_of(user));
    lock_release(&a->lock);
}

static void row_take(struct row *r, struct arena *a, size_t size, unsigned count)
{
    *r = (struct row){.size = size, .count = count};
    for (unsigned i = 0; i < count; i++) {
        r->hole[i] = take_chunk(a, size);
        r->guard[i] = take_chunk(a, GUARD);
        pattern_fill(r->guard[i], GUARD - WORD, i);
    }
}

static void row_free(struct row *r, struct arena *a)
{
    for (unsigned i = 0; i < r->count; i++)
        put_chunk(a, r->hole[i]);
}

static bool guards_hold(const struct row *r)
{
    for (unsigned i = 0; i < r->count; i++)
        if (!pattern_holds(r->guard[i], GUARD - WORD, GUARD - WORD, i))
            return false;
    return true;
}

static void row_end(struct row *r, struct arena *a)
{
    for (unsigned i = 0; i < r->count; i++)
        put_chunk(a, r->guard[i]);
}

static size_t resident(const struct row *r)
{
    size_t sum = 0;
    for (unsigned i = 0; i < r->count; i++) {
        uintptr_t start = align_up((uintptr_t)r->hole[i] + 64, sys_page());
        uintptr_t end = align_down((uintptr_t)r->hole[i] + r->size - CHUNK_HEADER, sys_page());
        sum += start < end ? sys_resident((void *)start, end - start) : 0;
    }
    return sum;
}

static void wait_ticks(unsigned ticks)
{
    for (unsigned i = 0; i < ticks; i++)
        decay_tick();
}

/* Steps until there is no more to do; *most is the most that one of them gave back. */
static unsigned purge_all(struct arena *a, size_t *most, bool *waiting)
{
    unsigned steps = 0;
    bool more = true;
    *most = 0;
    *waiting = false;
    while (more && steps < STEPS_AT_MOST) {
        size_t before = a->bins.waiting;
        more = purge_arena(a, waiting);
        *most = max_size(*most, minus_or_zero(before, a->bins.waiting));
        steps++;
    }
    return steps;
}

static void what_is_not_ripe_stays(void)
{
    struct row r;
    size_t most;
    bool waiting;
    decay_set(DECAY_NEVER, 4);
    row_take(&r, &main_arena, 32 * KIB, HOLES);
    row_free(&r, &main_arena);
    size_t before = resident(&r);
    wait_ticks(3);
    purge_all(&main_arena, &most, &waiting);
    ok(waiting && resident(&r) == before && before > HOLES * 24 * KIB,
       "what_is_not_ripe_stays_and_is_told_of (%zu KiB)", resident(&r) / KIB);
    wait_ticks(1);
    unsigned steps = purge_all(&main_arena, &most, &waiting);
    ok(resident(&r) == 0 && !main_arena.bins.oldest, "what_is_ripe_goes_back (D1 D8: %zu KiB stay)",
       resident(&r) / KIB);
    ok(most <= STEP_MOST && steps >= HOLES * 32 * KIB / STEP_MOST,
       "each_step_is_bounded (D9 D10: %u steps of at most %zu KiB)", steps, most / KIB);
    ok(guards_hold(&r) && check_all() == 0, "what_is_live_between_is_whole (I26)");
    row_end(&r, &main_arena);
}

static void a_chunk_goes_back_once(void)
{
    struct row r;
    size_t most;
    bool waiting;
    decay_set(DECAY_NEVER, 0);
    row_take(&r, &main_arena, 32 * KIB, 20);
    row_free(&r, &main_arena);
    purge_all(&main_arena, &most, &waiting);
    /* Nobody may write here; who does sees whether the pages go a second time. */
    for (unsigned i = 0; i < r.count; i++)
        memset((char *)r.hole[i] + 8 * KIB, 2, 8 * KIB);
    size_t written = resident(&r);
    wait_ticks(10);
    purge_all(&main_arena, &most, &waiting);
    ok(written >= 20 * 8 * KIB && resident(&r) == written && most == 0 && !waiting,
       "what_went_back_is_not_asked_again (K22)");
    void *again = take_chunk(&main_arena, GUARD);
    put_chunk(&main_arena, again);
    ok(check_all() == 0, "and_every_law_holds");
    row_end(&r, &main_arena);
}

/* What is left of an old chunk is as old; what is freed into one does not make all of it young. */
static void rests_keep_their_age(void)
{
    struct row r;
    size_t most;
    bool waiting;
    decay_set(DECAY_NEVER, 4);
    row_take(&r, &main_arena, 64 * KIB, 4);
    row_free(&r, &main_arena);
    for (unsigned i = 0; i < 4; i++) {
        wait_ticks(1);
        lock_take(&main_arena.lock);
        struct chunk *c = arena_take_binned(&main_arena, 2 * KIB);
        if (c)
            arena_put(&main_arena, c);
        lock_release(&main_arena.lock);
    }
    purge_all(&main_arena, &most, &waiting);
    ok(resident(&r) <= 8 * KIB, "what_is_used_a_little_goes_back_all_the_same (D8: %zu KiB stay)",
       resident(&r) / KIB);
    row_end(&r, &main_arena);
    wait_ticks(4);
    purge_all(&main_arena, &most, &waiting);
}

/* While a large chunk's pages go back, another thread looks at it and frees what lies above. */
static atomic_bool stop;
static atomic_uint seen_in_use, seen_otherwise, merged;
static _Atomic(char *) above;

static void look_at_purged(struct arena *a)
{
    struct chunk *c = a->purged;
    if (!c)
        return;
    bool binned = false;
    for (struct chunk *in = a->bins.oldest; in; in = in->newer)
        binned = binned || in == c;
    atomic_fetch_add(chunk_in_use(c) && !binned ? &seen_in_use : &seen_otherwise, 1);
    char *mine = atomic_load(&above);
    if (mine && (char *)chunk_above(c) == mine - CHUNK_HEADER) {
        atomic_store(&above, NULL);
        arena_put(a, chunk_of(mine));
        atomic_fetch_add(&merged, 1);
    }
}

static void *watch_the_arena(void *arena)
{
    struct arena *a = arena;
    while (!atomic_load(&stop))
        if (lock_try(&a->lock)) {
            look_at_purged(a);
            lock_release(&a->lock);
        }
    return NULL;
}

static void large_chunks_go_unlocked(void)
{
    enum { ROUNDS = 8, ABOVE = 2048 };
    pthread_t watcher;
    size_t most, size = 48 * MIB;
    bool waiting, all_went = true, all_joined = true;
    decay_set(DECAY_NEVER, 0);
    tune.trim_threshold = SIZE_MAX;
    begin_thread(&watcher, watch_the_arena, &main_arena);
    for (unsigned round = 0; round < ROUNDS; round++) {
        char *large = take_chunk(&main_arena, size);
        char *next = take_chunk(&main_arena, ABOVE), *end = take_chunk(&main_arena, GUARD);
        put_chunk(&main_arena, large);
        unsigned before = atomic_load(&merged);
        atomic_store(&above, next);
        purge_all(&main_arena, &most, &waiting);
        char *left = atomic_exchange(&above, NULL);
        all_went = all_went && sys_resident(align_up((uintptr_t)large + 64, sys_page()) + (char *)0,
                                            size - 2 * sys_page()) == 0;
        struct chunk *c = chunk_of(large);
        if (atomic_load(&merged) > before)
            all_joined = all_joined && chunk_size(c) == size + ABOVE && !chunk_in_use(c);
        if (left)
            put_chunk(&main_arena, left);
        put_chunk(&main_arena, end);
    }
    atomic_store(&stop, true);
    pthread_join(watcher, NULL);
    ok(seen_otherwise == 0, "a_large_chunk_is_in_use_while_its_pages_go (K21: %u looks)",
       seen_in_use);
    if (seen_in_use == 0)
        skip("nobody came in between");
    else
        ok(true, "others_have_the_arena_meanwhile (D9)");
    ok(all_joined, "what_was_freed_beside_it_joins_it (I4: %u times)", merged);
    ok(all_went && check_all() == 0, "and_all_its_pages_are_back (D8)");
}

static void a_forked_child_puts_what_was_on_its_way(void)
{
    char *large = take_chunk(&main_arena, MIB), *end = take_chunk(&main_arena, GUARD);
    main_arena.purged = chunk_of(large);
    purge_inherit(&main_arena);
    ok(!chunk_in_use(chunk_of(large)) && !main_arena.purged && check_all() == 0,
       "a_chunk_on_its_way_back_comes_home_in_a_child (K24)");
    purge_inherit(&main_arena);
    ok(check_all() == 0, "and_only_once");
    put_chunk(&main_arena, end);
}

static bool purge_runs_all(void)
{
    struct purge_place at = {.heap = NULL};
    bool waiting = false;
    unsigned steps = 0;
    while (purge_runs(&at, &waiting) && steps < STEPS_AT_MOST)
        steps++;
    return waiting;
}

static size_t run_pages(char *const *slots, unsigned count)
{
    size_t sum = 0;
    for (unsigned i = 0; i < count; i++) {
        bool first = true;
        for (unsigned before = 0; before < i && first; before++)
            first = run_around(slots[before]) != run_around(slots[i]);
        if (first)
            sum += sys_resident(run_start(run_around(slots[i])), RUN_SIZE);
    }
    return sum;
}

/* One slot in sixteen stays. */
static void free_pages_of_runs_go_back(void)
{
    enum { SLOTS = 512, N = 2048, KEPT = 16 };
    static char *slots[SLOTS], *kept[SLOTS / KEPT];
    struct runs *runs = &main_arena.runs;
    lock_take(&main_arena.lock);
    for (unsigned i = 0; i < SLOTS; i++)
        runs_take(runs, run_class_for(N), (void **)&slots[i], 1);
    for (unsigned i = 0; i < SLOTS; i++)
        pattern_fill(slots[i], N, i);
    decay_set(DECAY_NEVER, 2);
    for (unsigned i = 0; i < SLOTS; i++)
        if (i % KEPT == 0)
            kept[i / KEPT] = slots[i];
        else
            runs_put(runs, slots[i]);
    lock_release(&main_arena.lock);
    size_t before = run_pages(kept, SLOTS / KEPT);
    wait_ticks(1);
    bool waiting = purge_runs_all();
    size_t early = run_pages(kept, SLOTS / KEPT);
    wait_ticks(1);
    bool still = purge_runs_all();
    size_t late = run_pages(kept, SLOTS / KEPT);
    ok(waiting && early == before, "free_pages_of_runs_wait (%zu KiB)", early / KIB);
    ok(!still && late <= before / 4, "and_go_back_when_they_are_ripe (D8: %zu KiB)", late / KIB);
    bool whole = true;
    for (unsigned i = 0; i < SLOTS / KEPT; i++)
        whole = whole && pattern_holds(kept[i], N, N, i * KEPT);
    ok(whole && check_all() == 0, "slots_in_use_are_whole (I21)");
    lock_take(&main_arena.lock);
    for (unsigned i = 0; i < SLOTS / KEPT; i++)
        runs_put(runs, kept[i]);
    lock_release(&main_arena.lock);
}

/* An arena in which nothing moves gives up its fast bins and its top. */
static void a_still_arena_gives_up_its_top(void)
{
    size_t most;
    bool waiting;
    decay_set(DECAY_NEVER, 0);
    purge_all(&main_arena, &most, &waiting);
    decay_set(DECAY_NEVER, 3);
    char *block = take_chunk(&main_arena, 512 * KIB), *fast = take_chunk(&main_arena, 64);
    take_chunk(&main_arena, 64);
    put_chunk(&main_arena, fast);
    (void)block;
    tune.trim_threshold = SIZE_MAX;
    char *last = take_chunk(&main_arena, 96 * KIB);
    put_chunk(&main_arena, last);
    uintptr_t top = align_up((uintptr_t)main_arena.top.chunk + 64, sys_page());
    size_t size = align_down((uintptr_t)top_end(&main_arena.top), sys_page()) - top;
    purge_all(&main_arena, &most, &waiting);
    size_t before = sys_resident((void *)top, size);
    wait_ticks(2);
    purge_all(&main_arena, &most, &waiting);
    ok(waiting && before > 0 && sys_resident((void *)top, size) == before, "a_top_waits");
    wait_ticks(1);
    purge_all(&main_arena, &most, &waiting);
    ok(sys_resident((void *)top, size) == 0, "the_top_of_a_still_arena_goes_back (D8)");
    ok(fastbins_are_empty(&main_arena.fast) && check_all() == 0,
       "and_what_fast_bins_kept_apart_is_merged (I16)");
    char *zero = calloc(1, 64 * KIB);
    ok(zero && all_bytes_are(zero, 64 * KIB, 0), "what_is_taken_from_it_is_zero (I16)");
    free(zero);
}

/* Another arena, mostly free, gives back for one that grows. */
static void *own_an_arena(void *out)
{
    /* Or the compiler would tell that nothing lies before a block. */
    void *volatile block = malloc(1);
    free(block);
    *(struct arena **)out = arena_of(chunk_of(block), &main_arena);
    return NULL;
}

static void one_arena_serves_another(void)
{
    struct arena *other = NULL;
    struct row r;
    pthread_t thread;
    begin_thread(&thread, own_an_arena, &other);
    pthread_join(thread, NULL);
    if (!other || other == &main_arena) {
        skip("no second arena here");
        return;
    }
    decay_set(DECAY_NEVER, 1000);
    row_take(&r, other, 200 * KIB, HOLES);
    row_free(&r, other);
    size_t before = other->bins.waiting;
    tune.decay = DECAY_NEVER;
    purge_for_growth(&main_arena, 8 * MIB);
    size_t never = other->bins.waiting;
    tune.decay = 1000;
    purge_for_growth(other, 8 * MIB);
    ok(before >= HOLES * 190 * KIB && never == before && other->bins.waiting == before,
       "nothing_goes_with_a_decay_of_-1_nor_for_its_own_growth (D3)");
    purge_for_growth(&main_arena, 8 * MIB);
    size_t gave = before - other->bins.waiting;
    ok(gave >= 8 * MIB && gave <= 9 * MIB, "an_arena_gives_as_much_as_another_grows (D3: %zu KiB)",
       gave / KIB);
    ok(guards_hold(&r) && check_all() == 0, "and_nothing_that_is_live (D3)");
    row_end(&r, other);
}

/* Any order of taking, putting and purging. */
static void nothing_live_is_lost(struct dice *dice)
{
    enum { BLOCKS = 600, OPERATIONS = 30000 };
    static char *block[BLOCKS];
    static size_t length[BLOCKS];
    bool whole = true, waiting = false;
    unsigned broken = 0;
    struct purge_place at = {.heap = NULL};
    decay_set(DECAY_NEVER, 2);
    for (unsigned i = 0; i < OPERATIONS && whole; i++) {
        size_t which = dice_below(dice, BLOCKS);
        if (block[which]) {
            whole = pattern_holds(block[which], length[which], length[which], which);
            free(block[which]);
            block[which] = NULL;
        } else {
            length[which] = dice_doubling(dice, 4, 18);
            block[which] = malloc(length[which]);
            pattern_fill(block[which], length[which], which);
        }
        if (i % 16 == 0)
            decay_tick();
        if (i % 8 == 3)
            purge_arena(&main_arena, &waiting);
        if (i % 8 == 5 && !purge_runs(&at, &waiting))
            at = (struct purge_place){.heap = NULL};
        if (i % 64 == 7)
            places_decay(&waiting);
        if (i % 2000 == 0)
            broken += check_all();
    }
    for (unsigned i = 0; i < BLOCKS; i++) {
        whole = whole && (!block[i] || pattern_holds(block[i], length[i], length[i], i));
        free(block[i]);
    }
    ok(whole, "whatever_goes_back_nothing_that_is_live_is_lost (D8)");
    ok(broken + check_all() == 0, "every_law_holds_all_the_time (I26)");
}

/* This test alone moves the clock on and does the steps. */
const char *ashlar_options = "background=0";

int main(int argc, char **argv)
{
    alarm(50);
    struct dice dice = dice_of(seed_of(argc, argv));
    free(malloc(1));
    what_is_not_ripe_stays();
    a_chunk_goes_back_once();
    rests_keep_their_age();
    free_pages_of_runs_go_back();
    one_arena_serves_another();
    large_chunks_go_unlocked();
    a_forked_child_puts_what_was_on_its_way();
    a_still_arena_gives_up_its_top();
    nothing_live_is_lost(&dice);
    return done();
}
