/*
 * numbers.c - a look at every chunk, slot and page.
 */
#include "numbers.h"

#include "arenas.h"
#include "residence.h"
#include "sys.h"
#include "walk.h"

/* Blocks by what they are made of. */
struct blocks {
    size_t chunks, chunk_bytes, slot_bytes;
};

/* What is under way. */
struct gathering {
    struct numbers *sum;
    size_t *region; /* of sum: the bytes in memory where we look now */
    struct residence seen;
    struct arena *arena;  /* the one we look at .. */
    struct blocks used;   /* .. its blocks, the cached ones too .. */
    struct blocks cached; /* .. of these, the cached ones */
    size_t free;          /* .. and its free bytes */
};

static void add_blocks(struct blocks *sum, size_t chunks, size_t chunk_bytes, size_t slot_bytes)
{
    sum->chunks += chunks;
    sum->chunk_bytes += chunk_bytes;
    sum->slot_bytes += slot_bytes;
}

/* Count the bytes of [start, end) that are in memory for one number and for the region. */
static void count_resident(struct gathering *g, size_t *number, uintptr_t start, uintptr_t end)
{
    size_t bytes = residence_of(&g->seen, start, end);
    *number += bytes;
    *g->region += bytes;
}

/*
 * [start, end) is free, and from `movable` on its pages could be given back: below that stand our
 * own links.
 */
static void count_free(struct gathering *g, uintptr_t start, uintptr_t movable, uintptr_t end)
{
    struct numbers *n = g->sum;
    size_t before = *g->region;
    uintptr_t from = align_up(movable, sys_page()), to = align_down(end, sys_page());
    if (from >= to)
        from = to = end;
    count_resident(g, &n->fragments, start, from);
    count_resident(g, &n->free_resident, from, to);
    count_resident(g, &n->fragments, to, end);
    n->free_returned += end - start - (*g->region - before);
    g->free += end - start;
}

/* What a heap does not use now is nobody's; it is in memory only if the kernel kept it there. */
static void count_unused(struct gathering *g, struct heap *h)
{
    count_resident(g, &g->sum->free_resident, (uintptr_t)heap_end(h), (uintptr_t)h + h->committed);
}

/* A region ends with two fences or three, and with a page. */
static void count_fence(struct gathering *g, struct chunk *fence)
{
    uintptr_t end = align_up((uintptr_t)fence + 2 * CHUNK_FENCE, sys_page());
    count_resident(g, &g->sum->heads, (uintptr_t)fence, end);
}

static void count_chunk(struct chunk *c, enum walked_state state, void *gathering)
{
    struct gathering *g = gathering;
    uintptr_t start = (uintptr_t)c, end = start + chunk_size(c);
    if (state == WALKED_FENCE) {
        count_fence(g, c);
    } else if (state == WALKED_TOP) {
        count_free(g, start, start + CHUNK_MIN, end);
    } else if (state == WALKED_FREE || c == g->arena->purged) {
        count_free(g, start, start + sizeof *c, end);
    } else {
        count_resident(g, &g->sum->in_use, start, end);
        add_blocks(&g->used, 1, chunk_size(c), 0);
    }
}

static void count_heaps(struct gathering *g)
{
    for (struct heap *h = heap_around(g->arena->top.chunk); h; h = h->prev) {
        count_resident(g, &g->sum->heads, (uintptr_t)h, (uintptr_t)h->first);
        count_unused(g, h);
    }
}

static void count_chunks(struct gathering *g)
{
    struct arena *a = g->arena;
    bool of_main = a->top.source == TOP_FROM_BREAK;
    g->region = of_main ? &g->sum->heap : &g->sum->arenas;
    walk_arena(a, count_chunk, g);
    if (!of_main)
        count_heaps(g);
}

/* Where the row of slots ends that begins with slot i, all free or all in use. */
static size_t row_end(const struct run *run, size_t i, bool *free)
{
    const uint64_t *bits = run_bits(run);
    *free = bits[i / 64] >> i % 64 & 1;
    while (i < run->slots) {
        uint64_t others = (*free ? ~bits[i / 64] : bits[i / 64]) >> i % 64;
        if (others != 0)
            return min_size(i + (size_t)__builtin_ctzll(others), run->slots);
        i += 64 - i % 64;
    }
    return run->slots;
}

/* What lies beyond the last slot is free as well: its page goes back with the slots before it. */
static void count_run(struct gathering *g, const struct run *run)
{
    uintptr_t start = (uintptr_t)run_start(run), end = start + RUN_SIZE, at = start;
    bool free = false;
    for (size_t i = 0, to; i < run->slots; i = to, at = start + to * run->size) {
        to = row_end(run, i, &free);
        if (!free)
            count_resident(g, &g->sum->in_use, at, start + to * run->size);
        else
            count_free(g, at, at, to == run->slots ? end : start + to * run->size);
    }
    if (!free)
        count_free(g, at, at, end);
    size_t beyond = RUN_SIZE - (size_t)run->slots * run->size;
    g->sum->ends += beyond;
    g->free -= beyond;
    add_blocks(&g->used, 0, 0, (size_t)(run->slots - run->free) * run->size);
}

