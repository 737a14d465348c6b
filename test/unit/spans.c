/*
 * Spans against a model that knows who has each unit: take, put, resize and flush of any size; what
 * becomes of what was written; what kills a program; threads that free each other's; fork.
 */
#include "unit.h"

#include "check.h"
#include "demand.h"
#include "spans_check.h"
#include "sys.h"
#include "thread.h"
#include "threads.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

enum { HEAPS = 4 * (64 * MIB / HEAP_MAX), LIVE = 250, OPERATIONS = 60000, CHECK_EVERY = 128 };

#define PAGE (4 * KIB)

struct play {
    struct spans spans;
    struct dice dice;
    struct block {
        char *start;
        size_t n;
        uint64_t key;
    } live[LIVE];
    unsigned count;
    size_t units, bytes; /* of all that is live */
    bool taken[HEAPS][UNITS_PER_HEAP];
    bool apart, whole, fits, zero;
};

static struct play play;

static void count_broken(const char *law, const void *where, void *count)
{
    if ((*(unsigned *)count)++ < 5)
        note("broken law %s at %p", law, where);
}

static bool laws_hold(void)
{
    unsigned broken = 0;
    spans_check(count_broken, &broken);
    return broken == 0;
}

static size_t units_of(size_t n)
{
    return (n + PLACE_UNIT - 1) / PLACE_UNIT;
}

/* How many units a block in use has: more than it needs, once it has shrunk. */
static size_t units_at(const char *start)
{
    return run_heap_around(start)->span_units[(uintptr_t)start % HEAP_MAX / PLACE_UNIT];
}

static size_t usable_of(const char *start)
{
    return span_usable(start, "unexpected");
}

/* A word where every unit begins, and the last one of what can be used. */
static void fill(char *start, size_t n, uint64_t key)
{
    for (size_t at = 0; at < n; at += PLACE_UNIT)
        pattern_fill(start + at, 8, key + at);
    pattern_fill(start + usable_of(start) - 8, 8, ~key);
}

static bool is_filled(const char *start, size_t n, uint64_t key)
{
    bool right = true;
    for (size_t at = 0; at < n; at += PLACE_UNIT)
        right = right && pattern_holds(start + at, 8, 8, key + at);
    return right;
}

static bool is_whole(const struct block *b)
{
    return is_filled(b->start, b->n, b->key) &&
           pattern_holds(b->start + usable_of(b->start) - 8, 8, 8, ~b->key);
}

/* Its units change from one state to the other; false if one was in the new state already. */
static bool mark_units(struct play *p, const char *start, size_t units, bool taken)
{
    const struct run_heap *h = run_heap_around(start);
    size_t first = (uintptr_t)start % HEAP_MAX / PLACE_UNIT;
    bool right = h->number < HEAPS && first >= HEAD_PLACES * UNITS_PER_RUN &&
                 first + units <= UNITS_PER_HEAP;
    for (size_t unit = first; right && unit < first + units; unit++) {
        right = p->taken[h->number][unit] != taken;
        p->taken[h->number][unit] = taken;
    }
    p->units += taken ? units : -units;
    return right;
}

static size_t draw_size(struct play *p)
{
    size_t n = dice_doubling(&p->dice, 14, 18) + 1;
    return dice_below(&p->dice, 8) == 0 ? align_up(n, PLACE_UNIT) : n;
}

static void take(struct play *p)
{
    size_t n = draw_size(p), dirty = 1;
    char *start = span_take(&p->spans, n, &dirty);
    size_t usable = usable_of(start);
    p->fits = p->fits && is_aligned(start, PLACE_UNIT) && usable == align_up(n, PAGE) &&
              region_of(start) == REGION_RUNS && units_at(start) == units_of(n);
    p->apart = p->apart && mark_units(p, start, units_of(n), true);
    p->zero = p->zero && (dirty == SIZE_MAX || dirty == 0) &&
              (dirty != 0 || all_bytes_are(start, usable, 0));
    struct block *b = &p->live[p->count++];
    *b = (struct block){start, n, dice_roll(&p->dice)};
    p->bytes += usable;
    fill(start, n, b->key);
}

static void put(struct play *p, unsigned which)
{
    struct block b = p->live[which];
    p->live[which] = p->live[--p->count];
    p->whole = p->whole && is_whole(&b);
    p->apart = p->apart && mark_units(p, b.start, units_at(b.start), false);
    p->bytes -= usable_of(b.start);
    span_put(dice_below(&p->dice, 3) == 0 ? NULL : &p->spans, b.start);
}

