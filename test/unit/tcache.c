/*
 * One thread's cache against a model of two stacks a list.  B7 (newest first), and that tops,
 * limits and counts always agree with the magazines; which freed block may enter: tcache_entry.c.
 */
#include "unit.h"

#include "tcache.h"

enum { BLOCKS = 600, BLOCK_SIZE = 64, OPERATIONS = 30000 };

struct stack {
    void *at[BLOCKS];
    unsigned height;
};

static struct whole_cache whole;
static struct cache *cache;
static unsigned list; /* the one that is modelled */
static struct stack ready, spare, outside;
static char memory[BLOCKS][BLOCK_SIZE] __attribute__((aligned(16)));

static void push(struct stack *s, void *user)
{
    s->at[s->height++] = user;
}

static void *pop(struct stack *s)
{
    return s->height ? s->at[--s->height] : NULL;
}

static size_t offset_of(unsigned of)
{
    return of * sizeof(struct magazine);
}

/* One of a list's two magazines, as tcache.c lays them out. */
static void **bottom_of(unsigned of, unsigned which)
{
    return cache->storage[of] + which * (cache_capacity_for(of) + 1) + 1;
}

static bool magazine_is(void **first, const struct stack *s)
{
    return first[-1] == NULL && memcmp(first, s->at, s->height * sizeof *s->at) == 0;
}

static bool all_agree(void)
{
    struct magazine *m = &cache->at[list];
    if (!cache->storage[list])
        return m->top == m->limit && m->top[-1] == NULL && ready.height + spare.height == 0;
    unsigned which = m->limit != bottom_of(list, 0) + cache_capacity_for(list);
    void **first = bottom_of(list, which);
    return m->top == first + ready.height && m->limit == first + cache_capacity_for(list) &&
           magazine_is(first, &ready) && magazine_is(bottom_of(list, !which), &spare) &&
           cache->spare_count[list] == spare.height &&
           cache_count(cache, list) == ready.height + spare.height;
}

static bool take(void)
{
    void *expected = pop(&ready), *user = cache_take(cache, offset_of(list));
    if (!expected && !user) {
        user = cache_take_spare(cache, list);
        ready = spare;
        spare.height = 0;
        expected = pop(&ready);
    }
    if (user)
        push(&outside, user);
    return user == expected;
}

/* What is given back is the spare magazine as it was. */
static bool put_over(void *user)
{
    void *over[CACHE_MAGAZINE];
    unsigned count = cache_put_over(cache, list, user, over);
    bool right = count == spare.height && memcmp(over, spare.at, count * sizeof *over) == 0;
    for (unsigned i = 0; i < count && right; i++)
        push(&outside, over[i]);
    spare = ready;
    ready.height = 0;
    push(&ready, user);
    return right;
}

static bool put(void)
{
    void *user = pop(&outside);
    bool full = !cache->storage[list] || ready.height == cache_capacity_for(list);
    if (!user)
        return true;
    bool done = cache_put(cache, offset_of(list), user);
    if (done != !full)
        return false;
    if (full)
        return put_over(user);
    push(&ready, user);
    return true;
}

static bool fetch(struct dice *d)
{
    void *blocks[CACHE_MAGAZINE];
    unsigned count = 1 + (unsigned)dice_below(d, cache_capacity_for(list));
    if (ready.height > 0 || outside.height < count)
        return true;
    for (unsigned i = 0; i < count; i++)
        blocks[count - 1 - i] = outside.at[outside.height - 1 - i];
    for (unsigned i = 0; i < count; i++)
        push(&ready, blocks[count - 1 - i]);
    outside.height -= count;
    cache_fill(cache, list, blocks, count);
    return true;
}

/* The oldest of the ready magazine first, then those of the spare one. */
static bool empty(void)
{
    void *blocks[2 * CACHE_MAGAZINE];
    unsigned count = cache_empty(cache, list, blocks);
    if (count != ready.height + spare.height)
        return false;
    bool right = memcmp(blocks, ready.at, ready.height * sizeof *blocks) == 0 &&
                 memcmp(blocks + ready.height, spare.at, spare.height * sizeof *blocks) == 0;
    for (unsigned i = 0; i < count; i++)
        push(&outside, blocks[i]);
    ready.height = spare.height = 0;
    return right;
}

static bool operate(struct dice *d)
{
    size_t what = dice_below(d, 400);
    if (what == 0)
        return empty();
    if (what < 4)
        return fetch(d);
    return (what / 40 % 2 ? what % 3 == 0 : what % 3 != 0) ? take() : put();
}

