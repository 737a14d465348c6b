/*
 * tcache.h - a thread's magazines of ready blocks: no lock, no atomic read-modify-write.
 *
 * There is a list for every chunk size up to CACHE_CHUNK_MAX and for every class of runs, and each
 * has two magazines, arrays of at most cache_capacity() pointers:
 *
 *   ready   taken from and put on, newest first
 *   spare   full, or empty: when ready is full or empty the two change places in one step
 *
 * and beyond these two there is a depot of full magazines of all lists of runs (depot.h).
 *
 * So a thread that frees one more and one fewer in turn never goes to its arena, and every visit
 * there is worth a magazine.  What lies in here is in use for its arena.  Nothing is written into
 * the blocks themselves: a slot of a run that is freed costs no cache line of its own.
 *
 * Below every magazine's first pointer stands a NULL, so that taking needs no second comparison.
 *
 * fork may copy the process between any two instructions of another thread.  So every magazine is at
 * every moment either as before or as after: a block may be missing for a moment, never be twice.
 */
#ifndef ASHLAR_TCACHE_H
#define ASHLAR_TCACHE_H

#include "arena.h"
#include "depot.h"
#include "medium.h"

/* Requests of 64 steps of CHUNK_ALIGN are cached: 1032 bytes, 516 on 32-bit. */
#define CACHE_CHUNK_MAX (65 * CHUNK_ALIGN)
#define CACHE_REQUEST_MAX (CACHE_CHUNK_MAX - WORD)

enum {
    CACHE_FIRST = 2, /* lists of chunks are their sizes in steps of CHUNK_ALIGN, from CHUNK_MIN */
    CACHE_CLASSES = 66, /* one beyond the last of these; the lists of runs begin here */
    CACHE_LISTS = CACHE_CLASSES + RUN_CLASSES,
    CACHE_END = 4, /* where cache_nothing ends; of so many of the newest a second free is noticed */
    CACHE_MAGAZINE = 64, /* no list has more blocks in one magazine */
    /* Small requests differ in their list at most every WORD, larger ones every 128 (64) bytes. */
    CACHE_STEPS = CACHE_REQUEST_MAX / WORD + 1,
    CACHE_STEP_MORE = 16 * WORD,
    CACHE_STEPS_MORE = RUN_SLOT_MAX / CACHE_STEP_MORE + 1,
    CACHE_STORAGE = CACHE_LISTS * 2 * (CACHE_MAGAZINE + 1),
    OUTBOXES = 8,
    OUTBOX_BLOCKS = 64,
};

/* Blocks of one foreign arena on their way home. */
struct outbox {
    struct arena *arena;
    unsigned count, goal; /* sent when count reaches goal, which doubles: 1, 2, 4 .. */
    void *blocks[OUTBOX_BLOCKS];
};

/*
 * Slots that were freed and are kept from use for a while, the secure build's: a ring in which the
 * one that leaves is drawn from the older half, so that nobody can tell when a slot is used again.
 */
enum { KEPT_SLOTS = SECURE ? 128 : 2 };

struct kept {
    unsigned next; /* where the next one comes */
    bool busy;     /* its thread is at it */
    struct kept_slot {
        void *slot;
        uint32_t offset; /* of its magazine */
    } ring[KEPT_SLOTS];
};

/* What a thread has done, for the summary of ashlar run; counted in watched processes only. */
struct tally {
    size_t mallocs, callocs, reallocs, frees, errors;
    ptrdiff_t live_bytes, live_blocks;
    ptrdiff_t untold; /* of live_bytes: not added to the sum of all threads yet */
    unsigned looks;   /* calls since the beginning, to look at the clock now and then */
};

/* A list's ready magazine: the place for the next pointer, and the first place beyond. */
struct magazine {
    void **top, **limit;
};