/* It stays where at least half of its units are needed, and no more than these. */
static void resize(struct play *p, unsigned which)
{
    struct block *b = &p->live[which];
    size_t n = 1 + dice_below(&p->dice, SPAN_MAX + 10), room = units_at(b->start) * PLACE_UNIT;
    p->bytes -= usable_of(b->start);
    bool done = span_resize(b->start, n);
    p->fits = p->fits && done == (n <= room && 2 * n >= room) &&
              (!done || usable_of(b->start) == align_up(n, PAGE));
    p->bytes += usable_of(b->start);
    if (!done)
        return;
    p->whole = p->whole && is_filled(b->start, min_size(b->n, n), b->key);
    b->n = n;
    fill(b->start, n, b->key);
}

static void operate(struct play *p, unsigned operation)
{
    bool filling = operation / 500 % 2 == 0;
    size_t what = dice_below(&p->dice, 1000);
    unsigned which = p->count > 0 ? (unsigned)dice_below(&p->dice, p->count) : 0;
    if (what < 2)
        spans_flush(&p->spans);
    else if (what < 4)
        places_trim();
    else if (p->count > 0 && what < 200)
        resize(p, which);
    else if (p->count < LIVE && what < (filling ? 700u : 500u))
        take(p);
    else if (p->count > 0)
        put(p, which);
}

/* Nobody else has spans here. */
static bool counts_agree(const struct play *p)
{
    struct places_count c = places_counted();
    bool right =
        spans_live() == p->bytes && c.rows == p->units + p->spans.bytes / PLACE_UNIT && laws_hold();
    if (!right)
        note("rows %zu, units %zu, ready %zu bytes, live %zu, %zu", c.rows, p->units,
             p->spans.bytes, spans_live(), p->bytes);
    return right;
}

static void spans_come_and_go(uint64_t seed)
{
    struct play *p = &play;
    bool counted = true;
    *p = (struct play){
        .dice = dice_of(seed), .apart = true, .whole = true, .fits = true, .zero = true};
    for (unsigned i = 1; i <= OPERATIONS && p->apart && p->fits && counted; i++) {
        operate(p, i);
        counted = i % CHECK_EVERY != 0 || counts_agree(p);
    }
    ok(p->apart, "no_two_spans_share_a_unit");
    ok(p->whole, "what_is_written_stays_also_when_they_are_resized");
    ok(p->fits, "they_are_aligned_to_units_and_have_whole_pages");
    ok(p->zero, "what_is_told_to_be_zero_is");
    ok(counted, "units_and_bytes_are_counted_and_all_laws_hold (I24, I25)");
    while (p->count > 0)
        put(p, p->count - 1);
    spans_flush(&p->spans);
    ok(counts_agree(p) && p->units == 0 && p->spans.count == 0 && places_counted().rows == 0,
       "and_when_all_is_put");
}

static void shrinking_in_steps_gives_up_units(void)
{
    struct spans s = {.count = 0};
    size_t dirty, n = SPAN_MAX;
    char *start = span_take(&s, n, &dirty);
    while (n > 1 && span_resize(start, n - n / 4))
        n -= n / 4;
    ok(n >= SPAN_MAX / 2 && n < SPAN_MAX && usable_of(start) == align_up(n, PAGE),
       "shrinking_in_steps_ends_where_half_of_the_units_would_do (%zu)", n);
    ok(span_resize(start, SPAN_MAX) && usable_of(start) == SPAN_MAX && !span_resize(start, n / 2),
       "and_they_grow_in_place_again");
    span_put(NULL, start);
}

static void the_ready_ones_are_few(void)
{
    enum { COUNT = 40 };
    struct spans s = {.count = 0};
    char *blocks[COUNT];
    size_t dirty;
    for (unsigned i = 0; i < COUNT; i++)
        blocks[i] = span_take(&s, 3 * PLACE_UNIT, &dirty);
    for (unsigned i = 0; i < COUNT; i++)
        span_put(&s, blocks[i]);
    ok(s.count == SPAN_SHELF && s.bytes == SPAN_SHELF * 3 * PLACE_UNIT &&
           places_counted().rows == SPAN_SHELF * 3,
       "a_thread_keeps_16_of_a_class");
    bool newest = true;
    for (unsigned i = SPAN_SHELF; i-- > 0;)
        newest = newest && span_take(&s, 3 * PLACE_UNIT - i, &dirty) == blocks[i];
    ok(newest && s.count == 0 && s.bytes == 0, "and_takes_the_newest_first");
    for (unsigned i = 0; i < SPAN_SHELF; i++)
        span_put(NULL, blocks[i]);
    for (unsigned i = 0; i < 8; i++)
        blocks[i] = span_take(&s, SPAN_MAX, &dirty);
    for (unsigned i = 0; i < 8; i++)
        span_put(&s, blocks[i]);
    ok(s.bytes <= SPAN_READY_MIN && s.count == SPAN_READY_MIN / SPAN_MAX,
       "of_all_classes_as_much_as_is_said (%zu)", s.bytes);
    spans_flush(&s);
    ok(s.count == 0 && s.bytes == 0 && places_counted().rows == 0, "and_none_after_a_flush");
}

