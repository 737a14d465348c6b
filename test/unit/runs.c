/*
 * Runs against a model of their slots (runs_model.h): two arenas that share the places; the
 * arithmetic of classes and slots; what kills a program.  D4: no header between slots.
 */
#include "rising.h"
#include "runs_model.h"

#include "sys.h"

enum { LIVE = 10000, OPERATIONS = 40000, CHECK_EVERY = 64, BATCH = 64 };

struct play {
    struct model model;
    struct dice dice;
    void *live[LIVE];
    unsigned count;
    unsigned first, classes; /* sizes are of so many classes, from `first` on */
    bool sound, expected;    /* nothing was ever wrong; always the lowest slot came */
};

static struct play play;

static void begin_play(struct play *p, uint64_t seed, unsigned first, unsigned classes)
{
    p->dice = dice_of(seed);
    p->count = 0;
    p->first = first;
    p->classes = classes;
    p->sound = p->expected = true;
    model_begin(&p->model, 7);
}

/* Alignment is what fits: 8 for the least slots. */
static size_t slot_alignment(size_t size)
{
    return size < CHUNK_ALIGN ? size : CHUNK_ALIGN;
}

/* The first and the last word: so every page that a slot begins or ends in is looked at. */
static void fill(char *slot, size_t size)
{
    pattern_fill(slot, 8, (uintptr_t)slot);
    pattern_fill(slot + size - 8, 8, (uintptr_t)slot);
}

static bool is_whole(const char *slot, size_t size)
{
    return pattern_holds(slot, 8, 8, (uintptr_t)slot) &&
           pattern_holds(slot + size - 8, 8, 8, (uintptr_t)slot);
}

/* A slot has come: right in itself, and the one that had to come. */
static void receive(struct play *p, unsigned owner, unsigned sizeclass, char *slot)
{
    size_t size = run_slot_size(sizeclass), offset = (uintptr_t)slot % RUN_SIZE;
    p->expected = p->expected && model_take(&p->model, owner, sizeclass, slot);
    p->sound = p->sound && is_aligned(slot, slot_alignment(size)) && offset % size == 0 &&
               offset + size <= RUN_SIZE && run_usable(slot, "unexpected") == size;
    fill(slot, size);
    p->live[p->count++] = slot;
}

static void take(struct play *p, unsigned sizeclass, unsigned most)
{
    void *slots[BATCH + 1];
    unsigned owner = (unsigned)dice_below(&p->dice, OWNERS);
    slots[most] = &play;
    if (p->count + most > LIVE)
        return;
    unsigned taken = take_rising(&p->model.runs[owner], sizeclass, slots, most);
    p->sound = p->sound && taken == most && slots[most] == &play;
    for (unsigned i = 0; i < taken && p->expected; i++)
        receive(p, owner, sizeclass, slots[i]);
}

static void put(struct play *p, unsigned which)
{
    void *slot = p->live[which];
    p->live[which] = p->live[--p->count];
    p->sound = p->sound && is_whole(slot, run_usable(slot, "unexpected"));
    unsigned owner = model_put(&p->model, slot);
    runs_put(&p->model.runs[owner], slot);
}

static void put_some(struct play *p)
{
    unsigned most = 1 + (unsigned)dice_below(&p->dice, BATCH);
    for (unsigned i = 0; i < most && p->count > 0; i++)
        put(p, (unsigned)dice_below(&p->dice, p->count));
}

static void trim(struct play *p)
{
    for (unsigned owner = 0; owner < OWNERS; owner++)
        runs_trim(&p->model.runs[owner]);
    places_trim();
}

static bool check(struct play *p)
{
    return p->sound && p->expected && model_agrees(&p->model);
}

/* Phases that fill and phases that empty, so that runs begin and end. */
static void operate(struct play *p, unsigned operation)
{
    bool filling = operation / 1500 % 2 == 0;
    size_t what = dice_below(&p->dice, 1000);
    unsigned sizeclass = p->first + (unsigned)dice_below(&p->dice, p->classes);
    if (what == 0)
        trim(p);
    else if (what < (filling ? 560u : 440u))
        take(p, sizeclass, 1 + (unsigned)dice_below(&p->dice, BATCH));
    else
        put_some(p);
}

static void slots_come_and_go(uint64_t seed, unsigned first, unsigned classes, const char *name)
{
    struct play *p = &play;
    bool agree = true;
    begin_play(p, seed, first, classes);
    for (unsigned i = 1; i <= OPERATIONS && p->sound && p->expected && agree; i++) {
        operate(p, i);
        agree = i % CHECK_EVERY != 0 || model_agrees(&p->model);
    }
    ok(p->sound, "%s: slots_are_aligned_inside_their_run_and_stay_whole", name);
    ok(p->expected, "%s: the_run_that_was_full_last_is_filled_from_below", name);
    ok(agree, "%s: heaps_and_model_agree_and_all_laws_hold (I20 - I23)", name);
    while (p->count > 0 && p->expected)
        put(p, p->count - 1);
    ok(check(p) && runs_count_used(&p->model.runs[0]) == 0, "%s: and_when_all_is_put", name);
}