struct cache {
    struct magazine at[CACHE_LISTS];
    uint16_t offset_for[CACHE_STEPS]; /* of a request's magazine in this struct, by WORDs */
    /* Whose blocks may be put here: chunks in [base, base + span), and slots of an owner's runs. */
    run_mark owner;
    uintptr_t base;
    size_t span;
    uint16_t abroad[OUTBOXES]; /* the upper halves of marks whose outbox is open; 0: none */
    uint16_t offset_for_more[CACHE_STEPS_MORE]; /* 0 while slots of that size are not earned */

    uint8_t capacity[CACHE_LISTS]; /* of one magazine; 0: closed */
    uint8_t spare_count[CACHE_LISTS];
    uint8_t batch[CACHE_LISTS];  /* how many to fetch at the next visit to the arena */
    void **storage[CACHE_LISTS]; /* of both magazines; NULL until the list is first used */
    size_t stored;               /* words of storage in use */
    struct arena *arena;         /* where blocks come from; NULL until the first is wanted */
    struct arena *home;          /* where the thread is counted; differs after sharing */
    struct medium medium;
    struct depot depot;
    size_t depot_most; /* bytes */
    struct tally tally;
    ptrdiff_t until_guard; /* blocks to come before one of them is to be guarded .. */
    uint32_t chance;       /* .. and what the next number of them is drawn from */
    /* The secure build's (kept.h): the size of each list's slots, and those freed last. */
    uint16_t slot_size[SECURE ? CACHE_LISTS : 1];
    struct kept kept[SECURE ? 2 : 1];
    /* For whoever looks after idle threads (idle.h); the list is locked, but for `visited`. */
    struct thread *thread; /* NULL: nobody would tell us of its end */
    uintptr_t stack_end;
    int tid;
    bool is_first;    /* the thread that began the process */
    size_t seen;      /* cache_trace() .. */
    uint32_t seen_at; /* .. and since when it is the same; 0: nothing to take out */
    unsigned tries;
    struct cache *open_before; /* where its thread's quick way led before a visit */
    _Atomic bool visited;      /* somebody else is about to empty it: wait for the list's lock */
    struct cache *next, *prev; /* all caches of living threads: thread.c */
    struct outbox *out;
    void **store;
    struct spans spans; /* last: a page of it is touched only by threads that keep some */
};

/*
 * A cache with what it needs: touched only as far as it is in use.  It begins with a page, so that
 * what every thread touches lies in as few as can be.
 */
struct whole_cache {
    struct cache cache __attribute__((aligned(4096)));
    void *store[CACHE_STORAGE];
    struct outbox out[OUTBOXES];
    void *packs[DEPOT_PACKS][DEPOT_BLOCKS];
};

static_assert(offsetof(struct whole_cache, cache) == 0, "a cache is where its whole is");

static_assert((int)CACHE_MAGAZINE == DEPOT_BLOCKS && (int)CACHE_LISTS <= DEPOT_LISTS,
              "the depot takes every magazine");
static_assert(CACHE_MAGAZINE <= UINT8_MAX, "spare_count and batch count a whole magazine");
static_assert(offsetof(struct cache, at) == 0, "the hit path adds no offset to find a magazine");
static_assert(sizeof(struct magazine) == CHUNK_ALIGN, "a chunk's size is its magazine's offset");
static_assert(RUN_MARK_FIRST == CACHE_CLASSES * sizeof(struct magazine) &&
                  RUN_MARK_STEP == sizeof(struct magazine),
              "a run's mark is its magazine's offset");

/* Where every magazine without storage ends: nothing to take, no room. */
extern __attribute__((visibility("hidden"))) void *cache_nothing[CACHE_END + 1];

static inline unsigned cache_class(size_t chunk_size)
{
    assert(chunk_size >= CHUNK_MIN && chunk_size <= CACHE_CHUNK_MAX);
    return (unsigned)(chunk_size / CHUNK_ALIGN);
}

