/*
 * Which freed block may enter a thread's cache: chunks of the main arena's range or of a thread
 * arena's first heap, slots of its own runs.  R8, K5, K8: nothing else finds room.
 */
#include "unit.h"

#include "arenas.h"
#include "tcache.h"

enum { FIRST_CHUNK = 8192, HEADS = 4096 };

static struct whole_cache whole;
static struct cache *cache;

/* The list where a freed block finds room; 0 if none. */
static unsigned entry_of(const void *user)
{
    size_t offset = cache_offset_of(cache, user);
    struct magazine *m = cache_at(cache, offset);
    bool has_room = cache_list_of(offset) >= CACHE_FIRST;
    if (!has_room && (m->top != m->limit || m->top != &cache_nothing[CACHE_END]))
        return UINT32_MAX;
    return has_room ? cache_list_of(offset) : 0;
}

/* Whatever its flags say, a chunk goes where its size belongs, if that is cached at all. */
static bool enters_by_size(struct chunk *c)
{
    bool right = true;
    size_t before = c->head;
    for (size_t head = 0; head < HEADS; head++) {
        size_t size = head & ~(CHUNK_ALIGN - 1);
        bool cached = size >= CHUNK_MIN && size <= CACHE_CHUNK_MAX;
        c->head = head;
        right = right && entry_of(chunk_user(c)) == (cached ? size / CHUNK_ALIGN : 0);
    }
    c->head = SIZE_MAX - 15;
    right = right && entry_of(chunk_user(c)) == 0;
    c->head = before;
    return right;
}

static bool never_enters(struct chunk *c)
{
    bool right = true;
    size_t before = c->head;
    for (size_t head = 0; head < HEADS; head++) {
        c->head = head;
        right = right && entry_of(chunk_user(c)) == 0;
    }
    c->head = before;
    return right;
}

/* An arena at the start of a heap, with a second heap and a few slots. */
struct site {
    struct heap *first, *second;
    struct arena *arena;
    void *slots[RUN_CLASSES];
};

static void take_slots(struct site *s, struct arena *a)
{
    lock_take(&a->lock);
    for (unsigned sizeclass = 0; sizeclass < RUN_CLASSES; sizeclass++)
        runs_take(&a->runs, sizeclass, &s->slots[sizeclass], 1);
    lock_release(&a->lock);
}

static void put_slots(struct site *s, struct arena *a)
{
    lock_take(&a->lock);
    for (unsigned sizeclass = 0; sizeclass < RUN_CLASSES; sizeclass++)
        runs_put(&a->runs, s->slots[sizeclass]);
    lock_release(&a->lock);
}

static struct site begin_site(unsigned index)
{
    struct site s = {.first = heap_begin(4 * FIRST_CHUNK, NULL)};
    s.second = heap_begin(4 * FIRST_CHUNK, s.first);
    s.arena = (struct arena *)(void *)(s.first + 1);
    s.first->arena = s.second->arena = s.arena;
    arena_begin(s.arena, index, TOP_FROM_HEAPS);
    take_slots(&s, s.arena);
    return s;
}

static struct chunk *chunk_in(struct heap *h)
{
    return chunk_at(h, FIRST_CHUNK);
}

static bool slots_enter(const struct site *s)
{
    bool right = true;
    for (unsigned sizeclass = 0; sizeclass < RUN_CLASSES; sizeclass++)
        right = right && s->slots[sizeclass] &&
                entry_of(s->slots[sizeclass]) == CACHE_CLASSES + sizeclass;
    return right;
}

static bool no_slot_enters(const struct site *s)
{
    bool right = true;
    for (unsigned sizeclass = 0; sizeclass < RUN_CLASSES; sizeclass++)
        right = right && s->slots[sizeclass] && entry_of(s->slots[sizeclass]) == 0;
    return right;
}

/* Places without a run, and the head of the heap itself. */
static bool no_empty_place_enters(const struct site *s)
{
    const char *heap = (char *)heap_around(s->slots[0]);
    bool right = true;
    for (size_t place = 0; place < RUNS_PER_HEAP; place++)
        if (((const struct run_heap *)(const void *)heap)->marks[place] == 0)
            right = right && entry_of(heap + place * RUN_SIZE + 64) == 0;
    return right;
}