static char *filled_span(struct spans *s, size_t n)
{
    size_t dirty;
    char *start = span_take(s, n, &dirty);
    memset(start, 0xa5, n);
    return start;
}

/* What went back to the kernel is zero; what it keeps is not, and is told so. */
static void what_was_released_is_zero(void)
{
    struct spans s = {.count = 0};
    size_t dirty = 1, n = 5 * PLACE_UNIT;
    places_trim();
    char *start = filled_span(&s, n);
    span_put(&s, start);
    ok(span_take(&s, n, &dirty) == start && dirty == SIZE_MAX, "a_ready_span_is_dirty");
    span_put(NULL, start);
    ok(span_take(&s, n, &dirty) == start && dirty == SIZE_MAX, "so_is_one_that_was_at_home");
    span_put(NULL, start);
    size_t released = places_trim();
    ok(released == n && span_take(&s, n, &dirty) == start && dirty == 0 &&
           all_bytes_are(start, n, 0),
       "but_not_one_that_was_given_back");
    memset(start, 0xa5, n);
    bool locked = mlock(start, n) == 0;
    span_put(NULL, start);
    released = places_trim();
    char *again = span_take(&s, n, &dirty);
    bool zero = all_bytes_are(again, n, 0);
    if (locked)
        ok(again == start && (zero || dirty == SIZE_MAX) && released == 0,
           "locked_pages_stay_and_are_dirty");
    else
        skip("nothing can be locked here");
    munlock(start, n);
    span_put(NULL, again);
}

struct victim {
    struct spans *spans; /* for the one that is put first, or NULL */
    char *first, *then;
};

static void put_victims(void *victim)
{
    struct victim *v = victim;
    if (v->first)
        span_put(v->spans, v->first);
    span_put(v->spans, v->then);
}

static void use_victim(void *victim)
{
    struct victim *v = victim;
    span_resize(v->then, 20000);
}

static void free_victim(void *victim)
{
    struct victim *v = victim;
    free(v->then);
}

static bool dies_as_invalid(char *p)
{
    struct victim v = {NULL, NULL, p};
    return dies_saying("free(): invalid pointer", put_victims, &v) &&
           dies_saying("free(): invalid pointer", free_victim, &v) &&
           dies_saying("realloc(): invalid pointer", use_victim, &v);
}

static void rules_broken_are_found(void)
{
    struct spans s = {.count = 0};
    size_t dirty;
    char *start = span_take(&s, SPAN_MAX, &dirty);
    struct victim ready = {&s, start, start}, home = {NULL, start, start};
    ok(dies_saying("free(): double free detected in tcache 2", put_victims, &ready),
       "a_span_put_twice_is_found_while_it_is_ready");
    ok(dies_saying("free(): invalid pointer", put_victims, &home), "and_when_it_is_at_home");
    bool found = true;
    for (size_t unit = 1; unit < SPAN_CLASSES; unit += 6)
        found = found && dies_as_invalid(start + unit * PLACE_UNIT);
    ok(found, "a_unit_within_a_span_is_found");
    ok(dies_as_invalid(start + 1) && dies_as_invalid(start + 16) && dies_as_invalid(start + PAGE) &&
           dies_as_invalid(start + SPAN_MAX - 16),
       "a_pointer_into_a_span_is_found");
    /* The place keeps the mark of spans when they are gone. */
    span_put(NULL, start);
    ok(dies_as_invalid(start) && dies_as_invalid(start + 3 * PLACE_UNIT) &&
           dies_as_invalid(start + 16),
       "so_are_pointers_to_where_spans_were");
}

enum { THREADS = 4, SHARED = 64, ROUNDS = 20000 };

static _Atomic(char *) shared[SHARED];
static atomic_uint torn;
static atomic_bool enough;

/* A block tells its size, and the same words say at both ends that it is whole. */
static void sign(char *block, size_t n)
{
    memcpy(block, &n, sizeof n);
    pattern_fill(block + 8, 8, n);
    pattern_fill(block + n / 8 * 8 - 8, 8, n);
}

