/*
 * One thread's cache against a model of two stacks a class.  B7 (newest first), and that room and
 * counts always agree with the lists; the one comparison that admits a chunk.
 */
#include "unit.h"

#include "arenas.h"
#include "tcache.h"

enum { CHUNKS = 600, OPERATIONS = 30000, CLASS_MODELLED = 5 };

struct stack {
    struct link *at[CHUNKS];
    unsigned height;
};

static struct cache cache;
static struct stack ready, spare, outside;
static char memory[CHUNKS][CACHE_CHUNK_MAX] __attribute__((aligned(16)));

static void push(struct stack *s, struct link *l)
{
    s->at[s->height++] = l;
}

static struct link *pop(struct stack *s)
{
    return s->height ? s->at[--s->height] : NULL;
}

/* From the top of the stack to its bottom, the list has the same. */
static bool list_is(const struct link *l, const struct stack *s)
{
    unsigned left = s->height;
    for (; l && left > 0; l = l->next)
        if (l != s->at[--left])
            return false;
    return !l && left == 0;
}

static bool all_agree(void)
{
    unsigned class = CLASS_MODELLED, capacity = cache_capacity(class);
    int room = (int)(capacity - ready.height);
    return list_is(cache.ready[class], &ready) && list_is(cache.spare[class], &spare) &&
           cache.room[class] == room && cache.spare_count[class] == spare.height &&
           cache_count(&cache, class) == ready.height + spare.height;
}

static bool take(void)
{
    struct link *expected = pop(&ready), *l = cache_take(&cache, CLASS_MODELLED);
    if (!expected && !l) {
        l = cache_take_spare(&cache, CLASS_MODELLED);
        ready = spare;
        spare.height = 0;
        expected = pop(&ready);
    }
    if (l)
        push(&outside, l);
    return l == expected;
}

/* The list given back is the spare magazine as it was. */
static bool put_over(struct link *l)
{
    struct link *over = cache_put_over(&cache, CLASS_MODELLED, l);
    bool right = list_is(over, &spare);
    for (; over; over = over->next)
        push(&outside, over);
    spare = ready;
    ready.height = 0;
    push(&ready, l);
    return right;
}

static bool put(void)
{
    struct link *l = pop(&outside);
    bool full = ready.height == cache_capacity(CLASS_MODELLED);
    if (!l)
        return true;
    bool done = cache_put(&cache, CLASS_MODELLED, l);
    if (done != !full)
        return false;
    if (full)
        return put_over(l);
    push(&ready, l);
    return true;
}

static bool fetch(struct dice *d)
{
    struct link *list = NULL;
    unsigned count = 1 + (unsigned)dice_below(d, cache_capacity(CLASS_MODELLED));
    if (ready.height > 0 || outside.height < count)
        return true;
    for (unsigned i = 0; i < count; i++) {
        struct link *l = pop(&outside);
        l->next = list;
        list = l;
        push(&ready, l);
    }
    cache_fill(&cache, CLASS_MODELLED, list, count);
    return true;
}

