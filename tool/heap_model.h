/*
 * heap_model.h - a heap as it was found: arenas, their segments, and every chunk with its state.
 *
 * A reader of one allocator's structures builds the model (glibc.h), the verbs read it, and it
 * knows neither.  A chunk is one word here, so that a heap of ten million of them is held in 80
 * MB: its address is the sum of the sizes before it.
 *
 *     segment   start                                                    end
 *               | own | live | free | live | cached | live | free | top  |
 *     chunk     wall to wall: the sizes of a segment's chunks add up to end - start
 */
#ifndef TOOL_HEAP_MODEL_H
#define TOOL_HEAP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum heap_state {
    HEAP_LIVE,    /* the program's */
    HEAP_OWN,     /* the allocator's: arenas, thread caches, fences */
    HEAP_FREE,    /* in a bin of its arena */
    HEAP_FAST,    /* in a fast bin: free, and not joined with its neighbours yet */
    HEAP_CACHED,  /* in a thread's cache */
    HEAP_TOP,     /* the end of the arena, from which new chunks are cut */
    HEAP_MAPPED,  /* the program's, with a mapping of its own */
    HEAP_UNKNOWN, /* not walked, because what stands before it is damaged or was in motion */
    HEAP_STATES,
};

/* As pwndbg and the articles write them. */
enum heap_flag {
    HEAP_PREVIOUS_IN_USE = 1, /* P */
    HEAP_HAS_MAPPING = 2,     /* M */
    HEAP_NOT_MAIN = 4,        /* N */
};

struct heap_chunk {
    uint64_t at; /* of its first word, not of the program's pointer */
    uint64_t size;
    enum heap_state state;
    unsigned bin;   /* of HEAP_FREE, HEAP_FAST and HEAP_CACHED: the allocator's number of it */
    unsigned flags; /* of enum heap_flag */
};

/* A stretch of memory that was walked from chunk to chunk. */
struct heap_segment {
    uint64_t start, end;
    uint64_t head;   /* bytes of the allocator's own right below start, on the same mapping */
    bool headless;   /* chunks have no headers: each is the program's block itself */
    size_t arena;    /* index of the arena it belongs to */
    uint64_t *words; /* one for each chunk: packed size, state, bin, flags */
    size_t count, room;
    uint8_t *pages; /* enum page of each page, from the one of start - head on */
};

struct heap_sum {
    uint64_t count, bytes;
    uint64_t resident; /* those of the bytes that are in memory */
};

/* What is left of an arena when its states are added up. */
struct heap_sums {
    struct heap_sum of[HEAP_STATES];
    uint64_t mapped;        /* bytes of its segments */
    uint64_t resident;      /* those in memory */
    uint64_t whole_pages;   /* resident bytes of pages that lie wholly in free chunks */
    uint64_t trimmable;     /* what the allocator would return if it were asked to */
    uint64_t trimmable_top; /* the part of that which comes off the top */
    uint64_t pinned_pages;  /* resident pages that hold both free and live bytes */
    uint64_t pinned_live;   /* live bytes in them */
    uint64_t drained;       /* what malloc_trim returns beyond trimmable, if it empties caches */
};

struct heap_arena {
    uint64_t at; /* of its state */
    char name[24];
    size_t segments;        /* how many it has; they follow one another in the model */
    uint64_t top, top_size; /* its top chunk; 0 = none */
    uint64_t system_bytes;  /* what it says it has from the kernel */
    uint64_t threads;       /* how many use it; 0 = it waits for one */
    bool is_main;           /* grows by the break */
    bool is_shared;         /* no thread's: memory for blocks without headers, of all arenas */
    bool broken;            /* its structures contradict themselves */
    bool torn;              /* it changed under our eyes each time it was read */
    unsigned reads;         /* how many times it was read */
    uint64_t broken_at;     /* where the walk stopped; 0 = it did not */
    char complaint[160];    /* what is wrong there, in words */
    struct heap_sums sums;  /* by heap_sums.h */
};

/* What one thread keeps for itself. */
struct heap_cache {
    uint64_t at;
    size_t arena;  /* where the cache itself lies */
    pid_t thread;  /* 0 = not known whose */
    uint64_t uses; /* address of the arena the thread allocates from; 0 = not known */
    uint64_t count, bytes;
};

/* A chunk that is free although its neighbours say it is in use: sorted by address. */
struct heap_mark {
    uint64_t at;
    uint32_t cache; /* index of the cache, for HEAP_CACHED */
    uint8_t bin;
    uint8_t state; /* HEAP_FAST, HEAP_CACHED or HEAP_OWN */
    bool seen;     /* the walk met it */
};

struct heap_mapped {
    struct heap_chunk chunk;
    uint64_t start, end; /* its mapping */
    uint64_t resident;
};