static bool nothing_was_written(void)
{
    bool right = true;
    for (unsigned i = 0; i < BLOCKS; i++)
        right = right && pattern_holds(memory[i], BLOCK_SIZE, BLOCK_SIZE, i);
    return right;
}

static void begin_model(unsigned of)
{
    list = of;
    ready.height = spare.height = outside.height = 0;
    cache = cache_begin(&whole);
    for (unsigned i = 0; i < BLOCKS; i++) {
        pattern_fill(memory[i], BLOCK_SIZE, i);
        push(&outside, memory[i]);
    }
}

static void magazines_do_as_stacks(struct dice *d, unsigned of, const char *name)
{
    bool right = true, agree = true;
    unsigned over_both = 0;
    begin_model(of);
    ok(all_agree() && !cache_take(cache, offset_of(list)) && !cache_take_spare(cache, list) &&
           cache_count(cache, list) == 0 && empty(),
       "%s: a_new_cache_is_empty", name);
    /* Phases of more puts and of more takes, so that both magazines fill and empty. */
    for (unsigned i = 0; i < OPERATIONS && right && agree; i++) {
        bool putting = i / 500 % 2 && dice_below(d, 4);
        right = putting ? put() : i / 500 % 4 == 2 && dice_below(d, 2) ? take() : operate(d);
        agree = all_agree();
        over_both += spare.height > 0 && ready.height == cache_capacity_for(list);
    }
    ok(right, "%s: the_newest_is_taken_first_and_the_spare_exchanged (B7)", name);
    ok(agree, "%s: tops_limits_and_counts_always_agree (B7)", name);
    ok(over_both > 10, "%s: both_magazines_were_full_at_times (%u)", name, over_both);
    ok(empty() && all_agree(), "%s: a_list_can_be_emptied", name);
    ok(nothing_was_written(), "%s: the_blocks_themselves_are_not_touched", name);
}

static void the_newest_is_not_put_twice(void)
{
    void *user = pop(&outside);
    put();
    empty();
    ok(cache_put(cache, offset_of(list), user) && !cache_put(cache, offset_of(list), user) &&
           cache_count(cache, list) == 1,
       "the_newest_is_not_put_twice");
    static size_t second, third;
    cache_put(cache, offset_of(list), &second);
    ok(!cache_put_freed(cache, offset_of(list), user) && cache_has_newest(cache, list, user),
       "nor_the_second_newest");
    cache_put(cache, offset_of(list), &third);
    ok(cache_put_freed(cache, offset_of(list), user) && !cache_has_newest(cache, list, &outside),
       "an_older_one_only_the_slow_way_knows");
    cache_empty(cache, list, (void * [2 * CACHE_MAGAZINE]){NULL});
}

/* A number that no other place of any list has. */
static void *name_of(unsigned of, unsigned place)
{
    return (void *)(uintptr_t)(16 * (1 + of * 1000 + place));
}

static void fill_list(unsigned of)
{
    void *blocks[CACHE_MAGAZINE];
    unsigned capacity = cache_capacity_for(of), full = 2 * capacity;
    for (unsigned i = 0; i < capacity; i++)
        blocks[i] = name_of(of, capacity - 1 - i);
    cache_fill(cache, of, blocks, capacity);
    cache_put_over(cache, of, name_of(of, capacity), blocks);
    for (unsigned place = capacity + 1; place < full; place++)
        cache_put(cache, offset_of(of), name_of(of, place));
}

static bool list_is_full(unsigned of)
{
    bool right = cache_count(cache, of) == 2 * cache_capacity_for(of);
    for (unsigned place = 2 * cache_capacity_for(of); place-- > 0 && right;) {
        void *user = cache_take(cache, offset_of(of));
        right = (user ? user : cache_take_spare(cache, of)) == name_of(of, place);
    }
    return right && !cache_take(cache, offset_of(of)) && !cache_take_spare(cache, of);
}

static void every_list_has_room_of_its_own(void)
{
    bool right = true;
    cache = cache_begin(&whole);
    for (unsigned of = CACHE_LISTS; of-- > CACHE_FIRST;)
        fill_list(of);
    for (unsigned of = CACHE_FIRST; of < CACHE_LISTS; of++)
        right = right && list_is_full(of);
    ok(right, "all_lists_can_be_full_at_once");
    ok(cache->stored <= CACHE_STORAGE, "the_store_has_room_for_all (%zu words of %d)",
       cache->stored, (int)CACHE_STORAGE);
    cache = cache_begin(&whole);
    for (unsigned of = 0; of < CACHE_LISTS; of++)
        right = right && !cache_take(cache, offset_of(of));
    ok(right && cache->stored == 0, "a_cache_that_begins_again_is_empty");
}

