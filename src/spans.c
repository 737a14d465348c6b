/*
 * spans.c - take, keep and return.
 */
#include "spans.h"

#include "die.h"
#include "sys.h"

#include <string.h>

static_assert(SPAN_READY_MIN >= SPAN_MAX, "every size can be ready");

/* Bytes are counted in these: what is left of a span's last page is its user's too. */
#define PAGE (4 * KIB)
static_assert((int)SPAN_CLASSES < (int)SPAN_IS_READY && SPAN_MAX / PAGE <= UINT8_MAX,
              "a byte counts so far");

static size_t unit_of(const void *block)
{
    return (uintptr_t)block % HEAP_MAX / PLACE_UNIT;
}

static uint8_t *units_of(const void *block)
{
    return &run_heap_around(block)->span_units[unit_of(block)];
}

static uint8_t *pages_of(const void *block)
{
    return &run_heap_around(block)->span_pages[unit_of(block)];
}

/* spans_check.c reads it from any thread: what stands there is a row that has its marks. */
static void tell_units(const void *block, unsigned units)
{
    __atomic_store_n(units_of(block), (uint8_t)units, __ATOMIC_RELEASE);
}

/* Every place that a span touches has the mark; it stays until a run comes there instead. */
static void set_marks(char *block, unsigned units)
{
    char *end = block + units * PLACE_UNIT;
    run_mark *marks = run_heap_around(block)->marks;
    for (char *at = block; at < end; at = (char *)align_down((uintptr_t)at + RUN_SIZE, RUN_SIZE))
        if (run_mark_of(at) != SPAN_MARK)
            __atomic_store_n(&marks[run_place(at)], SPAN_MARK, __ATOMIC_RELEASE);
}

/* From now on this is a block in use. */
static void *hand_out(void *block, unsigned units, size_t n)
{
    __atomic_store_n(pages_of(block), (uint8_t)((n + PAGE - 1) / PAGE), __ATOMIC_RELAXED);
    tell_units(block, units);
    return block;
}

/* Others look at these without a lock. */
static void count_ready(struct spans *s, size_t count, size_t bytes)
{
    __atomic_store_n(&s->count, count, __ATOMIC_RELAXED);
    __atomic_store_n(&s->bytes, bytes, __ATOMIC_RELAXED);
}

static void *take_ready(struct spans *s, unsigned sizeclass)
{
    unsigned count = s->shelf[sizeclass];
    if (count == 0)
        return NULL;
    void **newest = &s->ready[sizeclass][count - 1];
    /* In the secure build by turns: the one that was freed last is not the next. */
    void **taken = SECURE ? &s->ready[sizeclass][s->turn++ % count] : newest;
    void *block = *taken;
    __atomic_store_n(&s->shelf[sizeclass], (uint8_t)(count - 1), __ATOMIC_RELEASE);
    *taken = *newest;
    count_ready(s, s->count - 1, s->bytes - (sizeclass + 1) * PLACE_UNIT);
    return block;
}

/* Whoever comes next finds zeros there, as in memory that nobody has touched. */
static void make_fresh(void *block, size_t bytes)
{
    bool gone = sys_withdraw(block, bytes);
    if (sys_commit(block, bytes) && !gone)
        memset(block, 0, bytes);
}

static void put_home(void *block, unsigned units)
{
    if (SECURE)
        make_fresh(block, units * PLACE_UNIT);
    tell_units(block, 0);
    places_put_row(block, units);
}

void *span_take_ready(struct spans *s, size_t n)
{
    unsigned sizeclass = span_class_for(n);
    void *block = take_ready(s, sizeclass);
    if (block && SECURE && !sys_commit(block, (sizeclass + 1) * PLACE_UNIT)) {
        put_home(block, sizeclass + 1);
        return NULL;
    }
    return block ? hand_out(block, sizeclass + 1, n) : NULL;
}

