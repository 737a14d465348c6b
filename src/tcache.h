/*
 * tcache.h - a thread's lists of ready chunks: no lock, no atomic read-modify-write.
 *
 * For every size up to CACHE_CHUNK_MAX there are two magazines of at most cache_capacity() chunks:
 *
 *   ready   taken from and put on, newest first; `room` says how many more it holds
 *   spare   full, or empty: when ready is full or empty the two change places in one step
 *
 * So a thread that frees one more and one fewer in turn never goes to its arena, and every visit
 * there is worth a magazine.  Chunks in here count as in use for their neighbours.  All zero is
 * an empty, closed cache; a list is one word at the start of each chunk's user memory.
 *
 * fork may copy the process between any two instructions of another thread.  So every list is at
 * every moment either as before or as after: a chunk may be missing for a moment, never be twice.
 */
#ifndef ASHLAR_TCACHE_H
#define ASHLAR_TCACHE_H

#include "arena.h"
#include "medium.h"

/* Requests of 64 steps of CHUNK_ALIGN are cached: 1032 bytes, 516 on 32-bit. */
#define CACHE_CHUNK_MAX (65 * CHUNK_ALIGN)
#define CACHE_REQUEST_MAX (CACHE_CHUNK_MAX - WORD)

enum {
    CACHE_FIRST = 2,     /* classes are chunk sizes in steps of CHUNK_ALIGN, from CHUNK_MIN on */
    CACHE_CLASSES = 66,  /* one beyond the last */
    CACHE_MAGAZINE = 64, /* no class has more chunks in one magazine */
    OUTBOXES = 8,
};

/* Chunks of one foreign arena on their way home. */
struct outbox {
    struct arena *arena;
    struct link *first, *last;
    unsigned count, goal; /* sent when count reaches goal, which doubles: 1, 2, 4 .. */
};

/* What a thread has done, for the summary of ashlar run; counted in watched processes only. */
struct tally {
    size_t mallocs, callocs, reallocs, frees, errors;
    ptrdiff_t live_bytes, live_blocks;
    ptrdiff_t untold; /* of live_bytes: not added to the sum of all threads yet */
    unsigned looks;   /* calls since the beginning, to look at the clock now and then */
};

struct cache {
    struct link *ready[CACHE_CLASSES];
    int room[CACHE_CLASSES];
    size_t tag; /* see cache_class_of_put */

    struct link *spare[CACHE_CLASSES];
    uint8_t spare_count[CACHE_CLASSES];
    uint8_t batch[CACHE_CLASSES]; /* how many to fetch at the next visit to the arena */
    struct arena *arena;          /* where chunks come from; NULL until the first is wanted */
    struct arena *home;           /* where the thread is counted; differs after sharing */
    struct medium medium;
    struct outbox out[OUTBOXES];
    struct tally tally;
    struct cache *next, *prev; /* all caches of living threads: thread.c */
};

static_assert(CACHE_MAGAZINE <= UINT8_MAX, "spare_count and batch count a whole magazine");
static_assert(offsetof(struct cache, ready) == 0, "the hit path adds no offset to find a list");

static inline unsigned cache_class(size_t chunk_size)
{
    assert(chunk_size >= CHUNK_MIN && chunk_size <= CACHE_CHUNK_MAX);
    return (unsigned)(chunk_size / CHUNK_ALIGN);
}

/* How many chunks a magazine of this class holds: about 16 KiB of them. */
static inline unsigned cache_capacity(unsigned sizeclass)
{
    assert(sizeclass >= CACHE_FIRST && sizeclass < CACHE_CLASSES);
    size_t fits = 16 * KIB / (sizeclass * CHUNK_ALIGN);
    return (unsigned)(fits > CACHE_MAGAZINE ? CACHE_MAGAZINE : fits < 2 ? 2 : fits);
}

/* The class that serves a request of n bytes, at most CACHE_REQUEST_MAX. */
static inline size_t cache_class_for(size_t n)
{
    /* chunk_size_for() without its limits; 0 to 8 bytes (4 on 32-bit) need CHUNK_MIN as well. */
    size_t steps = as_computed((n + WORD - 1) / CHUNK_ALIGN);
    size_t sizeclass = as_computed(steps + (steps == 0) + 1);
    assert(sizeclass * CHUNK_ALIGN == chunk_size_for(n) && sizeclass < CACHE_CLASSES);
    return sizeclass;
}