/* More than two heaps of the largest slots; nothing is written to them, so they cost no memory. */
static void heaps_follow_each_other(uint64_t seed)
{
    enum { IN_RUN = RUN_SIZE / RUN_SLOT_MAX, SLOTS = 2 * RUNS_PER_HEAP * IN_RUN + 500 };
    static void *slots[SLOTS];
    static struct arena arena;
    struct dice d = dice_of(seed);
    struct runs r;
    bool right = true;
    runs_begin(&r, &arena, 20);
    ok(take_rising(&r, RUN_CLASSES - 1, slots, SLOTS) == SLOTS && runs_count_used(&r) == SLOTS &&
           run_heap_around(slots[SLOTS - 1])->number >= 2,
       "slots_of_three_heaps");
    ok(laws_broken(&r) == 0, "three_heaps: all_laws_hold (I20 - I23)");
    for (unsigned i = 0; i < SLOTS; i++) {
        unsigned other = i + (unsigned)dice_below(&d, SLOTS - i);
        void *slot = slots[other];
        slots[other] = slots[i];
        runs_put(&r, slot);
        right = right && (i % 500 != 0 || laws_broken(&r) == 0);
    }
    ok(right && runs_count_used(&r) == 0 && r.live_bytes == 0,
       "three_heaps: and_all_go_back_in_any_order");
    void *again = NULL;
    take_rising(&r, 0, &again, 1);
    ok((void *)run_heap_around(again) == (void *)places_heaps(), "the_oldest_heap_serves_first");
    runs_put(&r, again);
}

static void classes_are_sizes(void)
{
    bool fits = true, least = true, waste = true, marks = true;
    for (size_t n = 1; n <= RUN_SLOT_MAX; n++) {
        unsigned sizeclass = run_class_for(n);
        size_t size = run_slot_size(sizeclass);
        fits = fits && sizeclass < RUN_CLASSES && size >= n && size % slot_alignment(size) == 0;
        least = least && (sizeclass == 0 || run_slot_size(sizeclass - 1) < n);
        waste = waste && size - n < max_size(16, n / 8 + 1);
    }
    ok(fits && least, "every_request_has_the_smallest_slot_that_fits (D4)");
    ok(waste, "which_wastes_less_than_16_bytes_or_an_eighth");
    ok(run_slot_size(RUN_CLASSES - 1) == RUN_SLOT_MAX, "the_last_class_is_the_largest");
    for (unsigned sizeclass = 0; sizeclass < RUN_CLASSES; sizeclass++)
        marks = marks && run_mark_for(sizeclass) != 0 &&
                run_mark_for(sizeclass) < RUN_MARK_OFFSETS &&
                run_class_of_mark(run_mark_for(sizeclass)) == sizeclass &&
                run_class_for(run_slot_size(sizeclass)) == sizeclass;
    ok(marks, "a_mark_names_its_class_and_is_never_0");
}

/* The multiplication that stands for a division, for every offset there is. */
static void inverses_divide(void)
{
    static struct arena arena;
    struct runs r;
    void *slots[RUN_CLASSES] = {NULL};
    bool right = true;
    runs_begin(&r, &arena, 9);
    for (unsigned sizeclass = 0; sizeclass < RUN_CLASSES; sizeclass++) {
        if (take_rising(&r, sizeclass, &slots[sizeclass], 1) != 1)
            break;
        const struct run *run = run_around(slots[sizeclass]);
        for (size_t offset = 0; offset < RUN_SIZE; offset++)
            right = right && (uint64_t)offset * run->inverse >> 32 == offset / run->size;
        right = right && run->slots == RUN_SIZE / run_slot_size(sizeclass) &&
                run_start(run) == slots[sizeclass];
    }
    ok(right && runs_count_used(&r) == RUN_CLASSES, "inverses_divide_right_for_all_offsets");
    for (unsigned sizeclass = 0; sizeclass < RUN_CLASSES; sizeclass++)
        runs_put(&r, slots[sizeclass]);
}