static void count_runs_in(struct gathering *g, const struct run_heap *h)
{
    run_mark owner = g->arena->runs.owner / RUN_MARK_OFFSETS;
    for (size_t place = 0; place < RUNS_PER_HEAP; place++) {
        run_mark mark = __atomic_load_n(&h->marks[place], __ATOMIC_ACQUIRE);
        if (mark != 0 && mark / RUN_MARK_OFFSETS == owner)
            count_run(g, &h->run[place]);
    }
}

static void count_runs(struct gathering *g)
{
    g->region = &g->sum->runs;
    if (g->arena->runs.count == 0)
        return;
    for (const struct run_heap *h = places_heaps(); h; h = h->newer)
        count_runs_in(g, h);
}

/* A block on its way to this arena, of which others may know more by now: believe what can be. */
static void count_moving(struct gathering *g, void *user, struct blocks *moving)
{
    struct chunk *c = chunk_of(user);
    if (block_is_slot(user)) {
        if (run_around(user)->arena == g->arena)
            add_blocks(moving, 0, 0, run_around(user)->size);
        return;
    }
    /* Whoever emptied that outbox just now may have given the chunk back, and its page with it. */
    bool readable = residence_of(&g->seen, (uintptr_t)c, (uintptr_t)user) == CHUNK_HEADER;
    if (readable && (g->arena == &main_arena || region_at(user) == REGION_CHUNKS) &&
        arena_owns(g->arena, c) && chunk_size(c) <= g->arena->top.system)
        add_blocks(moving, 1, chunk_size(c), 0);
}

static void count_outboxes(struct gathering *g, const struct cache *cache, struct blocks *moving)
{
    for (unsigned i = 0; i < OUTBOXES; i++) {
        const struct outbox *box = &cache->out[i];
        unsigned count = __atomic_load_n(&box->count, __ATOMIC_ACQUIRE);
        for (unsigned b = 0; box->arena == g->arena && b < count && b < OUTBOX_BLOCKS; b++)
            count_moving(g, box->blocks[b], moving);
    }
}

/* Others may send meanwhile, but under the lock nobody receives: what follows the first stays. */
static void count_inbox(struct gathering *g, struct blocks *moving)
{
    void *blocks[PACKET_BLOCKS];
    struct packet *p = atomic_load_explicit(&g->arena->inbox.newest, memory_order_acquire);
    for (; p; p = p->next) {
        unsigned count = packet_open(p, blocks);
        for (unsigned i = 0; i < count; i++)
            count_moving(g, blocks[i], moving);
    }
}

static void add_cached(struct gathering *g, size_t *number, size_t chunks, size_t chunk_bytes,
                       size_t slot_bytes)
{
    *number += chunk_bytes + slot_bytes;
    add_blocks(&g->cached, chunks, chunk_bytes, slot_bytes);
}

static void count_cached(struct gathering *g)
{
    struct cached_count c;
    thread_count_cached(g->arena, &c);
    for (unsigned list = CACHE_FIRST; list < CACHE_LISTS; list++) {
        size_t bytes = c.small[list] * cache_size(list);
        if (cache_list_has_runs(list))
            add_cached(g, &g->sum->magazines, 0, 0, bytes);
        else
            add_cached(g, &g->sum->magazines, c.small[list], bytes, 0);
    }
    add_cached(g, &g->sum->shelves, c.medium_chunks, c.medium_bytes, 0);
}

/* The threads' lock comes before the arena's; false if that one cannot be had. */
static bool lock_and_count_moving(struct gathering *g)
{
    struct blocks moving = {.chunks = 0};
    struct cache *cache = thread_lock_list();
    bool locked = lock_take(&g->arena->lock);
    for (; locked && cache; cache = cache->next)
        count_outboxes(g, cache, &moving);
    thread_unlock_list();
    if (locked)
        count_inbox(g, &moving);
    add_cached(g, &g->sum->in_transit, moving.chunks, moving.chunk_bytes, moving.slot_bytes);
    return locked;
}

static size_t live_chunks(const struct gathering *g, size_t *headers)
{
    *headers = WORD * minus_or_zero(g->used.chunks, g->cached.chunks);
    return minus_or_zero(g->used.chunk_bytes, g->cached.chunk_bytes + *headers);
}

static struct numbers_arena told_of(const struct gathering *g)
{
    const struct arena *a = g->arena;
    size_t headers, chunks = live_chunks(g, &headers);
    return (struct numbers_arena){
        .arena = a,
        .threads = a->threads,
        .system = a->top.system + a->runs.count * RUN_SIZE,
        .live = chunks + minus_or_zero(g->used.slot_bytes, g->cached.slot_bytes),
        .free = g->free,
        .waiting = a->bins.waiting,
        .returned = a->bins.returned,
        .runs = a->runs.count,
    };
}

