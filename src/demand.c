/*
 * demand.c - counting.
 */
#include "demand.h"

static_assert(EARN_BYTES / CHUNK_MIN + 64 <= UINT16_MAX, "small chunks are counted in 16 bits");

static_assert(DEMAND_SMALL * CHUNK_ALIGN - 2 * WORD > 64 * CHUNK_ALIGN,
              "DEMAND_FIRST is beyond 1 KiB, or 512 bytes");

/* A request is not known by its chunk: this one may have been a little larger. */
static struct demand_class *larger_of(struct demand *d, size_t chunk_size)
{
    return &d->larger[run_class_for(chunk_size - 2 * WORD) - DEMAND_FIRST];
}

static bool is_larger(size_t chunk_size)
{
    return chunk_size <= RUN_SLOT_MAX + 2 * WORD;
}

static bool is_of_span(size_t chunk_size)
{
    return chunk_size <= SPAN_MAX + 2 * WORD;
}

static struct demand_class *span_of(struct demand *d, size_t chunk_size)
{
    return &d->span[span_doubling(chunk_size - 2 * WORD)];
}

static size_t weight_to_earn(const struct demand *d)
{
    bool busy = d->small_freed >= EARN_BUSY_SMALL;
    return d->small_count < 4 && !busy ? EARN_BYTES >> d->small_count : EARN_BYTES_LEAST;
}

static void small_taken(struct demand *d, size_t chunk_size, unsigned chunks)
{
    size_t sizeclass = chunk_size / CHUNK_ALIGN, in_use = d->small[sizeclass] + chunks;
    if (d->small_earned[sizeclass])
        return;
    d->small[sizeclass] = (uint16_t)in_use;
    if (in_use * chunk_size < weight_to_earn(d))
        return;
    d->small_earned[sizeclass] = true;
    d->small_count++;
}

static bool is_wanted_again(const struct demand *d, const struct demand_class *k)
{
    return d->larger_freed >= EARN_BUSY && k->most >= EARN_MOST && k->returned >= EARN_RETURNS &&
           k->returned / 4 >= k->most;
}

/* The program is of that kind: two sizes have shown it. */
static bool weighs_enough(const struct demand *d, const struct demand_class *k, size_t chunk_size)
{
    return d->larger_count >= 2 && k->in_use >= EARN_MOST && k->in_use * chunk_size >= EARN_BYTES;
}

/* One more of them is in use. */
static void class_taken(struct demand_class *k)
{
    k->in_use++;
    if (k->in_use > k->most)
        k->most = k->in_use;
    if (k->freed > 0) {
        k->freed--;
        k->returned++;
    }
}

static void larger_taken(struct demand *d, struct demand_class *k, size_t chunk_size)
{
    bool *earned = &d->larger_earned[k - d->larger];
    class_taken(k);
    if (*earned || !(is_wanted_again(d, k) || weighs_enough(d, k, chunk_size)))
        return;
    *earned = true;
    d->larger_count++;
}

_Atomic bool demand_spans_earned;

static void span_taken(struct demand_class *k)
{
    class_taken(k);
    if (k->most >= EARN_MOST && k->returned >= EARN_SPAN_RETURNS)
        atomic_store_explicit(&demand_spans_earned, true, memory_order_relaxed);
}

void demand_taken(struct demand *d, size_t chunk_size, unsigned chunks)
{
    if (demand_is_small(chunk_size))
        small_taken(d, chunk_size, chunks);
    else if (is_larger(chunk_size))
        larger_taken(d, larger_of(d, chunk_size), chunk_size);
    else if (is_of_span(chunk_size))
        span_taken(span_of(d, chunk_size));
}

void demand_returned(struct demand *d, size_t chunk_size)
{
    if (!is_of_span(chunk_size))
        return;
    if (demand_is_small(chunk_size)) {
        size_t sizeclass = chunk_size / CHUNK_ALIGN;
        d->small[sizeclass] = (uint16_t)minus_or_zero(d->small[sizeclass], 1);
        d->small_freed += d->small_freed < EARN_BUSY_SMALL;
        return;
    }
    struct demand_class *k =
        is_larger(chunk_size) ? larger_of(d, chunk_size) : span_of(d, chunk_size);
    k->in_use = (uint32_t)minus_or_zero(k->in_use, 1);
    k->freed++;
    d->larger_freed += d->larger_freed < EARN_BUSY;
}

void demand_earn(struct demand *d, size_t n)
{
    bool *earned = &d->larger_earned[run_class_for(n) - DEMAND_FIRST];
    d->larger_count += !*earned;
    *earned = true;
}

void demand_forget(struct demand *d, size_t n)
{
    size_t size = chunk_size_for(n);
    if (demand_is_small(size)) {
        d->small_count -= d->small_earned[size / CHUNK_ALIGN];
        d->small_earned[size / CHUNK_ALIGN] = false;
        d->small[size / CHUNK_ALIGN] = 0;
        return;
    }
    d->larger_count -= d->larger_earned[run_class_for(n) - DEMAND_FIRST];
    d->larger_earned[run_class_for(n) - DEMAND_FIRST] = false;
    d->larger[run_class_for(n) - DEMAND_FIRST].returned = 0;
}