void *span_take(struct spans *s, size_t n, size_t *dirty)
{
    unsigned sizeclass = span_class_for(n);
    *dirty = SIZE_MAX;
    void *block = span_take_ready(s, n);
    if (block)
        return block;
    bool touched;
    block = places_take_row(sizeclass + 1, &touched);
    if (!block)
        return NULL;
    if (!touched)
        *dirty = 0;
    set_marks(block, sizeclass + 1);
    return hand_out(block, sizeclass + 1, n);
}

/* Dies unless a span in use begins here. */
static void check(const void *block, const char *phrase)
{
    if (unlikely(!is_aligned(block, PLACE_UNIT) || *units_of(block) == 0))
        die(phrase, block, (uintptr_t)block % PLACE_UNIT, 0);
    if (unlikely(*units_of(block) & SPAN_IS_READY))
        die_at("free(): double free detected in tcache 2", block);
}

size_t span_usable(const void *block, const char *phrase)
{
    check(block, phrase);
    return *pages_of(block) * PAGE;
}

static unsigned sharers;

void spans_shared_by(unsigned threads)
{
    __atomic_store_n(&sharers, threads, __ATOMIC_RELAXED);
}

/* Bytes that one thread may keep ready. */
static size_t most_ready(void)
{
    size_t share = max_size(SPAN_READY_SHARE, 2 * __atomic_load_n(&sharers, __ATOMIC_RELAXED));
    return min_size(max_size(SPAN_READY_MIN, places_in_rows() / share), SPAN_READY_MAX);
}

static bool keep(struct spans *s, void *block, unsigned units)
{
    unsigned sizeclass = units - 1;
    size_t bytes = units * PLACE_UNIT;
    if (s->shelf[sizeclass] == SPAN_SHELF || s->bytes + bytes > most_ready())
        return false;
    /* Whoever still uses it is found out. */
    if (SECURE && !sys_forbid(block, bytes))
        return false;
    tell_units(block, units | SPAN_IS_READY);
    s->ready[sizeclass][s->shelf[sizeclass]] = block;
    __atomic_store_n(&s->shelf[sizeclass], (uint8_t)(s->shelf[sizeclass] + 1), __ATOMIC_RELEASE);
    count_ready(s, s->count + 1, s->bytes + bytes);
    return true;
}

bool span_put_ready(struct spans *s, void *block)
{
    check(block, "free(): invalid pointer");
    return keep(s, block, *units_of(block));
}

void span_put(struct spans *s, void *block)
{
    check(block, "free(): invalid pointer");
    unsigned units = *units_of(block);
    if (!s || !keep(s, block, units))
        put_home(block, units);
}

bool span_resize(void *block, size_t n)
{
    check(block, "realloc(): invalid pointer");
    size_t room = *units_of(block) * PLACE_UNIT;
    if (n > room || 2 * n < room)
        return false;
    __atomic_store_n(pages_of(block), (uint8_t)((n + PAGE - 1) / PAGE), __ATOMIC_RELAXED);
    return true;
}

/* Bytes of the blocks of one heap that are in use. */
static size_t live_in(const struct run_heap *h)
{
    size_t pages = 0;
    for (size_t unit = 0; unit < UNITS_PER_HEAP; unit++) {
        unsigned units = __atomic_load_n(&h->span_units[unit], __ATOMIC_ACQUIRE);
        if (units != 0 && !(units & SPAN_IS_READY))
            pages += __atomic_load_n(&h->span_pages[unit], __ATOMIC_RELAXED);
    }
    return pages * PAGE;
}

size_t spans_live(void)
{
    size_t sum = 0;
    for (const struct run_heap *h = places_heaps(); h && places_in_rows() > 0; h = h->newer)
        sum += live_in(h);
    return sum;
}

void spans_flush(struct spans *s)
{
    void *block;
    for (unsigned i = 0; i < SPAN_CLASSES; i++)
        while ((block = take_ready(s, i)))
            put_home(block, i + 1);
    /* In the child of a fork they may be of the moment between two stores. */
    count_ready(s, 0, 0);
}