struct heap_settings {
    bool known;
    uint64_t trim_threshold, top_pad, mmap_threshold;
    uint64_t arena_max; /* 0 = 8 for each core */
    uint64_t trim_unit; /* the break falls by multiples of it; 0 = by pages */
    bool fixed;         /* the thresholds do not move any more */
    uint64_t mapped_count, mapped_bytes;
    bool has_decay; /* what is free goes back by itself .. */
    uint64_t decay; /* .. after so many milliseconds */
};

/* Memory of the allocator's own outside of all segments: caches of threads, and tables. */
struct heap_own {
    uint64_t start, end;
    bool is_table; /* not told by a snapshot, which has the claims */
};

struct heap_model {
    const char *allocator; /* "glibc", "libashlar" */
    char version[16];      /* "2.36" */
    uint64_t page_size;
    bool unused; /* the allocator is there and has never been asked */
    struct heap_arena *arenas;
    size_t arena_count;
    struct heap_segment *segments; /* sorted by arena, then by address */
    size_t segment_count;
    struct heap_mapped *mapped; /* sorted by address */
    size_t mapped_count;
    struct heap_sum mapped_sum;
    struct heap_cache *caches;
    size_t cache_count;
    struct heap_own *own;
    size_t own_count;
    struct heap_mark *marks;
    size_t mark_count;
    struct heap_settings settings;
    bool has_fast_bins;
    bool pages_known; /* the segments' pages are measured, not assumed */
    unsigned rereads;
    double seconds; /* that the reading took */
};

/* Where one is in a segment: {.segment = s} is its beginning. */
struct heap_cursor {
    const struct heap_segment *segment;
    size_t index;
    uint64_t at;
};

/* A word, from its low bits: flags, state, bin, and the size in units of eight bytes.
 *
 *     | size / 8 (49 bits) | bin (8) | state (4) | N M P |
 */
enum {
    HEAP_STATE_SHIFT = 3,
    HEAP_STATE_MASK = 15,
    HEAP_BIN_SHIFT = 7,
    HEAP_BIN_MASK = 255,
    HEAP_SIZE_SHIFT = 15,
    HEAP_SIZE_UNIT = 8,
};

static inline struct heap_cursor heap_begin(const struct heap_segment *segment)
{
    return (struct heap_cursor){.segment = segment, .at = segment->start};
}

/* The chunk at the cursor, which moves on; false at the segment's end.  Here, because every sum over
 * a heap of millions of chunks spends half its time in it. */
static inline bool heap_next(struct heap_cursor *cursor, struct heap_chunk *chunk)
{
    if (cursor->index >= cursor->segment->count)
        return false;
    uint64_t word = cursor->segment->words[cursor->index++];
    chunk->at = cursor->at;
    chunk->size = (word >> HEAP_SIZE_SHIFT) * HEAP_SIZE_UNIT;
    chunk->state = (enum heap_state)(word >> HEAP_STATE_SHIFT & HEAP_STATE_MASK);
    chunk->bin = word >> HEAP_BIN_SHIFT & HEAP_BIN_MASK;
    chunk->flags = word & (HEAP_PREVIOUS_IN_USE | HEAP_HAS_MAPPING | HEAP_NOT_MAIN);
    cursor->at += chunk->size;
    return true;
}

/* Add a chunk behind the last one of the segment.  Exits when memory is out. */
void heap_append(struct heap_segment *segment, const struct heap_chunk *chunk);

/* Change state and bin of the segment's chunk with that index. */
void heap_restate(struct heap_segment *segment, size_t index, enum heap_state state, unsigned bin);

/* The segment that the address lies in, or NULL. */
const struct heap_segment *heap_segment_at(const struct heap_model *model, uint64_t at);

/* The chunk that holds the address, and how far from the segment's start; false if none does. */
bool heap_chunk_at(const struct heap_model *model, uint64_t at, struct heap_cursor *cursor,
                   struct heap_chunk *chunk);

/* The mark of the chunk at that address, or NULL. */
const struct heap_mark *heap_mark_at(const struct heap_model *model, uint64_t at);

/* The index of the first segment of an arena. */
size_t heap_first_segment(const struct heap_model *model, size_t arena);

/* Whether the program may still use it: live, by itself or in a mapping of its own. */
static inline bool heap_is_live(enum heap_state state)
{
    return state == HEAP_LIVE || state == HEAP_MAPPED;
}

/* Whether it can be handed out again. */
static inline bool heap_is_free(enum heap_state state)
{
    return state == HEAP_FREE || state == HEAP_FAST || state == HEAP_CACHED || state == HEAP_TOP;
}

/* "live", "free", "fast" ... */
const char *heap_state_name(enum heap_state state);

void heap_free(struct heap_model *model);

#endif