static inline unsigned cache_list_of(size_t offset)
{
    assert(offset % sizeof(struct magazine) == 0);
    return (unsigned)(offset / sizeof(struct magazine));
}

static inline bool cache_list_has_runs(unsigned list)
{
    return list >= CACHE_CLASSES;
}

/* The size of a list's chunks or slots. */
static inline size_t cache_size(unsigned list)
{
    assert(list >= CACHE_FIRST && list < CACHE_LISTS);
    return cache_list_has_runs(list) ? run_slot_size(list - CACHE_CLASSES) : list * CHUNK_ALIGN;
}

/* How many blocks a magazine of this list is to hold: about 16 KiB of small ones, 64 of others. */
static inline unsigned cache_capacity_for(unsigned list)
{
    size_t size = cache_size(list), fits = (size <= KIB ? 16 * KIB : 64 * KIB) / size;
    return (unsigned)(fits > CACHE_MAGAZINE ? CACHE_MAGAZINE : fits < 2 ? 2 : fits);
}

static inline struct magazine *cache_at(struct cache *cache, size_t offset)
{
    return (struct magazine *)(void *)((char *)cache + offset);
}

/* Where the magazine for a request of n bytes is, at most CACHE_REQUEST_MAX. */
static inline size_t cache_offset_for(const struct cache *cache, size_t n)
{
    return cache->offset_for[(n + WORD - 1) / WORD];
}

/*
 * The same for a larger request, of at most RUN_SLOT_MAX; 0, where nothing ever is, without runs.
 */
static inline size_t cache_offset_for_more(const struct cache *cache, size_t n)
{
    return cache->offset_for_more[(n + CACHE_STEP_MORE - 1) / CACHE_STEP_MORE];
}

/* The list for a request of at most RUN_SLOT_MAX bytes; 0 if there is none. */
static inline unsigned cache_list_for(const struct cache *cache, size_t n)
{
    return cache_list_of(n <= CACHE_REQUEST_MAX ? cache_offset_for(cache, n)
                                                : cache_offset_for_more(cache, n));
}

/* Whether a block can only be a chunk that may come here, if its size is cached. */
static inline bool cache_has_around(const struct cache *cache, const void *user)
{
    return (uintptr_t)user - cache->base < cache->span;
}

/*
 * Where the magazine for such a chunk is, or for a freed block of any kind; 0, where there is never
 * room, if it must not come here.
 */
static inline size_t cache_offset_of_chunk(const void *user)
{
    size_t offset = ((const size_t *)user)[-1] & ~(CHUNK_ALIGN - 1);
    return likely(offset <= CACHE_CHUNK_MAX) ? offset : 0;
}

static inline size_t cache_offset_of(const struct cache *cache, const void *user)
{
    if (likely(cache_has_around(cache, user)))
        return cache_offset_of_chunk(user);
    if (unlikely(region_of(user) != REGION_RUNS))
        return 0;
    size_t offset = run_mark_of(user) ^ cache->owner;
    return likely(offset < RUN_MARK_OFFSETS) ? offset : 0;
}

/* Take the newest block; NULL if none is ready. */
static inline void *cache_take(struct cache *cache, size_t offset)
{
    struct magazine *m = cache_at(cache, offset);
    void **top = m->top;
    void *user = top[-1];
    if (unlikely(!user))
        return NULL;
    m->top--;
    return as_computed_pointer(user);
}

/* Put a block on top; false if there is no room, or if it lies there already. */
static inline bool cache_put(struct cache *cache, size_t offset, void *user)
{
    struct magazine *m = cache_at(cache, offset);
    void **top = m->top;
    if (unlikely(top == m->limit) || unlikely(top[-1] == user))
        return false;
    *top = user;
    /* A fence of the compiler only, on x86: then one instruction moves the top. */
    __atomic_thread_fence(__ATOMIC_RELEASE);
    m->top++;
    return true;
}