static struct chunk *take_main_chunk(void)
{
    size_t dirty;
    lock_take(&main_arena.lock);
    struct chunk *c = arena_take_fresh(&main_arena, 208, &dirty);
    lock_release(&main_arena.lock);
    return c;
}

static void see_top(void)
{
    lock_take(&main_arena.lock);
    cache_see_top(cache);
    lock_release(&main_arena.lock);
}

/* Chunks from above and below, of the range that the main arena is known to have. */
static void the_main_thread_admits_its_own(struct chunk *c, struct site *of_main,
                                           const struct site *other)
{
    char *end = main_arena.top.source == TOP_FROM_BREAK ? top_end(&main_arena.top) : NULL;
    cache_set_arena(cache, &main_arena);
    ok(entry_of(chunk_user(c)) == 0, "before_the_top_was_seen_no_chunk_enters");
    see_top();
    ok(enters_by_size(c), "main: chunks_of_the_break_enter_by_their_size (R8)");
    ok(entry_of(end) == 0 && entry_of((char *)main_arena.top.first - 16) == 0,
       "main: nothing_beside_the_break_enters");
    ok(never_enters(chunk_in(other->first)) && never_enters(chunk_in(other->second)),
       "main: no_chunk_of_a_heap_enters (R8)");
    ok(slots_enter(of_main), "main: slots_of_its_runs_enter_by_their_class (R8)");
    ok(no_slot_enters(other), "main: no_slot_of_another_arena_enters (R8)");
    ok(no_empty_place_enters(of_main), "main: nothing_enters_where_no_run_is");
}

static void a_thread_admits_its_own(struct chunk *main_chunk, const struct site *mine,
                                    const struct site *other)
{
    cache_set_arena(cache, mine->arena);
    ok(enters_by_size(chunk_in(mine->first)), "chunks_of_the_first_heap_enter (R8)");
    ok(never_enters(chunk_in(mine->second)), "later_heaps_may_vanish_and_are_not_admitted");
    ok(never_enters(chunk_in(other->first)) && never_enters(main_chunk),
       "no_chunk_of_another_arena_enters (R8)");
    ok(slots_enter(mine) && no_slot_enters(other), "slots_of_the_own_runs_enter_only (R8)");
    ok(no_empty_place_enters(mine), "nothing_enters_where_no_run_is");
}

/* An arena that a mark cannot name has no runs, and no mark looks like its own. */
static void the_last_arenas_have_no_runs(const struct site *other)
{
    enum { OWNERS = 1 << 15 };
    static struct arena a;
    void *slot = NULL;
    arena_begin(&a, OWNERS, TOP_FROM_HEAPS);
    lock_take(&a.lock);
    ok(a.runs.owner == 0 && runs_take(&a.runs, 0, &slot, 1) == 0 && !slot,
       "arenas_beyond_%d_have_no_runs", (int)OWNERS);
    lock_release(&a.lock);
    cache_set_arena(cache, &a);
    ok(no_slot_enters(other) && no_empty_place_enters(other), "and_their_threads_admit_no_slot");
}

static void a_closed_cache_admits_nothing(struct chunk *c, const struct site *one,
                                          const struct site *two)
{
    cache_set_arena(cache, NULL);
    ok(never_enters(c) && never_enters(chunk_in(one->first)) && never_enters(chunk_in(two->second)),
       "a_closed_cache_admits_no_chunk (K8)");
    ok(no_slot_enters(one) && no_slot_enters(two) && entry_of(NULL) == 0,
       "nor_a_slot_nor_NULL (K8)");
}

int main(void)
{
    free(malloc(1));
    cache = cache_begin(&whole);
    struct site one = begin_site(1), two = begin_site(2), of_main;
    struct chunk *c = take_main_chunk();
    take_slots(&of_main, &main_arena);
    a_closed_cache_admits_nothing(c, &one, &two);
    the_main_thread_admits_its_own(c, &of_main, &one);
    a_thread_admits_its_own(c, &one, &two);
    a_thread_admits_its_own(c, &two, &one);
    a_closed_cache_admits_nothing(c, &two, &one);
    the_last_arenas_have_no_runs(&one);
    put_slots(&of_main, &main_arena);
    return done();
}
