/*
 * mapped.c - take, put and resize whole mappings.
 */
#include "mapped.h"

#include "die.h"
#include "held.h"
#include "mappings.h"
#include "sys.h"
#include "tune.h"

#include <stdatomic.h>

static struct {
    _Atomic size_t chunks, bytes, chunks_max, bytes_max;
    _Atomic size_t risen; /* the threshold that freed chunks have brought about; 0: none yet */
    _Atomic size_t leads;
} mapped;

/* The one that mapped_take_apart() gave. */
static _Atomic(struct chunk *) apart;

const void *const mapped_root = &mapped;
const void *const mapped_apart_root = &apart;
static_assert(offsetof(__typeof__(mapped), chunks) == MAPPED_CHUNKS * WORD &&
                  offsetof(__typeof__(mapped), bytes) == MAPPED_BYTES * WORD &&
                  offsetof(__typeof__(mapped), risen) == MAPPED_RISEN * WORD,
              "the words that count are where mapped.h says");

static void raise_to(_Atomic size_t *maximum, size_t value)
{
    size_t seen = atomic_load_explicit(maximum, memory_order_relaxed);
    while (seen < value && !atomic_compare_exchange_weak_explicit(
                               maximum, &seen, value, memory_order_relaxed, memory_order_relaxed))
        ;
}

static void count_bytes(size_t more, size_t less)
{
    assert(more % sys_page() == 0 && less % sys_page() == 0); /* K2 */
    size_t before = atomic_fetch_add_explicit(&mapped.bytes, more - less, memory_order_relaxed);
    raise_to(&mapped.bytes_max, before + more - less);
    held_add(more);
    held_sub(less);
}

/* Count one chunk more, unless that would be one too many. */
static bool count_chunk(void)
{
    size_t before = atomic_fetch_add_explicit(&mapped.chunks, 1, memory_order_relaxed);
    if (before >= tune.mmap_max) {
        atomic_fetch_sub_explicit(&mapped.chunks, 1, memory_order_relaxed);
        return false;
    }
    raise_to(&mapped.chunks_max, before + 1);
    return true;
}

bool mapped_count_in(size_t bytes)
{
    if (!held_allows(bytes) || !count_chunk())
        return false;
    count_bytes(bytes, 0);
    return true;
}

void mapped_count_out(size_t bytes)
{
    atomic_fetch_sub_explicit(&mapped.chunks, 1, memory_order_relaxed);
    count_bytes(0, bytes);
}

size_t mapped_threshold(void)
{
    size_t risen = atomic_load_explicit(&mapped.risen, memory_order_relaxed);
    return tune.thresholds_fixed ? tune.mmap_threshold : max_size(risen, tune.mmap_threshold);
}

/* Whether c can be the whole of a mapping that we made. */
static bool is_plausible(const struct chunk *c)
{
    return is_aligned(c, CHUNK_ALIGN) && is_aligned(mapped_start(c), sys_page()) &&
           mapped_length(c) % sys_page() == 0 && chunk_size(c) >= CHUNK_MIN &&
           mapped_length(c) >= chunk_size(c);
}

struct chunk *mapped_take(size_t size)
{
    assert(size >= CHUNK_MIN && size % CHUNK_ALIGN == 0);
    if (size > PTRDIFF_MAX - sys_page() || !held_allows(size) || !count_chunk())
        return NULL;
    /* With nobody above, the word that a chunk borrows from there must be its own. */
    size_t length = align_up(size + WORD, sys_page());
    struct chunk *c = sys_map(length);
    if (!c) {
        atomic_fetch_sub_explicit(&mapped.chunks, 1, memory_order_relaxed);
        return NULL;
    }
    mappings_note(c, length);
    count_bytes(length, 0);
    chunk_set_head(c, length, CHUNK_MAPPED);
    assert(is_plausible(c) && chunk_usable(c) >= size - WORD); /* K2 */
    return c;
}

