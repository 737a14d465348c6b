/*
 * One arena against a model of its live chunks: the main arena on the break and a thread arena in
 * heaps.  Every chunk is filled with a pattern and must never overlap another; the checker runs
 * after every n-th operation.  B2-B6, C7-C12, A (take and put), R8, R10-R12, M10.
 */
#include "unit.h"

#include "aligned.h"
#include "arenas.h"
#include "check.h"
#include "resize.h"
#include "threads.h"
#include "trim.h"
#include "tune.h"
#include "walk.h"

#include <pthread.h>

enum { LIVE = 400, OPERATIONS = 30000, CHECK_EVERY = 16 };

struct live {
    struct chunk *chunk;
    size_t size; /* at least so large */
    uint64_t key;
};

struct play {
    struct arena *arena;
    const char *name;
    struct dice dice;
    struct live live[LIVE];
    unsigned doublings; /* sizes stay below 2^doublings */
    bool sound;         /* nothing was ever wrong */
};

static void expect(struct play *p, bool holds, const char *what)
{
    if (!holds && p->sound)
        note("%s: %s", p->name, what);
    p->sound = p->sound && holds;
}

/* Of large chunks only both ends carry the pattern, to keep the test quick. */
enum { BOTH_ENDS = 2048 };

static void fill(struct live *l)
{
    char *user = chunk_user(l->chunk);
    size_t n = chunk_usable(l->chunk);
    l->size = chunk_size(l->chunk);
    if (n <= 2 * BOTH_ENDS) {
        pattern_fill(user, n, l->key);
        return;
    }
    pattern_fill(user, BOTH_ENDS, l->key);
    pattern_fill(user + n - BOTH_ENDS - n % 8, BOTH_ENDS, ~l->key);
}

/* Whether the first `kept` of its bytes are as they were filled in. */
static bool is_whole(const struct live *l, size_t kept)
{
    const char *user = chunk_user(l->chunk);
    size_t n = l->size - WORD;
    if (n <= 2 * BOTH_ENDS)
        return pattern_holds(user, min_size(kept, n), n, l->key);
    bool low = pattern_holds(user, min_size(kept, BOTH_ENDS), BOTH_ENDS, l->key);
    return low &&
           (kept < n || pattern_holds(user + n - BOTH_ENDS - n % 8, BOTH_ENDS, BOTH_ENDS, ~l->key));
}

static bool overlaps_none(struct play *p, const struct live *mine)
{
    const char *start = chunk_user(mine->chunk), *end = start + chunk_usable(mine->chunk);
    for (unsigned i = 0; i < LIVE; i++) {
        const struct live *l = &p->live[i];
        if (!l->chunk || l == mine)
            continue;
        const char *other = chunk_user(l->chunk);
        if (start < other + chunk_usable(l->chunk) && other < end)
            return false;
    }
    return true;
}

static size_t roll_size(struct play *p)
{
    unsigned most = dice_below(&p->dice, 4) ? 10 : p->doublings;
    return max_size(align_up(dice_doubling(&p->dice, 4, most), CHUNK_ALIGN), CHUNK_MIN);
}

/* A chunk has come: right in itself, and nobody else's. */
static void receive(struct play *p, struct live *l, struct chunk *c, size_t size)
{
    l->chunk = c;
    l->key = dice_roll(&p->dice);
    expect(p, chunk_size(c) >= size && chunk_size(c) < size + CHUNK_MIN, "a size that fits");
    expect(p, chunk_in_use(c), "what is taken is in use");
    expect(p, arenas_owner(c) == p->arena, "a chunk of this arena (R8 R9)");
    expect(p, overlaps_none(p, l), "chunks do not overlap");
    fill(l);
}

static void take(struct play *p, struct live *l)
{
    size_t size = roll_size(p), dirty = SIZE_MAX;
    struct chunk *c = arena_take_binned(p->arena, size);
    if (!c) {
        c = arena_take_fresh(p->arena, size, &dirty);
        expect(p, c != NULL, "there is memory");
        size_t n = c ? chunk_usable(c) : 0;
        if (c && dirty < n)
            expect(p, all_bytes_are((char *)chunk_user(c) + dirty, n - dirty, 0),
                   "what is promised to be zero is zero");
    }
    if (c)
        receive(p, l, c, size);
}