static void classes_are_sizes(void)
{
    bool right = true, fits = true;
    cache = cache_begin(&whole);
    for (size_t n = 0; n <= CACHE_REQUEST_MAX; n++)
        right = right && cache_offset_for(cache, n) == offset_of(cache_class(chunk_size_for(n)));
    for (unsigned of = CACHE_FIRST; of < CACHE_LISTS; of++) {
        unsigned capacity = cache_capacity_for(of);
        fits = fits && capacity >= 2 && capacity <= 64 && cache_list_of(offset_of(of)) == of &&
               (capacity == 64 ||
                capacity * cache_size(of) <= (cache_size(of) <= KIB ? 16 : 64) * KIB);
    }
    ok(right, "at_first_every_request_has_the_list_of_its_chunk (B7)");
    ok(cache_class(CACHE_CHUNK_MAX) == CACHE_CLASSES - 1 &&
           CACHE_REQUEST_MAX == (WORD == 8 ? 1032 : 516),
       "1032_bytes_are_the_most: 516 on 32-bit");
    ok(fits, "a_magazine_holds_about_16_KiB_or_64_of_larger_blocks_at_most_64");
}

/* Each request goes to the list of its chunk or, where that has runs, of the smallest slot. */
static bool small_requests_go_right(unsigned first_with_runs)
{
    bool right = true;
    for (size_t n = 0; n <= CACHE_REQUEST_MAX; n++) {
        unsigned of = cache_list_of(cache_offset_for(cache, n));
        unsigned chunks = cache_class(chunk_size_for(n));
        bool runs = chunks >= first_with_runs;
        /* Requests differ at most every WORD. */
        size_t largest = max_size(align_up(n, WORD), 1);
        right = right && cache_list_has_runs(of) == runs;
        right = right && (runs ? of - CACHE_CLASSES == run_class_for(largest) : of == chunks);
        right = right && (!runs || cache_size(of) >= n);
    }
    return right;
}

static void small_requests_change_to_runs(void)
{
    bool right = true;
    cache = cache_begin(&whole);
    for (unsigned chunks = CACHE_CLASSES; chunks-- > CACHE_FIRST;) {
        cache_use_runs(cache, chunks * CHUNK_ALIGN - WORD);
        right = right && small_requests_go_right(chunks);
    }
    ok(right, "a_size_that_uses_runs_has_the_smallest_slots_that_fit");
    cache = cache_begin(&whole);
    ok(small_requests_go_right(CACHE_CLASSES), "the_next_thread_begins_with_chunks");
}

/* Requests beyond the lists of chunks have no list but that of their slots. */
static bool larger_requests_go_right(unsigned first_with_runs)
{
    bool right = true;
    for (size_t n = CACHE_REQUEST_MAX + 1; n <= RUN_SLOT_MAX; n++) {
        size_t offset = cache_offset_for_more(cache, n);
        unsigned sizeclass = run_class_for(n);
        right = right && offset == (sizeclass >= first_with_runs ? run_mark_for(sizeclass) : 0);
    }
    return right;
}

static void larger_requests_change_to_runs(void)
{
    cache = cache_begin(&whole);
    bool right = larger_requests_go_right(RUN_CLASSES);
    for (unsigned sizeclass = RUN_CLASSES; sizeclass-- > run_class_for(CACHE_REQUEST_MAX + 1);) {
        cache_use_runs(cache, run_slot_size(sizeclass) - 5);
        right = right && larger_requests_go_right(sizeclass);
    }
    ok(right, "larger_requests_have_slots_once_they_are_earned");
    ok(small_requests_go_right(CACHE_CLASSES), "and_small_ones_keep_their_chunks");
}

static bool is_shut(unsigned of)
{
    return cache_is_closed(cache, of) && cache_count(cache, of) == 0 &&
           !cache_take(cache, offset_of(of)) && !cache_take_spare(cache, of) &&
           !cache_put(cache, offset_of(of), name_of(of, 0));
}