static void check_signed(const char *block, const char *end)
{
    size_t n;
    memcpy(&n, block, sizeof n);
    if (!pattern_holds(block + 8, 8, 8, n) || (end && !pattern_holds(end - 8, 8, 8, n)))
        atomic_fetch_add(&torn, 1);
}

static char *make(struct dice *d)
{
    size_t n = 20000 + dice_below(d, 80000);
    bool clear = dice_below(d, 4) == 0;
    char *block = clear ? calloc(1, n) : malloc(n);
    if (clear && !all_bytes_are(block, n, 0))
        atomic_fetch_add(&torn, 1);
    sign(block, n);
    return block;
}

static char *resized(char *block, struct dice *d)
{
    size_t n = 20000 + dice_below(d, 80000);
    block = realloc(block, n);
    check_signed(block, NULL);
    sign(block, n);
    return block;
}

static void check_and_free(char *block)
{
    size_t n;
    if (!block)
        return;
    memcpy(&n, block, sizeof n);
    check_signed(block, block + n / 8 * 8);
    free(block);
}

/* Lay down one of mine, and free what somebody laid there. */
static void exchange_one(struct dice *d)
{
    char *block = make(d);
    if (dice_below(d, 8) == 0)
        block = resized(block, d);
    check_and_free(atomic_exchange(&shared[dice_below(d, SHARED)], block));
}

static void *exchange_often(void *number)
{
    struct dice d = dice_of((uintptr_t)number);
    for (unsigned i = 0; i < ROUNDS && !atomic_load(&enough); i++)
        exchange_one(&d);
    return NULL;
}

static void start_threads(pthread_t *threads)
{
    for (size_t i = 0; i < THREADS; i++)
        begin_thread(&threads[i], exchange_often, (void *)(i + 1));
}

static void join_and_free_all(pthread_t *threads)
{
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < SHARED; i++)
        check_and_free(atomic_exchange(&shared[i], NULL));
}

static void threads_free_each_other_s(void)
{
    pthread_t threads[THREADS];
    bool sound = true;
    start_threads(threads);
    for (unsigned i = 0; i < 100; i++)
        sound = sound && check_all() == 0;
    join_and_free_all(threads);
    ok(torn == 0 && sound, "threads_free_each_other_s_and_all_laws_hold_meanwhile");
    size_t ready, bytes = thread_count_spans(&ready);
    ok(spans_live() == 0 && places_counted().rows == bytes / PLACE_UNIT,
       "ended_threads_leave_none_behind (%zu ready)", ready);
    thread_flush();
    ok(thread_count_spans(&ready) == 0 && places_counted().rows == 0 && check_all() == 0,
       "and_a_flush_returns_those_of_the_last");
}

/* In a child only the one thread is left, and has what it needs. */
static int look_in_child(void)
{
    struct dice d = dice_of(99);
    size_t ready, mine;
    alarm(20);
    if (check_all() != 0)
        return 1;
    for (unsigned i = 0; i < 300; i++)
        exchange_one(&d);
    thread_flush();
    if (check_all() != 0 || thread_count_spans(&ready) != 0)
        return 2;
    mine = spans_live();
    for (unsigned i = 0; i < SHARED; i++)
        free(atomic_exchange(&shared[i], NULL));
    thread_flush();
    return spans_live() > mine || check_all() != 0 ? 3 : 0;
}

static void children_inherit_a_sound_heap(void)
{
    enum { CHILDREN = 150 };
    pthread_t threads[THREADS];
    unsigned wrong = 0;
    int status;
    start_threads(threads);
    for (unsigned i = 0; i < CHILDREN; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(look_in_child());
        if (waitpid(child, &status, 0) != child || status != 0) {
            note("child %u: status 0x%x", i, (unsigned)status);
            wrong++;
        }
    }
    atomic_store(&enough, true);
    join_and_free_all(threads);
    ok(wrong == 0 && torn == 0, "fork_in_the_middle_leaves_spans_that_serve");
}

int main(int argc, char **argv)
{
    uint64_t seed = seed_of(argc, argv);
    alarm(55);
    free(malloc(1));
    spans_come_and_go(seed);
    shrinking_in_steps_gives_up_units();
    the_ready_ones_are_few();
    what_was_released_is_zero();
    rules_broken_are_found();
    atomic_store(&demand_spans_earned, true);
    threads_free_each_other_s();
    children_inherit_a_sound_heap();
    return done();
}