static void put(struct play *p, struct live *l)
{
    expect(p, is_whole(l, SIZE_MAX), "contents stay until the end");
    struct chunk *c = l->chunk;
    l->chunk = NULL;
    switch (dice_below(&p->dice, 4)) {
    case 0: arena_put_merged(p->arena, c); break;
    case 1: {
        void *sent = chunk_user(c);
        expect(p, inbox_send(&p->arena->inbox, &sent, 1) >= 1, "what is sent is counted");
        expect(p, inbox_has_post(&p->arena->inbox), "and waits");
        break;
    }
    default: arena_put(p->arena, c);
    }
}

static void resize(struct play *p, struct live *l)
{
    size_t size = roll_size(p), old = chunk_size(l->chunk);
    bool done = arena_resize(p->arena, l->chunk, size);
    if (done)
        expect(p, chunk_size(l->chunk) >= size, "a resized chunk has the size");
    else
        expect(p, chunk_size(l->chunk) == old && size > old, "or nothing has changed");
    if (done && size <= old)
        expect(p, chunk_size(l->chunk) < size + CHUNK_MIN, "what is too much is cut off");
    expect(p, is_whole(l, min_size(old, chunk_size(l->chunk)) - WORD), "resizing keeps contents");
    expect(p, overlaps_none(p, l), "resized chunks do not overlap");
    fill(l);
}

static void take_aligned(struct play *p, struct live *l)
{
    size_t size = roll_size(p), alignment = (size_t)32 << dice_below(&p->dice, 10), dirty;
    size_t need = aligned_need(size, alignment);
    struct chunk *c = arena_take_binned(p->arena, need);
    if (!c)
        c = arena_take_fresh(p->arena, need, &dirty);
    expect(p, c != NULL, "there is memory for alignment");
    if (!c)
        return;
    c = arena_align(p->arena, c, size, alignment);
    expect(p, is_aligned(chunk_user(c), alignment), "alignments are kept");
    receive(p, l, c, size);
}

static struct live *free_place(struct play *p)
{
    for (struct live *l = p->live; l < p->live + LIVE; l++)
        if (!l->chunk)
            return l;
    return NULL;
}

static void take_several(struct play *p)
{
    enum { MOST = 20 };
    void *users[MOST + 1] = {NULL};
    size_t size = CHUNK_MIN + dice_below(&p->dice, 60) * CHUNK_ALIGN;
    unsigned most = 1 + (unsigned)dice_below(&p->dice, MOST);
    unsigned count = arena_take_more(p->arena, size, most, users);
    expect(p, count <= most && !users[count], "no more are taken than is said");
    for (unsigned i = 0; i < count; i++) {
        struct live *l = free_place(p);
        expect(p, users[i] != NULL, "nor fewer");
        if (l)
            receive(p, l, chunk_of(users[i]), size);
        else
            arena_put_all(p->arena, &users[i], 1);
    }
}

static void keep_house(struct play *p)
{
    switch (dice_below(&p->dice, 5)) {
    case 0:
        arena_put_received(p->arena);
        expect(p, !inbox_has_post(&p->arena->inbox), "all post is taken in");
        break;
    case 1:
        arena_merge_fast(p->arena);
        expect(p, fastbins_are_empty(&p->arena->fast), "merging empties the fast bins (B6)");
        break;
    case 2: trim_arena(p->arena, dice_below(&p->dice, 2) * 64 * KIB); break;
    case 3: arena_trim(p->arena); break;
    default: take_several(p);
    }
}

static void operate(struct play *p)
{
    struct live *l = &p->live[dice_below(&p->dice, LIVE)];
    size_t what = dice_below(&p->dice, 40);
    if (what == 0)
        keep_house(p);
    else if (l->chunk && what < 12)
        resize(p, l);
    else if (l->chunk)
        put(p, l);
    else if (what < 6)
        take_aligned(p, l);
    else
        take(p, l);
}

static void put_everything(struct play *p)
{
    for (unsigned i = 0; i < LIVE; i++)
        if (p->live[i].chunk)
            put(p, &p->live[i]);
}

struct census {
    size_t in_use, free;
};

static void count_chunk(struct chunk *c, enum walked_state state, void *context)
{
    struct census *k = context;
    (void)c;
    k->in_use += state == WALKED_IN_USE;
    k->free += state == WALKED_FREE;
}

static struct census take_census(struct arena *a)
{
    struct census k = {0, 0};
    arena_put_received(a);
    arena_merge_fast(a);
    if (walk_arena(a, count_chunk, &k))
        k.in_use = k.free = SIZE_MAX;
    return k;
}

