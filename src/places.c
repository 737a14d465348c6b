/*
 * places.c - take, put, and give back what nobody wants.
 */
#include "places.h"

#include "held.h"
#include "lock.h"
#include "sys.h"
#include "tune.h"

#include <string.h>

/*
 * From so many bytes on, growth comes in huge pages (at most a thirtieth of what there is), or several
 * places at once.  Most runs of smaller programs are never filled, and their faults take milliseconds.
 */
#define MUCH (64 * MIB)

enum {
    PAUSE = 64,           /* a refusal of the kernel is believed for so many requests */
    DECAY_TICK = 100,     /* milliseconds that a unit must have been unwanted */
    DECAY_BATCH = 1024,   /* units given back at once at most */
    LOOK_EVERY = 8,       /* puts between two looks at the clock */
    POPULATE_SHARE = 128, /* of all places, what comes into memory at once .. */
    POPULATE_MOST = 32,   /* .. and at most */
    HUGE_PLACES = SYS_HUGE / RUN_SIZE,
    HEAD_UNITS = HEAD_PLACES * UNITS_PER_RUN,
    FIRST_PLACE = HEAD_PLACES + SECURE,
    ALL_UNITS = (1 << UNITS_PER_RUN) - 1, /* of one place, as bits */
};

static_assert(offsetof(struct run_heap, heap) == 0, "masking finds the heap");
static_assert((size_t)HEAD_PLACES < RUNS_PER_HEAP, "a heap has room for runs");
static_assert(64 % UNITS_PER_RUN == 0, "a place's bits are in one word");
static_assert((int)ROW_MAX == BITMAP_ROW_MAX, "rows are found in a bitmap");

static struct {
    struct lock lock;
    struct run_heap *oldest, *newest;
    struct run_heap *from; /* no older heap has an empty place */
    size_t bytes, bytes_max;
    size_t rows;    /* units that are in use as rows; read without the lock, too */
    size_t old;     /* empty units that may be in memory .. */
    size_t due;     /* old units that a round of places_decay() has still to give back */
    size_t old_low; /* .. and the fewest since the last tick: these nobody has wanted */
    uint64_t tick;  /* sys_clock() */
    unsigned puts, pause;
} places;

struct run_heap *const *const places_root = &places.oldest;

static struct bitmap empty_units(struct run_heap *h)
{
    return (struct bitmap){h->empty, h->longest, UNIT_WORDS};
}

static uint64_t bit_of(size_t unit)
{
    return (uint64_t)1 << unit % 64;
}

static bool is_set(const uint64_t *bits, size_t unit)
{
    return bits[unit / 64] & bit_of(unit);
}

/* The bits of all units of one place. */
static unsigned place_bits(const uint64_t *bits, size_t place)
{
    size_t unit = place * UNITS_PER_RUN;
    return bits[unit / 64] >> unit % 64 & ALL_UNITS;
}

/* The lowest place all of whose units are set in both; RUNS_PER_HEAP if there is none. */
static size_t lowest_place(const uint64_t *some, const uint64_t *mask)
{
    const uint64_t firsts = UINT64_MAX / ALL_UNITS;
    for (size_t word = 0; word < UNIT_WORDS; word++) {
        uint64_t whole = bitmap_rows(some[word] & mask[word], UNITS_PER_RUN) & firsts;
        if (whole != 0)
            return (word * 64 + (size_t)__builtin_ctzll(whole)) / UNITS_PER_RUN;
    }
    return RUNS_PER_HEAP;
}

static void count_bytes(size_t more)
{
    places.bytes += more;
    places.bytes_max = max_size(places.bytes_max, places.bytes);
}

/* places_give_way() looks at it before it takes the lock. */
static void set_old(size_t units)
{
    __atomic_store_n(&places.old, units, __ATOMIC_RELAXED);
    places.old_low = min_size(places.old_low, units);
}

/* Nobody touches the fences among these places, which have just become usable. */
static void close_fences(struct run_heap *h, size_t place, size_t end)
{
    for (; SECURE && place < end; place++)
        if (place_is_fence(place))
            sys_forbid((char *)h + place * RUN_SIZE, RUN_SIZE);
}