/* Leave a place, and have it again as another class and another arena's. */
static void an_empty_run_is_anybody_s(void)
{
    static struct arena arenas[2];
    struct runs r[2];
    void *first = NULL, *slot = NULL;
    bool right = true;
    runs_begin(&r[0], &arenas[0], 10);
    runs_begin(&r[1], &arenas[1], 11);
    take_rising(&r[0], 5, &first, 1);
    runs_put(&r[0], first);
    for (unsigned sizeclass = 0; sizeclass < RUN_CLASSES; sizeclass++) {
        struct runs *mine = &r[sizeclass % 2];
        right = right && take_rising(mine, sizeclass, &slot, 1) == 1 && slot == first &&
                run_mark_of(slot) == mine->owner + run_mark_for(sizeclass) &&
                run_around(slot)->arena == mine->arena;
        runs_put(mine, slot);
        right = right && run_mark_of(slot) == 0;
    }
    ok(right && r[0].count + r[1].count == 0, "an_empty_run_becomes_any_class_s_and_any_arena_s");
}

static void trimmed_places_serve_again(void)
{
    enum { SLOTS = 4096, POPULATED_MOST = 32 };
    static struct arena arena;
    static void *slots[SLOTS];
    struct runs r;
    runs_begin(&r, &arena, 12);
    places_trim();
    take_rising(&r, run_class_for(256), slots, SLOTS);
    for (unsigned i = 0; i < SLOTS; i++)
        memset(slots[i], 0xa5, 256);
    for (unsigned i = SLOTS; i-- > 1;)
        runs_put(&r, slots[i]);
    size_t before = sys_resident(slots[0], RUN_SIZE), in_run = runs_trim(&r);
    size_t released = places_trim();
    ok(before == RUN_SIZE && in_run == RUN_SIZE - sys_page() &&
           sys_resident(slots[0], RUN_SIZE) == sys_page() && all_bytes_are(slots[0], 256, 0xa5),
       "trimming_gives_back_all_pages_but_those_in_use (%zu bytes)", in_run);
    ok(released > 0 && released <= SLOTS * 256 + POPULATED_MOST * RUN_SIZE && places_trim() == 0 &&
           runs_trim(&r) == 0,
       "and_those_of_empty_places, once (%zu bytes)", released);
    bool right = take_rising(&r, run_class_for(256), slots + 1, SLOTS - 1) == SLOTS - 1;
    for (unsigned i = 1; i < SLOTS; i++) {
        right = right && (i < sys_page() / 256 || all_bytes_are(slots[i], 256, 0));
        memset(slots[i], (int)i, 256);
    }
    ok(right && laws_broken(&r) == 0, "trimmed_places_serve_again");
    for (unsigned i = 0; i < SLOTS; i++)
        runs_put(&r, slots[i]);
}

/* A slot in use keeps its page, not the run's. */
static void pages_between_slots_go_back(void)
{
    enum { SLOTS = RUN_SIZE / 16 };
    static struct arena arena;
    static void *slots[SLOTS], *again[SLOTS];
    struct runs r;
    bool right = true;
    unsigned sizeclass = run_class_for(16);
    runs_begin(&r, &arena, 13);
    take_rising(&r, sizeclass, slots, SLOTS);
    for (unsigned i = 0; i < SLOTS; i++)
        pattern_fill(slots[i], 16, i);
    for (unsigned i = 0; i < SLOTS; i++)
        if (i != 300 && i != 2000)
            runs_put(&r, slots[i]);
    size_t released = runs_trim(&r);
    ok(released == RUN_SIZE - 2 * sys_page() && sys_resident(slots[0], RUN_SIZE) == 2 * sys_page(),
       "pages_between_slots_go_back (%zu bytes)", released);
    ok(pattern_holds(slots[300], 16, 16, 300) && pattern_holds(slots[2000], 16, 16, 2000),
       "and_slots_in_use_stay_whole");
    unsigned count = take_rising(&r, sizeclass, again, SLOTS - 2);
    for (unsigned i = 0; i < count; i++)
        right = right && again[i] == slots[i < 300 ? i : i < 1999 ? i + 1 : i + 2];
    ok(right && count == SLOTS - 2, "and_all_are_taken_again_in_their_order");
    for (unsigned i = 0; i < SLOTS; i++)
        runs_put(&r, slots[i]);
}

static size_t resident_of_runs(void **slots, unsigned runs, unsigned each)
{
    size_t sum = 0;
    for (unsigned i = 0; i < runs; i++)
        sum += sys_resident(slots[i * each], RUN_SIZE);
    return sum;
}