static void count_arena(struct gathering *g)
{
    const struct fastbins *fast = &g->arena->fast;
    add_cached(g, &g->sum->fast_bins, fast->count, fast->bytes, 0);
    count_chunks(g);
    count_runs(g);
}

/* The whole is counted apart from its parts: a thread's cache may hold another arena's chunks. */
static void gather_arena(struct gathering *whole, struct arena *a, struct numbers_arena *one)
{
    struct gathering g = {.sum = whole->sum, .arena = a};
    count_cached(&g);
    if (lock_and_count_moving(&g)) {
        count_arena(&g);
        *one = told_of(&g);
        lock_release(&a->lock);
    }
    add_blocks(&whole->used, g.used.chunks, g.used.chunk_bytes, g.used.slot_bytes);
    add_blocks(&whole->cached, g.cached.chunks, g.cached.chunk_bytes, g.cached.slot_bytes);
}

/* A span that begins here, ready or in use; returns its units, 0 if none does. */
static size_t count_span(struct gathering *g, const struct run_heap *h, size_t unit)
{
    unsigned told = __atomic_load_n(&h->span_units[unit], __ATOMIC_ACQUIRE);
    size_t units = told & ~(unsigned)SPAN_IS_READY, bytes = units * PLACE_UNIT;
    uintptr_t start = (uintptr_t)h + unit * PLACE_UNIT;
    size_t used = told & SPAN_IS_READY ? bytes : min_size(bytes, h->span_pages[unit] * 4 * KIB);
    count_resident(g, &g->sum->in_use, start, start + used);
    count_free(g, start + used, start + used, start + bytes);
    g->sum->ends += bytes - used;
    return units;
}

static bool is_empty(const struct run_heap *h, size_t unit)
{
    return h->empty[unit / 64] >> unit % 64 & 1;
}

static size_t count_empty(struct gathering *g, const struct run_heap *h, size_t unit, size_t end)
{
    size_t first = unit;
    while (unit < end && is_empty(h, unit))
        unit++;
    uintptr_t start = (uintptr_t)h + first * PLACE_UNIT, stop = (uintptr_t)h + unit * PLACE_UNIT;
    count_free(g, start, start, stop);
    return unit - first;
}

static void count_run_heap(struct gathering *g, struct run_heap *h)
{
    size_t units, first = HEAD_PLACES * UNITS_PER_RUN, end = h->heap.size / PLACE_UNIT;
    count_resident(g, &g->sum->heads, (uintptr_t)h, (uintptr_t)h + first * PLACE_UNIT);
    for (size_t unit = first; unit < end; unit += max_size(units, 1)) {
        units = is_empty(h, unit) ? count_empty(g, h, unit, end) : count_span(g, h, unit);
    }
    count_unused(g, &h->heap);
}

/* Heads, spans and empty places are no arena's. */
static void count_places(const struct places_count *unused, void *gathering)
{
    struct gathering *g = gathering;
    (void)unused;
    for (struct run_heap *h = places_heaps(); h; h = h->newer)
        count_run_heap(g, h);
}

static void gather_places(struct gathering *whole)
{
    size_t count;
    whole->region = &whole->sum->runs;
    whole->sum->ready_spans = thread_count_spans(&count);
    whole->sum->live_spans = spans_live();
    places_look(count_places, whole);
}

/* A cache that never was a thread's has only its link. */
static void count_cache(const struct cache *cache, void *gathering)
{
    struct gathering *g = gathering;
    uintptr_t start = (uintptr_t)cache;
    g->sum->caches += residence_of(&g->seen, start, start + sizeof(struct whole_cache));
}

/* What lies in none of the three regions. */
static void gather_own(struct numbers *n)
{
    struct gathering g = {.sum = n};
    thread_each_cache(count_cache, &g);
    uintptr_t table = (uintptr_t)region_table;
    n->tables = residence_of(&g.seen, table, table + sizeof region_table) + sizeof main_arena;
}

static size_t mapped_usable(void)
{
    struct mapped_count m = mapped_counted();
    return minus_or_zero(m.bytes, m.chunks * CHUNK_HEADER + m.leads);
}

void numbers_gather(struct numbers *n, void (*tell)(const struct numbers_arena *, void *),
                    void *context)
{
    *n = (struct numbers){.heap = 0};
    struct gathering whole = {.sum = n};
    for (struct arena *a = arenas_first(); a; a = arenas_next(a)) {
        struct numbers_arena one = {.arena = NULL};
        gather_arena(&whole, a, &one);
        if (one.arena)
            tell(&one, context);
    }
    gather_places(&whole);
    n->live_chunks = live_chunks(&whole, &n->headers);
    n->live_slots = minus_or_zero(whole.used.slot_bytes, whole.cached.slot_bytes);
    n->live_mapped = mapped_usable();
    gather_own(n);
}