/* A further heap, with one place ready; NULL if the kernel refuses. */
static struct run_heap *begin_heap(void)
{
    /* A secure build has nothing else to serve small requests with. */
    if (!SECURE && !sys_address_space_is_ample())
        return NULL;
    size_t size = (FIRST_PLACE + 1) * RUN_SIZE;
    struct run_heap *h =
        (struct run_heap *)heap_begin(size, places.newest ? &places.newest->heap : NULL);
    if (!h)
        return NULL;
    for (size_t unit = HEAD_UNITS; unit < UNITS_PER_HEAP; unit++)
        if (!place_is_fence(unit / UNITS_PER_RUN))
            h->empty[unit / 64] |= bit_of(unit);
    h->used = places_fence_units(0, RUNS_PER_HEAP);
    memset(h->longest, ROW_MAX, UNIT_WORDS);
    close_fences(h, 0, FIRST_PLACE + 1);
    h->number = places.newest ? places.newest->number + 1 : 0;
    if (places.newest)
        __atomic_store_n(&places.newest->newer, h, __ATOMIC_RELEASE);
    else
        __atomic_store_n(&places.oldest, h, __ATOMIC_RELEASE);
    places.newest = places.from = h;
    count_bytes(h->heap.size - HEAD_PLACES * RUN_SIZE); /* more than one where pages are larger */
    region_set(h, REGION_RUNS);
    return h;
}

/* Make more places usable: an eighth of what there is, so that growth costs few system calls. */
static bool grow_heap(struct run_heap *h, size_t place)
{
    size_t need = (place + 1) * RUN_SIZE, size = h->heap.size;
    if (need <= size)
        return true;
    size_t step = max_size(4 * RUN_SIZE, align_up(places.bytes / 8, RUN_SIZE));
    size_t wanted = min_size(align_up(max_size(need, size + step), sys_page()), HEAP_MAX);
    if (!heap_grow(&h->heap, wanted - size))
        return false;
    close_fences(h, size / RUN_SIZE, wanted / RUN_SIZE);
    count_bytes(wanted - size);
    return true;
}

/* One that is in memory if possible, else the lowest. */
static size_t find_in_heap(struct run_heap *h)
{
    size_t place = places.old > 0 ? lowest_place(h->empty, h->old) : RUNS_PER_HEAP;
    if (place == RUNS_PER_HEAP)
        place = lowest_place(h->empty, h->empty);
    return place < RUNS_PER_HEAP && grow_heap(h, place) ? place : RUNS_PER_HEAP;
}

/* A further heap, unless the kernel refused one just now. */
static struct run_heap *try_new_heap(void)
{
    if (places.pause > 0) {
        places.pause--;
        return NULL;
    }
    struct run_heap *h = begin_heap();
    if (!h)
        places.pause = PAUSE;
    return h;
}

static struct run *find_place(void)
{
    assert(lock_held(&places.lock));
    size_t place = RUNS_PER_HEAP;
    struct run_heap *h = places.from;
    while (h && (place = find_in_heap(h)) == RUNS_PER_HEAP)
        h = h->newer;
    if (!h && (h = try_new_heap()))
        place = FIRST_PLACE;
    if (!h)
        return NULL;
    places.from = h;
    return &h->run[place];
}

/* How many places from this one on nobody has ever touched, at most so many. */
static size_t untouched_from(const struct run_heap *h, size_t place, size_t most)
{
    size_t count = 0, end = min_size(h->heap.size / RUN_SIZE, place + most);
    while (place + count < end && place_bits(h->empty, place + count) == ALL_UNITS &&
           place_bits(h->old, place + count) == 0)
        count++;
    return count;
}

/* Whether the growth from this place on is to be a huge page. */
static bool begins_huge(const struct run_heap *h, size_t place)
{
    return tune.thp && places.bytes >= MUCH && place % HUGE_PLACES == 0 &&
           untouched_from(h, place, HUGE_PLACES) == HUGE_PLACES;
}

/*
 * Places taken for the first time come into memory several at once, the more there are: a fault for
 * each page would cost more than all else.  Those not wanted yet are old.  Returns how many come now.
 */
static unsigned populate(struct run_heap *h, size_t place)
{
    char *start = (char *)h + place * RUN_SIZE;
    size_t share = places.bytes < MUCH ? 0 : places.bytes / POPULATE_SHARE / RUN_SIZE;
    size_t most = min_size(min_size(share, POPULATE_MOST), HUGE_PLACES - place % HUGE_PLACES);
    bool huge = begins_huge(h, place);
    size_t count = huge ? (size_t)HUGE_PLACES : untouched_from(h, place, most);
    if (count == 0 || sys_page() > RUN_SIZE ||
        !(huge ? sys_populate_huge(start, SYS_HUGE) : sys_populate(start, count * RUN_SIZE)))
        return 1;
    for (size_t unit = place * UNITS_PER_RUN; unit < (place + count) * UNITS_PER_RUN; unit++)
        h->old[unit / 64] |= bit_of(unit);
    set_old(places.old + count * UNITS_PER_RUN);
    return (unsigned)count;
}