struct chunk *mapped_take_apart(size_t size)
{
    size_t length = align_up(size + WORD, sys_page());
    struct chunk *none = NULL, *c = size <= sys_page() ? sys_map(length) : NULL;
    if (!c)
        return NULL;
    if (!atomic_compare_exchange_strong(&apart, &none, c)) {
        sys_unmap(c, length);
        return NULL;
    }
    mappings_note(c, length);
    chunk_set_head(c, length, CHUNK_MAPPED);
    return c;
}

struct chunk *mapped_align(struct chunk *c, size_t alignment)
{
    assert(is_power_of_two(alignment) && is_plausible(c) && c->prev_size == 0);
    size_t length = mapped_length(c);
    uintptr_t user = align_up((uintptr_t)chunk_user(c), alignment);
    size_t lead = user - CHUNK_HEADER - (uintptr_t)mapped_start(c);
    assert(lead + CHUNK_MIN <= length);
    c = chunk_of((void *)user);
    c->prev_size = lead;
    atomic_fetch_add_explicit(&mapped.leads, lead, memory_order_relaxed);
    chunk_set_head(c, length - lead, CHUNK_MAPPED);
    assert(is_plausible(c) && is_aligned(chunk_user(c), alignment)); /* K2 */
    return c;
}

void mapped_put(struct chunk *c)
{
    if (unlikely(!is_plausible(c) || !mappings_strike(mapped_start(c), mapped_length(c))))
        die("munmap_chunk(): invalid pointer", chunk_user(c), c->head, CHUNK_MAPPED);
    size_t size = chunk_size(c), length = mapped_length(c);
    struct chunk *ours = c;
    if (unlikely(atomic_compare_exchange_strong(&apart, &ours, NULL))) {
        sys_unmap(c, length);
        return;
    }
    if (!tune.thresholds_fixed && size > mapped_threshold() && size <= HEAP_MAX / 2)
        raise_to(&mapped.risen, size);
    atomic_fetch_sub_explicit(&mapped.chunks, 1, memory_order_relaxed);
    if (c->prev_size > 0)
        atomic_fetch_sub_explicit(&mapped.leads, c->prev_size, memory_order_relaxed);
    count_bytes(0, length);
    /* Refused means too many mappings: the pages at least can go. */
    if (!sys_unmap(mapped_start(c), length))
        sys_release(mapped_start(c), length);
}

struct chunk *mapped_resize(struct chunk *c, size_t size)
{
    if (unlikely(!is_plausible(c) || !mappings_have(mapped_start(c), mapped_length(c))))
        die("mremap_chunk(): invalid pointer", chunk_user(c), c->head, CHUNK_MAPPED);
    if (unlikely(c == atomic_load(&apart)))
        return NULL;
    size_t lead = c->prev_size, old_length = mapped_length(c);
    if (size > PTRDIFF_MAX - sys_page() - lead)
        return NULL;
    size_t length = align_up(lead + size + WORD, sys_page());
    if (length == old_length)
        return c;
    if (length > old_length && !held_allows(length - old_length))
        return NULL;
    /* Where it was another thread's mapping may be as soon as ours has moved. */
    char *old_start = mapped_start(c);
    if (unlikely(!mappings_strike(old_start, old_length)))
        die("mremap_chunk(): invalid pointer", chunk_user(c), c->head, CHUNK_MAPPED);
    char *start = sys_remap(old_start, old_length, length);
    mappings_note(start ? start : old_start, start ? length : old_length);
    if (!start)
        return length < old_length ? c : NULL;
    c = chunk_at(start, lead);
    chunk_set_size(c, length - lead);
    assert(is_plausible(c) && chunk_usable(c) >= size - WORD); /* K2 */
    count_bytes(length, old_length);
    return c;
}

struct mapped_count mapped_counted(void)
{
    return (struct mapped_count){
        .chunks = atomic_load_explicit(&mapped.chunks, memory_order_relaxed),
        .bytes = atomic_load_explicit(&mapped.bytes, memory_order_relaxed),
        .chunks_max = atomic_load_explicit(&mapped.chunks_max, memory_order_relaxed),
        .bytes_max = atomic_load_explicit(&mapped.bytes_max, memory_order_relaxed),
        .leads = atomic_load_explicit(&mapped.leads, memory_order_relaxed),
    };
}