/* One slot keeps a run; its other pages go back as soon as others would have to come. */
static void sparse_runs_give_back_when_memory_grows(void)
{
    enum { RUNS = 20, EACH = RUN_SIZE / 64, SLOTS = RUNS * EACH, MORE = 100 };
    static struct arena arena;
    static void *slots[SLOTS], *more[MORE];
    struct runs r;
    runs_begin(&r, &arena, 15);
    take_rising(&r, run_class_for(64), slots, SLOTS);
    for (unsigned i = 0; i < SLOTS; i++)
        pattern_fill(slots[i], 64, i);
    for (unsigned i = 0; i < SLOTS; i++)
        if (i % EACH != 0)
            runs_put(&r, slots[i]);
    size_t before = resident_of_runs(slots, RUNS, EACH);
    places_trim();
    take_rising(&r, run_class_for(RUN_SLOT_MAX), more, MORE);
    size_t after = resident_of_runs(slots, RUNS, EACH);
    bool whole = true;
    for (unsigned i = 0; i < RUNS; i++)
        whole = whole && pattern_holds(slots[i * EACH], 64, 64, i * EACH);
    ok(before == RUNS * RUN_SIZE && after == RUNS * sys_page() && whole && laws_broken(&r) == 0,
       "sparse_runs_give_back_when_memory_grows (%zu KiB, %zu KiB)", before / KIB, after / KIB);
    for (unsigned i = 0; i < RUNS; i++)
        runs_put(&r, slots[i * EACH]);
    for (unsigned i = 0; i < MORE; i++)
        runs_put(&r, more[i]);
    ok(r.count == 0 && !r.sparse && !r.sparse_last, "no_run_stays_sparse_when_it_has_ended");
}

static void no_owner_means_no_runs(void)
{
    static struct arena arena;
    struct runs r;
    void *slot = &r;
    bool right = true;
    runs_begin(&r, &arena, 1 << 15);
    for (unsigned i = 0; i < 200; i++)
        right = right && take_rising(&r, i % RUN_CLASSES, &slot, 1) == 0 && slot == &r;
    ok(right && r.owner == 0 && r.count == 0, "an_arena_that_no_mark_can_name_has_no_runs");
    runs_begin(&r, &arena, (1 << 15) - 1);
    ok(take_rising(&r, 0, &slot, 1) == 1 && run_mark_of(slot) > RUN_MARK_OFFSETS &&
           run_class_of_mark(run_mark_of(slot)) == 0,
       "the_last_one_that_can_be_named_has");
    runs_put(&r, slot);
}

struct victim {
    struct runs *runs;
    char *slot;
};

static void put_victim(void *victim)
{
    struct victim *v = victim;
    runs_put(v->runs, v->slot);
}

static void put_victim_and_again(void *victim)
{
    put_victim(victim);
    put_victim(victim);
}

static void use_victim(void *victim)
{
    struct victim *v = victim;
    run_usable(v->slot, "realloc(): invalid pointer");
}

static bool dies_as_invalid(struct runs *r, char *slot)
{
    struct victim v = {r, slot};
    return dies_saying("free(): invalid pointer", put_victim, &v) &&
           dies_saying("realloc(): invalid pointer", use_victim, &v);
}

static void rules_broken_are_found(void)
{
    static struct arena arena;
    struct runs r;
    void *slots[3];
    runs_begin(&r, &arena, 14);
    take_rising(&r, run_class_for(48), slots, 3);
    struct victim v = {&r, slots[1]};
    char *slot = slots[1], *run = slots[0], *heap = (char *)heap_around(slot);
    ok(dies_saying("free(): double free detected in tcache 2", put_victim_and_again, &v),
       "a_slot_put_twice_is_found");
    ok(dies_as_invalid(&r, slot + 16) && dies_as_invalid(&r, slot + 1) &&
           dies_as_invalid(&r, slot + 47),
       "a_pointer_into_a_slot_is_found");
    ok(dies_as_invalid(&r, run + RUN_SIZE / 48 * 48), "a_pointer_behind_the_last_slot_is_found");
    ok(dies_as_invalid(&r, heap + HEAP_MAX - RUN_SIZE) && dies_as_invalid(&r, heap + HEAP_MAX - 16),
       "a_pointer_into_an_empty_place_is_found");
    ok(dies_as_invalid(&r, heap) && dies_as_invalid(&r, heap + 4096),
       "a_pointer_into_the_head_of_the_heap_is_found");
    v.slot = run + 5 * 48;
    ok(dies_saying("free(): double free detected in tcache 2", put_victim, &v),
       "a_slot_that_was_never_taken_is_found");
}

int main(int argc, char **argv)
{
    uint64_t seed = seed_of(argc, argv);
    free(malloc(1));
    slots_come_and_go(seed, 0, RUN_CLASSES, "all classes");
    slots_come_and_go(seed + 1, 10, 3, "three classes");
    slots_come_and_go(seed + 2, RUN_CLASSES - 1, 1, "the largest class");
    classes_are_sizes();
    inverses_divide();
    an_empty_run_is_anybody_s();
    trimmed_places_serve_again();
    pages_between_slots_go_back();
    sparse_runs_give_back_when_memory_grows();
    no_owner_means_no_runs();
    rules_broken_are_found();
    heaps_follow_each_other(seed + 3);
    return done();
}
