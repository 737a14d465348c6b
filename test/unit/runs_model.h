/*
 * runs_model.h - runs as an array of states: for every place its class and its owner, for every
 * slot whether it is taken.  Says which slot must come next, and finds every overlap.
 */
#ifndef TEST_RUNS_MODEL_H
#define TEST_RUNS_MODEL_H

#include "unit.h"

#include "arena.h"
#include "runs_check.h"

enum {
    HEAPS = 6 * (64 * MIB / HEAP_MAX), /* as many as the model can follow */
    OWNERS = 2,                        /* arenas that share the places */
    NO_CLASS = 255,
    SLOTS_MAX = RUN_SIZE / RUN_SLOT_LEAST,
};

struct place {
    struct place *next; /* of the same owner and class, with a free slot */
    char *start;
    uint8_t sizeclass, owner; /* NO_CLASS: empty */
    uint16_t taken;
    bool slot[SLOTS_MAX];
};

struct model {
    struct runs runs[OWNERS];
    struct arena arena[OWNERS]; /* only their addresses mean something */
    size_t live_bytes[OWNERS];
    struct place *some[OWNERS][RUN_CLASSES]; /* the one that was full last first */
    struct place place[HEAPS][RUNS_PER_HEAP];
};

static inline void model_begin(struct model *m, unsigned index)
{
    memset(m, 0, sizeof *m);
    for (unsigned owner = 0; owner < OWNERS; owner++)
        runs_begin(&m->runs[owner], &m->arena[owner], index + owner);
    for (unsigned heap = 0; heap < HEAPS; heap++)
        for (size_t place = 0; place < RUNS_PER_HEAP; place++)
            m->place[heap][place].sizeclass = NO_CLASS;
}

static inline struct place *model_place_of(struct model *m, const void *slot)
{
    unsigned heap = run_heap_around(slot)->number;
    return heap < HEAPS ? &m->place[heap][run_place(slot)] : NULL;
}

static inline size_t model_slots(const struct place *p)
{
    return RUN_SIZE / run_slot_size(p->sizeclass);
}

static inline size_t lowest_free(const struct place *p)
{
    size_t index = 0;
    while (p->slot[index])
        index++;
    return index;
}

static inline void model_list_remove(struct model *m, struct place *p)
{
    struct place **at = &m->some[p->owner][p->sizeclass];
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
}

static inline void model_list_add(struct model *m, struct place *p)
{
    p->next = m->some[p->owner][p->sizeclass];
    m->some[p->owner][p->sizeclass] = p;
}

/* A run that must be new: at an empty place, from its start on. */
static inline struct place *model_begin_run(struct model *m, unsigned owner, unsigned sizeclass,
                                            char *slot)
{
    struct place *p = model_place_of(m, slot);
    if (!p || p->sizeclass != NO_CLASS || !is_aligned(slot, RUN_SIZE) ||
        run_place(slot) < HEAD_PLACES)
        return NULL;
    *p = (struct place){.start = slot, .sizeclass = (uint8_t)sizeclass, .owner = (uint8_t)owner};
    model_list_add(m, p);
    return p;
}

/* A slot has come: whether it is the one that must come now. */
static inline bool model_take(struct model *m, unsigned owner, unsigned sizeclass, char *slot)
{
    struct place *p = m->some[owner][sizeclass];
    if (!p && !(p = model_begin_run(m, owner, sizeclass, slot)))
        return false;
    size_t index = lowest_free(p), size = run_slot_size(sizeclass);
    p->slot[index] = true;
    if (++p->taken == model_slots(p))
        model_list_remove(m, p);
    m->live_bytes[owner] += size;
    return slot == p->start + index * size;
}

/* A slot goes back: the last one of a run leaves the place empty.  Returns its owner. */
static inline unsigned model_put(struct model *m, const char *slot)
{
    struct place *p = model_place_of(m, slot);
    size_t size = run_slot_size(p->sizeclass);
    p->slot[(size_t)(slot - p->start) / size] = false;
    m->live_bytes[p->owner] -= size;
    if (p->taken-- == model_slots(p))
        model_list_add(m, p);
    if (p->taken == 0) {
        model_list_remove(m, p);
        p->sizeclass = NO_CLASS;
    }
    return p->owner;
}

static inline void count_broken(const char *law, const void *where, void *count)
{
    if ((*(unsigned *)count)++ < 5)
        note("broken law %s at %p", law, where);
}

/* How many laws are broken. */
static inline unsigned laws_broken(const struct runs *r)
{
    unsigned broken = 0;
    runs_check(r, count_broken, &broken);
    return broken;
}

/* How many units of a place are empty. */
static inline size_t empty_units(const struct run_heap *h, size_t place)
{
    size_t count = 0;
    for (size_t unit = place * UNITS_PER_RUN; unit < (place + 1) * UNITS_PER_RUN; unit++)
        count += h->empty[unit / 64] >> unit % 64 & 1;
    return count;
}

static inline bool place_agrees(const struct model *m, const struct run_heap *h, size_t place)
{
    const struct place *p = &m->place[h->number][place];
    bool empty = p->sizeclass == NO_CLASS;
    size_t told_empty = empty_units(h, place);
    if (empty || place < HEAD_PLACES)
        return h->marks[place] == 0 && told_empty == (place < HEAD_PLACES ? 0 : UNITS_PER_RUN);
    const struct runs *r = &m->runs[p->owner];
    return h->marks[place] == r->owner + run_mark_for(p->sizeclass) && told_empty == 0 &&
           h->run[place].slots - h->run[place].free == p->taken && h->run[place].arena == r->arena;
}

/* All that the heaps say is what the model says. */
static inline bool model_agrees(const struct model *m)
{
    bool right = true;
    for (const struct run_heap *h = places_heaps(); h; h = h->newer)
        for (size_t place = 0; place < RUNS_PER_HEAP; place++)
            right = right && place_agrees(m, h, place);
    for (unsigned owner = 0; owner < OWNERS; owner++)
        right = right && m->runs[owner].live_bytes == m->live_bytes[owner] &&
                laws_broken(&m->runs[owner]) == 0;
    return right;
}

#endif