/* So many units from this one on are empty no more; how many of them may be in memory. */
static size_t occupy(struct run_heap *h, size_t unit, size_t count)
{
    size_t old = 0, end = unit + count;
    for (size_t word = unit / 64; word * 64 < end; word++) {
        uint64_t bits = bitmap_within(word, unit, end);
        assert((h->empty[word] & bits) == bits);
        old += (size_t)__builtin_popcountll(h->old[word] & bits);
        h->empty[word] &= ~bits;
        h->old[word] &= ~bits;
    }
    set_old(places.old - old);
    h->used += (unsigned)count;
    return old;
}

struct run *places_take(unsigned *fresh)
{
    *fresh = 0;
    if (!held_allows(RUN_SIZE) || !lock_take(&places.lock))
        return NULL;
    struct run *run = find_place();
    if (run) {
        struct run_heap *h = run_heap_around(run);
        size_t place = run_index(run);
        if (place_bits(h->old, place) == 0)
            *fresh = populate(h, place);
        occupy(h, place * UNITS_PER_RUN, UNITS_PER_RUN);
        held_add(RUN_SIZE);
    }
    lock_release(&places.lock);
    return run;
}

/* The lowest of so many empty units in a row, ready for use; UNITS_PER_HEAP if there are none. */
static size_t find_row_in(struct run_heap *h, unsigned units)
{
    size_t unit = bitmap_lowest_row(empty_units(h), units);
    if (unit == UNITS_PER_HEAP)
        return UNITS_PER_HEAP;
    return grow_heap(h, (unit + units - 1) / UNITS_PER_RUN) ? unit : UNITS_PER_HEAP;
}

/* Its heap, or NULL. */
static struct run_heap *find_row(unsigned units, size_t *unit)
{
    assert(lock_held(&places.lock) && units >= 1 && units <= ROW_MAX);
    for (struct run_heap *h = places.oldest; h; h = h->newer)
        if ((*unit = find_row_in(h, units)) != UNITS_PER_HEAP)
            return h;
    /* The older ones may still have a place for a run. */
    struct run_heap *from = places.from, *h = try_new_heap();
    places.from = from ? from : places.from;
    return h && (*unit = find_row_in(h, units)) != UNITS_PER_HEAP ? h : NULL;
}

static void set_rows(size_t rows)
{
    assert(lock_held(&places.lock));
    __atomic_store_n(&places.rows, rows, __ATOMIC_RELAXED);
}

size_t places_in_rows(void)
{
    return __atomic_load_n(&places.rows, __ATOMIC_RELAXED) * PLACE_UNIT;
}

void *places_take_row(unsigned units, bool *touched)
{
    if (sys_page() > PLACE_UNIT || !held_allows(units * PLACE_UNIT) || !lock_take(&places.lock))
        return NULL;
    size_t unit;
    struct run_heap *h = find_row(units, &unit);
    if (h) {
        *touched = occupy(h, unit, units) > 0;
        set_rows(places.rows + units);
        held_add(units * PLACE_UNIT);
    }
    lock_release(&places.lock);
    return h ? (char *)h + unit * PLACE_UNIT : NULL;
}

/* Give the pages of these old units back; false if the kernel keeps them, with what they hold. */
static bool give_back(struct run_heap *h, size_t unit, size_t end, size_t *bytes)
{
    void *start = (char *)h + unit * PLACE_UNIT;
    size_t size = (end - unit) * PLACE_UNIT, resident = bytes ? sys_resident(start, size) : 0;
    if (!sys_release(start, size))
        return false;
    if (bytes)
        *bytes += resident;
    for (; unit < end; unit++)
        h->old[unit / 64] &= ~bit_of(unit);
    return true;
}

/* Give up to `most` old units of one heap back, the highest first; count bytes if asked. */
static size_t release_in_heap(struct run_heap *h, size_t most, size_t *bytes)
{
    size_t released = 0;
    for (size_t unit = UNITS_PER_HEAP; unit > HEAD_UNITS && released < most;) {
        size_t end = unit;
        while (unit > HEAD_UNITS && end - unit < most - released && is_set(h->old, unit - 1))
            unit--;
        if (unit == end)
            unit--;
        else if (give_back(h, unit, end, bytes))
            released += end - unit;
    }
    return released;
}

static void release(size_t most, size_t *bytes)
{
    assert(lock_held(&places.lock));
    size_t released = 0;
    if (sys_page() > PLACE_UNIT)
        return;
    for (struct run_heap *h = places.newest; h && released < most; h = (void *)h->heap.prev)
        released += release_in_heap(h, most - released, bytes);
    set_old(places.old - released);
}

