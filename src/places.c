/*
 * places.c - take, put, and give back what nobody wants.
 */
#include "places.h"

#include "lock.h"
#include "sys.h"

enum {
    PAUSE = 64,           /* a refusal of the kernel is believed for so many requests */
    DECAY_TICK = 100,     /* milliseconds that a place must have been unwanted */
    DECAY_BATCH = 256,    /* places given back at once at most */
    LOOK_EVERY = 8,       /* puts between two looks at the clock */
    POPULATE_SHARE = 128, /* of all places, what comes into memory at once .. */
    POPULATE_MOST = 32,   /* .. and at most */
};

static_assert(offsetof(struct run_heap, heap) == 0, "masking finds the heap");
static_assert((size_t)HEAD_PLACES < RUNS_PER_HEAP, "a heap has room for runs");

static struct {
    struct lock lock;
    struct run_heap *oldest, *newest;
    struct run_heap *from; /* no older heap has an empty place */
    size_t bytes, bytes_max;
    size_t old;     /* empty places that may be in memory .. */
    size_t old_low; /* .. and the fewest since the last tick: these nobody has wanted */
    uint64_t tick;  /* sys_clock() */
    unsigned puts, pause;
} places;

static uint64_t bit_of(size_t place)
{
    return (uint64_t)1 << place % 64;
}

/* The lowest place whose bit is set in both; RUNS_PER_HEAP if there is none. */
static size_t lowest_place(const uint64_t *some, const uint64_t *mask)
{
    for (size_t word = 0; word < PLACE_WORDS; word++)
        if (some[word] & mask[word])
            return word * 64 + (size_t)__builtin_ctzll(some[word] & mask[word]);
    return RUNS_PER_HEAP;
}

static void count_bytes(size_t more)
{
    places.bytes += more;
    places.bytes_max = max_size(places.bytes_max, places.bytes);
}

/* A further heap, with one place ready; NULL if the kernel refuses. */
static struct run_heap *begin_heap(void)
{
    if (!sys_address_space_is_ample())
        return NULL;
    size_t size = (HEAD_PLACES + 1) * RUN_SIZE;
    struct run_heap *h =
        (struct run_heap *)heap_begin(size, places.newest ? &places.newest->heap : NULL);
    if (!h)
        return NULL;
    for (size_t place = HEAD_PLACES; place < RUNS_PER_HEAP; place++)
        h->empty[place / 64] |= bit_of(place);
    h->number = places.newest ? places.newest->number + 1 : 0;
    if (places.newest)
        __atomic_store_n(&places.newest->newer, h, __ATOMIC_RELEASE);
    else
        __atomic_store_n(&places.oldest, h, __ATOMIC_RELEASE);
    places.newest = places.from = h;
    count_bytes(RUN_SIZE);
    region_set(h, REGION_RUNS);
    return h;
}

/* Make more places usable: an eighth of the heap, so that growth costs few system calls. */
static bool grow_heap(struct run_heap *h, size_t place)
{
    size_t need = (place + 1) * RUN_SIZE, size = h->heap.size;
    if (need <= size)
        return true;
    size_t step = max_size(4 * RUN_SIZE, align_up(size / 8, RUN_SIZE));
    size_t wanted = min_size(max_size(need, size + step), HEAP_MAX);
    if (!heap_grow(&h->heap, wanted - size))
        return false;
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
        place = HEAD_PLACES;
    if (!h)
        return NULL;
    places.from = h;
    return &h->run[place];
}

/*
 * Places taken for the first time come into memory several at once, the more there are already: a
 * page fault for each page would cost more than all else.  Those that are not wanted yet are old.
 * Returns how many places come into memory now.
 */
static unsigned populate(struct run_heap *h, size_t place)
{
    size_t most = places.bytes / POPULATE_SHARE / RUN_SIZE, count = 0;
    most = min_size(most, POPULATE_MOST);
    while (count < most && place + count < h->heap.size / RUN_SIZE &&
           (h->empty[(place + count) / 64] & ~h->old[(place + count) / 64] & bit_of(place + count)))
        count++;
    if (count == 0 || !sys_populate((char *)h + place * RUN_SIZE, count * RUN_SIZE))
        return 1;
    for (size_t i = 0; i < count; i++)
        h->old[(place + i) / 64] |= bit_of(place + i);
    places.old += count;
    return (unsigned)count;
}

struct run *places_take(unsigned *fresh)
{
    *fresh = 0;
    if (!lock_take(&places.lock))
        return NULL;
    struct run *run = find_place();
    if (run) {
        struct run_heap *h = run_heap_around(run);
        size_t place = run_index(run);
        if (!(h->old[place / 64] & bit_of(place)))
            *fresh = populate(h, place);
        places.old -= h->old[place / 64] >> place % 64 & 1;
        places.old_low = min_size(places.old_low, places.old);
        h->empty[place / 64] &= ~bit_of(place);
        h->old[place / 64] &= ~bit_of(place);
        h->runs++;
    }
    lock_release(&places.lock);
    return run;
}

/* Give the pages of up to `most` old places of one heap back, the highest first; count if asked. */
static size_t release_in_heap(struct run_heap *h, size_t most, size_t *bytes)
{
    size_t released = 0;
    for (size_t place = RUNS_PER_HEAP; place-- > HEAD_PLACES && released < most;) {
        if (!(h->old[place / 64] & bit_of(place)))
            continue;
        uintptr_t start = (uintptr_t)h + place * RUN_SIZE;
        if (bytes)
            *bytes += sys_release_resident(start, start + RUN_SIZE);
        else
            sys_release((void *)start, RUN_SIZE);
        h->old[place / 64] &= ~bit_of(place);
        released++;
    }
    return released;
}

/* From the newest heap down. */
static void release(size_t most, size_t *bytes)
{
    assert(lock_held(&places.lock));
    size_t released = 0;
    for (struct run_heap *h = places.newest; h && released < most; h = (void *)h->heap.prev)
        released += release_in_heap(h, most - released, bytes);
    places.old -= released;
    places.old_low = min_size(places.old_low, places.old);
}

/* What was unwanted from one tick to the next goes back to the kernel. */
static void decay(void)
{
    if (++places.puts % LOOK_EVERY != 0)
        return;
    uint64_t now = sys_clock();
    if (now - places.tick < DECAY_TICK)
        return;
    places.tick = now;
    release(min_size(places.old_low, DECAY_BATCH), NULL);
    places.old_low = places.old;
}

void places_put(struct run *run)
{
    struct run_heap *h = run_heap_around(run);
    size_t place = run_index(run);
    if (!lock_take(&places.lock))
        return;
    h->empty[place / 64] |= bit_of(place);
    h->old[place / 64] |= bit_of(place);
    h->runs--;
    places.old++;
    if (h->number < places.from->number)
        places.from = h;
    decay();
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

struct places_count places_counted(void)
{
    struct places_count c = {.bytes = 0};
    if (!lock_take(&places.lock))
        return c;
    c.bytes = places.bytes;
    c.bytes_max = places.bytes_max;
    for (struct run_heap *h = places.oldest; h; h = h->newer) {
        c.heaps++;
        c.committed += h->heap.committed;
        c.empty += (h->heap.size / RUN_SIZE) - HEAD_PLACES - h->runs;
    }
    lock_release(&places.lock);
    return c;
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