/*
 * The tag makes one comparison of three: of size, owner and kind.  A chunk's head is turned so
 * that its flags become the highest bits, where any flag left over puts the class out of range:
 * the tag cancels P always, and N if the thread's own chunks have it.  Since N alone does not say
 * whose the chunk is, the tag of a thread arena's cache sets CACHE_ASK_HEAP as well.
 */
#define CACHE_TURN (WORD == 8 ? 4 : 3)
#define CACHE_ASK_HEAP (((size_t)1 << (8 * WORD - 1)) >> CACHE_TURN)

static_assert((size_t)1 << CACHE_TURN == CHUNK_ALIGN, "a turned size is its class");
static_assert(CACHE_ASK_HEAP << CACHE_TURN > PTRDIFF_MAX, "no size has the bit that asks the heap");
static_assert(CACHE_ASK_HEAP >= CACHE_CLASSES, "and with it no head is of a class");

static inline size_t cache_turn(size_t head)
{
    return head >> CACHE_TURN | head << (8 * WORD - CACHE_TURN);
}

/* The tag of a closed cache: no head agrees with it, not even one that was overwritten evenly. */
#define CACHE_CLOSED ((size_t)0x5a96a55a5a69a5aa)

static inline size_t cache_tag_for(const struct arena *a)
{
    if (!a)
        return CACHE_CLOSED;
    return a->top.source == TOP_FROM_BREAK
               ? CHUNK_PREV_IN_USE
               : CHUNK_PREV_IN_USE | CHUNK_NOT_MAIN | CACHE_ASK_HEAP << CACHE_TURN;
}

/* The class a freed chunk may go on; out of range if this cache must not have it. */
static inline size_t cache_class_of_put(const struct cache *cache, const struct chunk *c)
{
    size_t sizeclass = as_computed(cache_turn((c->head | CHUNK_PREV_IN_USE) ^ cache->tag));
    if (unlikely(sizeclass >= CACHE_CLASSES)) {
        sizeclass ^= CACHE_ASK_HEAP;
        if (sizeclass < CACHE_CLASSES && heap_around(c)->arena != cache->arena)
            sizeclass = CACHE_CLASSES;
    }
    return sizeclass;
}

/* Take the newest chunk's user memory; NULL if none is ready. */
static inline void *cache_take(struct cache *cache, size_t sizeclass)
{
    assert(sizeclass >= CACHE_FIRST && sizeclass < CACHE_CLASSES);
    struct link *newest = cache->ready[sizeclass];
    if (unlikely(!newest))
        return NULL;
    __atomic_store_n(&cache->ready[sizeclass], newest->next, __ATOMIC_RELEASE);
    cache->room[sizeclass]++;
    return as_computed_pointer(newest);
}

/* Put a chunk's user memory on top; false if there is no room, or if it lies there already. */
static inline bool cache_put(struct cache *cache, size_t sizeclass, void *user)
{
    assert(sizeclass == chunk_size(chunk_of(user)) / CHUNK_ALIGN); /* K5 */
    struct link *put = user, *newest = cache->ready[sizeclass];
    if (unlikely(put == newest) || unlikely(--cache->room[sizeclass] < 0))
        return false;
    put->next = newest;
    __atomic_store_n(&cache->ready[sizeclass], put, __ATOMIC_RELEASE);
    return true;
}

/* Open a cache that is all zero or was emptied: every magazine empty, with room. */
void cache_begin(struct cache *cache);

/* Chunks from this arena may be put here from now on. */
void cache_set_arena(struct cache *cache, struct arena *a);

/* After cache_take() found nothing: make the spare magazine the ready one and take from that. */
void *cache_take_spare(struct cache *cache, unsigned sizeclass);

/* How many to fetch for this class now: 1, 2, 4 .. up to a magazine. */
unsigned cache_next_batch(struct cache *cache, unsigned sizeclass);

/* Lay fetched chunks into an empty ready magazine. */
void cache_fill(struct cache *cache, unsigned sizeclass, struct link *list, unsigned count);

/*
 * After cache_put() found no room: put the chunk into an empty ready magazine, and the full one
 * into the spare's place.  If that was taken, its chunks are returned, to be given back; else NULL.
 */
struct link *cache_put_over(struct cache *cache, unsigned sizeclass, void *user);

/* Take out all there is of one class; NULL if nothing. */
struct link *cache_empty(struct cache *cache, unsigned sizeclass);

/* How many chunks of a class lie here; of another thread's cache, about. */
size_t cache_count(const struct cache *cache, unsigned sizeclass);

#endif