/*
 * The same for what the program had: false also if it seems to be the second newest.  That may be an old
 * word of a place that is empty now: cache_has_newest() knows.
 */
static inline bool cache_put_freed(struct cache *cache, size_t offset, void *user)
{
    return likely(cache_at(cache, offset)->top[-2] != user) && cache_put(cache, offset, user);
}

/* Whether a block is one of the newest few in a list's ready magazine. */
bool cache_has_newest(const struct cache *cache, unsigned list, const void *user);

/* Open a cache that is all zero, or that was emptied before: every magazine empty. */
struct cache *cache_begin(struct whole_cache *whole);

/* Blocks from this arena may be put here from now on. */
void cache_set_arena(struct cache *cache, struct arena *a);

/* The cache's arena, locked, has grown: more of its chunks may be put here. */
void cache_see_top(struct cache *cache);

/*
 * From now on requests like one of n bytes are served by slots of runs: nothing would be taken from
 * the list of chunks that served them, so it is closed; what it has is to be taken out before.
 */
void cache_use_runs(struct cache *cache, size_t n);

/* Or by chunks again. */
void cache_use_chunks(struct cache *cache, size_t n);

/* Whether a list is closed for good: its blocks go to the arena. */
static inline bool cache_is_closed(const struct cache *cache, unsigned list)
{
    return cache->capacity[list] == 0;
}

/* After cache_take() found nothing: make the spare magazine the ready one and take from that. */
void *cache_take_spare(struct cache *cache, unsigned list);

/* The same with the magazine of this list that was set aside last. */
void *cache_take_pack(struct cache *cache, unsigned list);

/*
 * One after the other, the ready magazine first: it is empty after the quick way failed, unless that was
 * closed just then.
 */
static inline void *cache_take_any(struct cache *cache, unsigned list)
{
    void *user = cache_take(cache, list * sizeof(struct magazine));
    if (!user)
        user = cache_take_spare(cache, list);
    return user ? user : cache_take_pack(cache, list);
}

/*
 * After cache_put() found no room: put the block into an empty ready magazine, make the full one the
 * spare one, and set that aside if it was full as well.  False if there is no room for it, or if the
 * block lies there already; then nothing has changed.
 */
bool cache_put_beyond(struct cache *cache, unsigned list, void *user);

/*
 * Set aside what cache_put_over() returned; false if there is no room: then the oldest is to be taken
 * out by cache_take_oldest(), which returns how many blocks those are, if there is any.
 */
bool cache_set_aside(struct cache *cache, unsigned list, void **blocks, unsigned count);
unsigned cache_take_oldest(struct cache *cache, void **blocks);

/* How many to fetch for this list now: 1, 2, 4 .. up to a magazine. */
unsigned cache_next_batch(struct cache *cache, unsigned list);

/* An empty ready magazine's first place, to be filled from there, and with how many that was done. */
void **cache_room(struct cache *cache, unsigned list);
void cache_show(struct cache *cache, unsigned list, unsigned count);

/* Lay fetched blocks into an empty ready magazine; the first is taken first. */
void cache_fill(struct cache *cache, unsigned list, void **blocks, unsigned count);

/*
 * After cache_put() found no room: put the block into an empty ready magazine, and the full one
 * into the spare's place.  If that was taken, its blocks go to `over`, to be given back; returns
 * how many.
 */
unsigned cache_put_over(struct cache *cache, unsigned list, void *user, void **over);

/* Take out all there is in a list's two magazines; returns how many. */
unsigned cache_empty(struct cache *cache, unsigned list, void **blocks);

/* A number that changes when blocks come and go, or nearly; 0 if there is nothing in the cache. */
size_t cache_trace(const struct cache *cache);

/* Let go of the memory of all magazines, which are empty, and of the outboxes'. */
void cache_drop_storage(struct cache *cache);

/* How many blocks of a list lie here; of another thread's cache, about. */
size_t cache_count(const struct cache *cache, unsigned list);

#endif
