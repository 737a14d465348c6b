/*
 * runs.c - where slots are found, and what becomes of them.
 *
 * The laws (I20 ..) are numbered in doc/invariants.md and proved by runs_check.c.
 */
#include "runs.h"

#include "die.h"
#include "lid.h"
#include "run_pages.h"

static_assert(RUN_SIZE / RUN_SLOT_LEAST <= UINT16_MAX, "slots are counted in 16 bits");
static_assert(RUN_SLOT_MAX <= UINT16_MAX && RUN_SLOT_MAX * 2 <= RUN_SIZE, "a run has slots");
static_assert(RUN_MARK_FIRST + RUN_CLASSES * RUN_MARK_STEP <= RUN_MARK_OFFSETS, "halves of a mark");

/* A run with less than this part of its slots in use is sparse. */
enum { SPARSE_SHARE = 8 };

/* No arena beyond these has runs: a mark could not name it. */
enum { OWNERS_AT_MOST = 1 << 15 };

void runs_begin(struct runs *r, struct arena *arena, unsigned index)
{
    *r = (struct runs){.arena = arena};
    if (index < OWNERS_AT_MOST)
        r->owner = (run_mark)(index + 1) * RUN_MARK_OFFSETS;
}

static void list_add(struct runs *r, unsigned sizeclass, struct run *run)
{
    run->prev = NULL;
    run->next = r->some[sizeclass];
    if (run->next)
        run->next->prev = run;
    r->some[sizeclass] = run;
}

static void list_remove(struct runs *r, unsigned sizeclass, struct run *run)
{
    assert(run == (run->prev ? run->prev->next : r->some[sizeclass])); /* I22 */
    if (run->prev)
        run->prev->next = run->next;
    else
        r->some[sizeclass] = run->next;
    if (run->next)
        run->next->prev = run->prev;
}

/* The sparse ones are a row: in at its end, out anywhere. */
static void sparse_add(struct runs *r, struct run *run)
{
    run->next_sparse = NULL;
    run->prev_sparse = r->sparse_last;
    if (r->sparse_last)
        r->sparse_last->next_sparse = run;
    else
        r->sparse = run;
    r->sparse_last = run;
}

static bool is_in_sparse(const struct runs *r, const struct run *run)
{
    return run->prev_sparse || r->sparse == run;
}

static void sparse_remove(struct runs *r, struct run *run)
{
    assert(is_in_sparse(r, run));
    if (run->prev_sparse)
        run->prev_sparse->next_sparse = run->next_sparse;
    else
        r->sparse = run->next_sparse;
    if (run->next_sparse)
        run->next_sparse->prev_sparse = run->prev_sparse;
    else
        r->sparse_last = run->prev_sparse;
    run->next_sparse = run->prev_sparse = NULL;
}

/* Memory grows: what lies idle goes back for it, a few runs at a time. */
static void release_sparse(struct runs *r)
{
    enum { AT_ONCE = 4 };
    for (unsigned i = 0; i < AT_ONCE && r->release_due > 0; i++) {
        struct run *run = r->sparse;
        if (!run) {
            r->release_due = 0;
            return;
        }
        r->release_due--;
        sparse_remove(r, run);
        if (run->free >= run->sparse)
            run_pages_release(run);
    }
}

static void set_mark(struct run *run, run_mark mark)
{
    __atomic_store_n(&run_heap_around(run)->marks[run_index(run)], mark, __ATOMIC_RELEASE);
}

static void set_all_free(struct run *run)
{
    uint64_t *bits = run_bits(run);
    for (unsigned word = 0; word < run->slots / 64u; word++)
        bits[word] = UINT64_MAX;
    if (run->slots % 64 != 0)
        bits[run->slots / 64] = ((uint64_t)1 << run->slots % 64) - 1;
}