static struct play *begin_play(struct arena *a, const char *name, uint64_t seed, unsigned doublings)
{
    static struct play p;
    p = (struct play){
        .arena = a, .name = name, .dice = dice_of(seed), .doublings = doublings, .sound = true};
    return &p;
}

static void an_arena_does_as_the_model(struct arena *a, const char *name, uint64_t seed,
                                       unsigned doublings)
{
    struct play *p = begin_play(a, name, seed, doublings);
    unsigned broken = 0;
    lock_take(&a->lock);
    struct census before = take_census(a);
    lock_release(&a->lock);
    for (unsigned i = 1; i <= OPERATIONS && p->sound && !broken; i++) {
        lock_take(&a->lock);
        operate(p);
        lock_release(&a->lock);
        if (i % CHECK_EVERY == 0)
            broken = check_all();
    }
    ok(p->sound, "%s: every_chunk_is_as_the_model_says (B C A)", name);
    ok(broken == 0, "%s: every_law_holds_all_the_time", name);
    lock_take(&a->lock);
    put_everything(p);
    struct census after = take_census(a);
    lock_release(&a->lock);
    ok(p->sound && check_all() == 0, "%s: and_when_all_is_put", name);
    ok(after.in_use == before.in_use, "%s: nothing_is_lost (C7 C8: %zu in use, before %zu)", name,
       after.in_use, before.in_use);
    ok(after.free <= before.free + 2, "%s: free_neighbours_have_joined (C9: %zu free, %zu)", name,
       after.free, before.free);
}

/* In a thread of its own, which has an arena of its own. */
static void *play_in_heaps(void *seed)
{
    struct arena *a = arenas_attach(false);
    uint64_t first = *(uint64_t *)seed;
    ok(a != &main_arena && a->top.source == TOP_FROM_HEAPS, "a_thread_has_its_own_arena (R3)");
    an_arena_does_as_the_model(a, "thread arena", first, WORD == 8 ? 19 : 15);
    an_arena_does_as_the_model(a, "thread arena, several heaps", first + 1, WORD == 8 ? 24 : 18);
    ok(a->top.system_max > HEAP_MAX, "more_than_one_heap_was_needed (R10: %zu bytes)",
       a->top.system_max);
    lock_take(&a->lock);
    arena_leave_free_heaps(a);
    ok(heap_around(a->top.chunk) == heap_around(a), "all_but_the_first_were_left (R12)");
    lock_release(&a->lock);
    arenas_detach(a);
    return NULL;
}

/* A top that holds back what it had may never have had to grow by itself. */
static void grow_beyond_the_top(struct arena *a)
{
    size_t dirty, size = align_up(top_size(&a->top) + 64 * KIB, CHUNK_ALIGN);
    lock_take(&a->lock);
    struct chunk *c = arena_take_fresh(a, size, &dirty);
    if (c)
        arena_put(a, c);
    lock_release(&a->lock);
}

/* Another caller of sbrk between our requests: regions, fences, leftovers. */
static void foreign_breaks_do_no_harm(uint64_t seed)
{
    struct play *p = begin_play(&main_arena, "foreign breaks", seed, 18);
    unsigned broken = 0;
    for (unsigned i = 1; i <= OPERATIONS / 4 && p->sound && !broken; i++) {
        if (i % 200 == 0)
            memset(sbrk(8 + (intptr_t)(i % 7) * 8), 0xee, 8);
        lock_take(&main_arena.lock);
        operate(p);
        lock_release(&main_arena.lock);
        if (i % CHECK_EVERY == 0)
            broken = check_all();
    }
    grow_beyond_the_top(&main_arena);
    ok(p->sound && broken == 0, "foreign_breaks_do_no_harm (M10)");
    ok(main_arena.top.scattered, "the_arena_knows_that_it_is_scattered (M9)");
    lock_take(&main_arena.lock);
    put_everything(p);
    lock_release(&main_arena.lock);
    ok(p->sound && check_all() == 0, "nor_when_all_is_put (M10)");
}

int main(int argc, char **argv)
{
    uint64_t seed = seed_of(argc, argv);
    pthread_t thread;
    free(malloc(1));
    an_arena_does_as_the_model(&main_arena, "main arena", seed, 18);
    tune.mxfast = 0;
    an_arena_does_as_the_model(&main_arena, "without fast bins", seed + 2, 18);
    tune.mxfast = 16 * WORD;
    foreign_breaks_do_no_harm(seed + 3);
    if (begin_thread(&thread, play_in_heaps, &seed) == 0)
        pthread_join(thread, NULL);
    return done();
}