static bool empty(void)
{
    struct link *l = cache_empty(&cache, CLASS_MODELLED);
    unsigned count = 0, expected = ready.height + spare.height;
    for (; l && count <= expected; l = l->next, count++)
        push(&outside, l);
    ready.height = spare.height = 0;
    return count == expected;
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

static void magazines_do_as_stacks(struct dice *d)
{
    bool right = true, agree = true;
    unsigned over_both = 0;
    cache_begin(&cache);
    ok(all_agree() && !cache_take(&cache, CLASS_MODELLED), "a_new_cache_is_empty");
    for (unsigned i = 0; i < CHUNKS; i++) {
        struct chunk *c = (struct chunk *)(void *)memory[i];
        chunk_set_head(c, CLASS_MODELLED * CHUNK_ALIGN, CHUNK_PREV_IN_USE);
        push(&outside, chunk_user(c));
    }
    /* Phases of more puts and of more takes, so that both magazines fill and empty. */
    for (unsigned i = 0; i < OPERATIONS && right && agree; i++) {
        bool putting = i / 500 % 2 && dice_below(d, 4);
        right = putting ? put() : i / 500 % 4 == 2 && dice_below(d, 2) ? take() : operate(d);
        agree = all_agree();
        over_both += spare.height > 0 && ready.height == cache_capacity(CLASS_MODELLED);
    }
    ok(right, "the_newest_is_taken_first_and_the_spare_exchanged (B7)");
    ok(agree, "room_and_counts_always_agree_with_the_lists (B7)");
    ok(over_both > 10, "both_magazines_were_full_at_times (%u)", over_both);
    ok(empty() && all_agree(), "a_cache_can_be_emptied");
}

static void classes_are_sizes(void)
{
    bool right = true, fits = true;
    for (size_t n = 0; n <= CACHE_REQUEST_MAX; n++)
        right = right && cache_class_for(n) == cache_class(chunk_size_for(n));
    for (unsigned class = CACHE_FIRST; class < CACHE_CLASSES; class ++) {
        unsigned capacity = cache_capacity(class);
        fits = fits && capacity >= 2 && capacity <= 64 &&
               (capacity == 64 || capacity * class * CHUNK_ALIGN <= 16 * KIB) &&
               capacity <= UINT8_MAX;
    }
    ok(right, "every_request_has_the_class_of_its_chunk (B7)");
    ok(cache_class(CACHE_CHUNK_MAX) == CACHE_CLASSES - 1 && CACHE_REQUEST_MAX == 1032,
       "1032_bytes_are_the_most");
    ok(fits, "a_magazine_holds_about_16_KiB_at_most_64_chunks");
}

static void batches_double(void)
{
    static struct cache other;
    bool right = true;
    cache_begin(&other);
    for (unsigned class = CACHE_FIRST; class < CACHE_CLASSES; class ++)
        for (unsigned visit = 0, expected = 1; visit < 10; visit++) {
            right = right && cache_next_batch(&other, class) == expected;
            expected = expected * 2 < cache_capacity(class) ? expected * 2 : cache_capacity(class);
        }
    ok(right, "batches_are_1_2_4_up_to_a_magazine");
}

static void the_newest_is_not_put_twice(void)
{
    struct link *l = pop(&outside);
    ok(cache_put(&cache, CLASS_MODELLED, l) && !cache_put(&cache, CLASS_MODELLED, l) &&
           cache_count(&cache, CLASS_MODELLED) == 1,
       "the_newest_is_not_put_twice");
    cache_empty(&cache, CLASS_MODELLED);
}

/* Every size and every set of flags: only whole sizes in range, of the right owner, are let in. */
static bool admits_only_main(void)
{
    bool right = true;
    struct chunk *c = (struct chunk *)(void *)memory[0];
    for (size_t head = 0; head < 4096; head++) {
        c->head = head;
        size_t class = cache_class_of_put(&cache, c);
        bool plain = head % 16 < 2 && head / 16 < CACHE_CLASSES;
        right = right && (class < CACHE_CLASSES) == plain && (!plain || class == head / 16);
    }
    c->head = SIZE_MAX - 15;
    return right && cache_class_of_put(&cache, c) >= CACHE_CLASSES;
}

/* A chunk in a heap of its own, whose head names one arena. */
static bool admits_only_its_heap(struct arena *mine, struct arena *other)
{
    bool right = true;
    struct heap *h = heap_begin(4096, NULL);
    struct chunk *c = chunk_at(h, 1024);
    for (size_t head = 0; head < 4096; head++) {
        bool plain = (head % 16 == 4 || head % 16 == 5) && head / 16 < CACHE_CLASSES;
        c->head = head;
        h->arena = mine;
        size_t class = cache_class_of_put(&cache, c);
        right = right && (class < CACHE_CLASSES) == plain && (!plain || class == head / 16);
        h->arena = other;
        right = right && cache_class_of_put(&cache, c) >= CACHE_CLASSES;
    }
    heap_end_of_life(h);
    return right;
}

static void only_right_chunks_are_admitted(void)
{
    static struct arena mine, other;
    bool closed = true;
    arena_begin(&mine, 1, TOP_FROM_HEAPS);
    arena_begin(&other, 2, TOP_FROM_HEAPS);
    cache_set_arena(&cache, &main_arena);
    ok(admits_only_main(), "the_main_thread_admits_chunks_of_the_main_arena_only (R8)");
    cache_set_arena(&cache, &mine);
    ok(admits_only_its_heap(&mine, &other), "a_thread_admits_chunks_of_its_arena_only (R8)");
    cache_set_arena(&cache, NULL);
    struct chunk *c = (struct chunk *)(void *)memory[0];
    for (size_t head = 0; head < 4096; head++) {
        c->head = head;
        /* N and M together are no chunk's. */
        closed = closed && ((head & 6) == 6 || cache_class_of_put(&cache, c) >= CACHE_CLASSES);
    }
    ok(closed, "a_closed_cache_admits_nothing");
}

int main(int argc, char **argv)
{
    struct dice d = dice_of(seed_of(argc, argv));
    free(malloc(1));
    classes_are_sizes();
    batches_double();
    magazines_do_as_stacks(&d);
    the_newest_is_not_put_twice();
    only_right_chunks_are_admitted();
    return done();
}