/* A new run, all of whose slots are free; NULL if there is no memory. */
static struct run *begin_run(struct runs *r, unsigned sizeclass)
{
    unsigned fresh;
    struct run *run = r->owner != 0 ? places_take(&fresh) : NULL;
    if (!run)
        return NULL;
    r->release_due += 2 * fresh;
    r->fresh += fresh * RUN_SIZE;
    release_sparse(r);
    size_t size = run_slot_size(sizeclass), slots = RUN_SIZE / size;
    *run = (struct run){
        .arena = r->arena,
        .inverse = (uint32_t)((((uint64_t)1 << 32) + size - 1) / size),
        .size = (uint16_t)size,
        .slots = (uint16_t)slots,
        .free = (uint16_t)slots,
        .sparse = (uint16_t)(slots - slots / SPARSE_SHARE),
        .put_at = decay_now(),
    };
    set_all_free(run);
    list_add(r, sizeclass, run);
    r->count++;
    set_mark(run, r->owner + run_mark_for(sizeclass));
    return run;
}

/* The run's last slot came back. */
static void end_run(struct runs *r, unsigned sizeclass, struct run *run)
{
    list_remove(r, sizeclass, run);
    if (is_in_sparse(r, run))
        sparse_remove(r, run);
    set_mark(run, 0);
    /* Another class's slots must be wiped where these were not (lid.h). */
    if (SECURE && run->size > WIPED_WHOLE)
        memset(run_start(run), 0, RUN_SIZE);
    run->slots = 0; /* so that no address is one of its slots */
    r->count--;
    places_put(run);
}

/* The lowest free slots of a word of bits, at most so many, from the end down; returns how many. */
static inline unsigned take_from_word(uint64_t *bits, char *start, size_t size, void **end,
                                      unsigned wanted)
{
    uint64_t left = *bits;
    unsigned taken = 0;
    while (left != 0 && taken < wanted) {
        /* Neighbours come in rows, whose addresses are sums; a row of 64 has no end to be found. */
        unsigned first = (unsigned)__builtin_ctzll(left);
        uint64_t beyond = ~(left >> first);
        unsigned row = beyond ? (unsigned)__builtin_ctzll(beyond) : 64;
        if (row > wanted - taken)
            row = wanted - taken;
        left &= ~(UINT64_MAX >> (64 - row) << first);
        char *slot = start + first * size;
        taken += row;
        for (; row > 0; row--, slot += size)
            *--end = slot;
    }
    *bits = left;
    return taken;
}

/* Up to `most` slots of one run, which has some, from the end down. */
static unsigned take_from(struct run *run, void **end, unsigned most)
{
    uint64_t *bits = run_bits(run);
    unsigned taken = 0, wanted = most < run->free ? most : run->free;
    size_t word = run->lowest, size = run->size;
    char *start = run_start(run) + word * 64 * size;
    assert(wanted > 0);
    for (;; word++, start += 64 * size) {
        taken += take_from_word(&bits[word], start, size, end - taken, wanted - taken);
        if (taken == wanted)
            break;
    }
    run->lowest = (uint16_t)word;
    run->free = (uint16_t)(run->free - taken);
    return taken;
}

unsigned runs_take(struct runs *r, unsigned sizeclass, void **slots, unsigned most)
{
    unsigned taken = 0;
    while (taken < most) {
        struct run *run = r->some[sizeclass];
        if (!run)
            run = begin_run(r, sizeclass);
        if (!run)
            break;
        taken += take_from(run, slots + most - taken, most - taken);
        if (run->free == 0)
            list_remove(r, sizeclass, run);
    }
    if (unlikely(taken < most))
        memmove(slots, slots + most - taken, taken * sizeof *slots);
    r->live_bytes += taken * run_slot_size(sizeclass);
    return taken;
}

/* Which slot of its run this is; dies with the phrase if it is none. */
static size_t slot_index(const void *slot, const char *phrase)
{
    size_t offset = (uintptr_t)slot % RUN_SIZE;
    const struct run *run = run_around(slot);
    size_t index = (size_t)((uint64_t)offset * run->inverse >> 32);
    if (unlikely(index * run->size != offset || index >= run->slots))
        die(phrase, slot, offset, index * run->size);
    return index;
}