void places_give_way(size_t bytes)
{
    bool any = __atomic_load_n(&places.old, __ATOMIC_RELAXED) > 0 && tune.decay != DECAY_NEVER;
    if (!any || !lock_take(&places.lock))
        return;
    release(bytes / PLACE_UNIT, NULL);
    lock_release(&places.lock);
}

/* What was unwanted from one tick to the next goes back to the kernel. */
static void decay(void)
{
    if (tune.decay == DECAY_NEVER)
        return;
    if (tune.decay == 0 || held_is_tight()) {
        release(DECAY_BATCH, NULL);
        return;
    }
    if (++places.puts % LOOK_EVERY != 0)
        return;
    uint64_t now = sys_clock();
    if (now - places.tick < DECAY_TICK)
        return;
    places.tick = now;
    release(min_size(places.old_low, DECAY_BATCH), NULL);
    places.old_low = places.old;
}

static void vacate(struct run_heap *h, size_t first, size_t units)
{
    assert(lock_held(&places.lock));
    size_t end = first + units;
    for (size_t word = first / 64; word * 64 < end; word++) {
        uint64_t bits = bitmap_within(word, first, end);
        assert((h->empty[word] & bits) == 0);
        h->empty[word] |= bits;
        h->old[word] |= bits;
    }
    h->used -= (unsigned)units;
    bitmap_note_row(empty_units(h), first, end);
    set_old(places.old + units);
    decay_note(units * PLACE_UNIT);
    if (h->number < places.from->number)
        places.from = h;
    decay();
}

bool places_decay(bool *waiting)
{
    enum { STEP = 256 };
    if (!lock_take(&places.lock))
        return false;
    uint64_t now = sys_clock();
    if (places.due == 0 && now - places.tick >= DECAY_TICK) {
        places.tick = now;
        places.due = places.old_low;
        places.old_low = places.old;
    }
    size_t step = min_size(min_size(places.due, STEP), places.old);
    if (step > 0)
        release(step, NULL);
    places.due = step > 0 ? places.due - step : 0;
    *waiting |= places.old > 0;
    bool more = places.due > 0;
    lock_release(&places.lock);
    return more;
}

void places_put_row(void *start, unsigned units)
{
    if (!lock_take(&places.lock))
        return;
    vacate(run_heap_around(start), (uintptr_t)start % HEAP_MAX / PLACE_UNIT, units);
    set_rows(places.rows - units);
    held_sub(units * PLACE_UNIT);
    lock_release(&places.lock);
}

void places_put(struct run *run)
{
    if (!lock_take(&places.lock))
        return;
    vacate(run_heap_around(run), run_index(run) * UNITS_PER_RUN, UNITS_PER_RUN);
    held_sub(RUN_SIZE);
    lock_release(&places.lock);
}

size_t places_trim(void)
{
    if (!lock_take(&places.lock))
        return 0;
    size_t bytes = 0;
    release(SIZE_MAX, &bytes);
    lock_release(&places.lock);
    return bytes;
}

struct run_heap *places_heaps(void)
{
    return __atomic_load_n(&places.oldest, __ATOMIC_ACQUIRE);
}

static struct places_count count(void)
{
    assert(lock_held(&places.lock));
    struct places_count c = {
        .bytes = places.bytes, .bytes_max = places.bytes_max, .rows = places.rows};
    for (struct run_heap *h = places.oldest; h; h = h->newer) {
        c.heaps++;
        c.committed += h->heap.committed;
        unsigned used = h->used - places_fence_units(h->heap.size / RUN_SIZE, RUNS_PER_HEAP);
        c.empty += h->heap.size / PLACE_UNIT - HEAD_UNITS - used;
    }
    return c;
}

struct places_count places_counted(void)
{
    struct places_count c = {.bytes = 0};
    if (!lock_take(&places.lock))
        return c;
    c = count();
    lock_release(&places.lock);
    return c;
}

void places_look(void (*look)(const struct places_count *, void *), void *context)
{
    if (!lock_take(&places.lock))
        return;
    struct places_count c = count();
    look(&c, context);
    lock_release(&places.lock);
}

bool places_hold(unsigned milliseconds)
{
    return lock_hold(&places.lock, milliseconds);
}

void places_let_go(void)
{
    lock_let_go(&places.lock);
}

void places_abandon(void)
{
    lock_abandon(&places.lock);
}

bool places_are_interrupted(void)
{
    return lock_is_interrupted(&places.lock);
}