/* Where the kernel has no more for runs a size changes to and fro as long as the program lives. */
static void lists_close_and_open_again(void)
{
    bool right = true;
    unsigned of = 4;
    cache = cache_begin(&whole);
    for (unsigned i = 0; i < 1000 && right; i++) {
        fill_list(of);
        right = list_is_full(of);
        cache_use_runs(cache, cache_size(of) - WORD);
        right = right && is_shut(of) && cache->stored <= CACHE_STORAGE;
        cache_use_chunks(cache, cache_size(of) - WORD);
        right = right && !cache_is_closed(cache, of) && small_requests_go_right(CACHE_CLASSES);
    }
    ok(right, "lists_close_and_open_again_without_end (%zu words)", cache->stored);
}

/* A chunk; of slots a quarter of a magazine, if those are no more than 8. */
static unsigned first_batch(unsigned which)
{
    unsigned quarter = cache_capacity_for(which) / 4;
    if (which < CACHE_CLASSES || quarter < 1)
        return 1;
    return quarter < 8 ? quarter : 8;
}

static void batches_double(void)
{
    bool right = true;
    cache = cache_begin(&whole);
    for (unsigned of = CACHE_FIRST; of < CACHE_LISTS; of++)
        for (unsigned visit = 0, expected = first_batch(of); visit < 10; visit++) {
            right = right && cache_next_batch(cache, of) == expected;
            expected =
                expected * 2 < cache_capacity_for(of) ? expected * 2 : cache_capacity_for(of);
        }
    ok(right, "batches_double_up_to_a_magazine");
}

enum { PUT_MOST = 4 * CACHE_MAGAZINE };

/* Put blocks until one finds no room even beyond the magazines; how many were put. */
static unsigned put_all_that_fit(unsigned which, void *(*blocks)[PUT_MOST])
{
    unsigned count = 0;
    size_t offset = which * sizeof(struct magazine);
    while (count < PUT_MOST && (cache_put(cache, offset, (*blocks)[count]) ||
                                cache_put_beyond(cache, which, (*blocks)[count])))
        count++;
    return count;
}

static void what_is_full_goes_beyond(unsigned which, unsigned packs, const char *name)
{
    static char bytes[PUT_MOST][16];
    static void *blocks[PUT_MOST];
    cache = cache_begin(&whole);
    unsigned capacity = cache_capacity_for(which), count = 0;
    cache->depot_most = packs * capacity * cache_size(which);
    for (unsigned i = 0; i < PUT_MOST; i++)
        blocks[i] = bytes[i];
    ok(put_all_that_fit(which, &blocks) == 0, "%s: a_list_must_have_begun", name);
    void **room = cache_room(cache, which);
    room[0] = blocks[PUT_MOST - 1];
    cache_show(cache, which, 1);
    count = put_all_that_fit(which, &blocks);
    ok(count == (2 + packs) * capacity - 1 && cache_count(cache, which) == count + 1,
       "%s: two_magazines_and_%u_set_aside_are_full (B7)", name, packs);
    ok(!cache_put_beyond(cache, which, blocks[count]) && cache_count(cache, which) == count + 1,
       "%s: and_one_more_changes_nothing", name);
    bool right = true;
    for (unsigned i = count; i-- > 0;) {
        void *user = cache_take_any(cache, which);
        right = right && user == blocks[i];
    }
    ok(right && cache_count(cache, which) == 1, "%s: the_newest_comes_back_first (B7)", name);
}

static void a_closed_list_takes_nothing_beyond(void)
{
    static char bytes[16];
    cache = cache_begin(&whole);
    cache_room(cache, 5);
    cache_use_runs(cache, 5 * CHUNK_ALIGN - WORD);
    ok(cache_is_closed(cache, 5) && !cache_put_beyond(cache, 5, bytes) &&
           !cache_take_any(cache, 5) && cache_count(cache, 5) == 0,
       "a_closed_list_takes_nothing_beyond");
}

int main(int argc, char **argv)
{
    struct dice d = dice_of(seed_of(argc, argv));
    free(malloc(1));
    classes_are_sizes();
    small_requests_change_to_runs();
    larger_requests_change_to_runs();
    batches_double();
    magazines_do_as_stacks(&d, 5, "chunks");
    the_newest_is_not_put_twice();
    magazines_do_as_stacks(&d, CACHE_CLASSES + 2, "slots");
    magazines_do_as_stacks(&d, CACHE_CLASSES - 1, "a magazine of 15");
    magazines_do_as_stacks(&d, CACHE_LISTS - 1, "a magazine of two");
    every_list_has_room_of_its_own();
    lists_close_and_open_again();
    what_is_full_goes_beyond(5, 0, "chunks");
    what_is_full_goes_beyond(CACHE_CLASSES + 2, 2, "slots");
    a_closed_list_takes_nothing_beyond();
    return done();
}