size_t run_usable(const void *slot, const char *phrase)
{
    slot_index(slot, phrase);
    return run_around(slot)->size;
}

/* So many slots came back to a run that had `before` free ones: the lists it now belongs to. */
static void change_lists(struct runs *r, struct run *run, unsigned before)
{
    unsigned sizeclass = run_class_for(run->size);
    if (before == 0)
        list_add(r, sizeclass, run);
    if (run->free == run->slots)
        end_run(r, sizeclass, run);
    else if (before < run->sparse && run->free >= run->sparse && !is_in_sparse(r, run))
        sparse_add(r, run);
}

/* Which slot of its run this is, by its offset; dies if it is none. */
static inline size_t index_of(const struct run *run, const void *slot, size_t offset)
{
    /* The product's upper half is the index, and its lower half less than this at a beginning. */
    uint64_t product = (uint64_t)offset * run->inverse;
    size_t index = (size_t)(product >> 32);
    if (unlikely((uint32_t)product >= run->inverse || index >= run->slots))
        slot_index(slot, "free(): invalid pointer");
    return index;
}

/* A slot that was in use is free; dies if it was not. */
static inline void set_free(struct run *run, uint64_t *bits, size_t index, const void *slot)
{
    size_t word = index / 64;
    uint64_t was = bits[word];
    if (unlikely(was >> index % 64 & 1))
        die_at("free(): double free detected in tcache 2", slot);
    bits[word] = was | (uint64_t)1 << index % 64;
    if (word < run->lowest)
        run->lowest = (uint16_t)word;
}

/* Slots are put into one run after the other; what is known of the one at hand. */
struct visit {
    struct run *run; /* NULL: none yet */
    uint64_t *bits;
    uintptr_t start;
    unsigned before; /* how many of its slots were free when we came */
    size_t bytes;    /* put, in all runs */
};

/* The run at hand has got what follows each other: the lists it belongs to now. */
static inline void leave_run(struct runs *r, struct visit *v)
{
    struct run *run = v->run;
    if (!run)
        return;
    v->bytes += (run->free - v->before) * (size_t)run->size;
    if (unlikely(v->before == 0 || run->free >= run->sparse))
        change_lists(r, run, v->before);
}

/* The run around this slot is the next; false if it is none of r's. */
static inline bool enter_run(struct runs *r, struct visit *v, const void *slot)
{
    struct run *run = region_at(slot) == REGION_RUNS ? run_around(slot) : NULL;
    if (unlikely(!run || run->arena != r->arena))
        return false;
    leave_run(r, v);
    v->run = run;
    v->bits = run_bits_at(run_heap_around(slot), run_place(slot), run->size);
    v->start = align_down((uintptr_t)slot, RUN_SIZE);
    v->before = run->free;
    run->put_at = decay_now();
    return true;
}

unsigned runs_put_own(struct runs *r, void **slots, unsigned n)
{
    struct visit v = {.run = NULL};
    unsigned put = 0;
    for (; put < n; put++) {
        void *slot = slots[put];
        /* Neighbours are often of one run, and then what was found of it still holds. */
        if ((uintptr_t)slot - v.start >= RUN_SIZE && !enter_run(r, &v, slot))
            break;
        set_free(v.run, v.bits, index_of(v.run, slot, (uintptr_t)slot - v.start), slot);
        v.run->free++;
    }
    leave_run(r, &v);
    r->live_bytes -= v.bytes;
    decay_gather(&r->freed, v.bytes);
    return put;
}

void runs_put(struct runs *r, void *slot)
{
    if (likely(runs_put_own(r, &slot, 1) == 1))
        return;
    slot_index(slot, "free(): invalid pointer");
    die_at("free(): double free or corruption (out)", slot);
}

/* Full runs are in no list, and have nothing to give. */
size_t runs_trim(const struct runs *r)
{
    size_t released = 0;
    for (unsigned sizeclass = 0; sizeclass < RUN_CLASSES; sizeclass++)
        for (const struct run *run = r->some[sizeclass]; run; run = run->next)
            released += run_pages_release_counted(run);
    return released;
}
