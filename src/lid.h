/*
 * lid.h - what stands at the end of a block in the secure build, and proves whose it is.
 *
 *   start              start + n                start + size - 8        start + size
 *   +------------------+------------------------+-----------------------+
 *   | the user's bytes | filled, by a pattern   | lid                  |
 *   +------------------+------------------------+-----------------------+
 *
 * The lid is a keyed hash of the address, and tells how many bytes are filled: what is not the
 * start of a living block has none.  A free slot is zero, the lid too.  So a free proves that
 * the pointer is a block's, that it was not freed before, and that nobody has written beyond the n
 * bytes; an allocation proves that nobody has written to the free slot, or to the ends of a large one.
 *
 * The hash is not cryptography: it keeps out who cannot read the heap, and whoever can learns the
 * lid of no other address by it.
 */
#ifndef ASHLAR_LID_H
#define ASHLAR_LID_H

#include "base.h"

#include <string.h>

#define LID_SIZE sizeof(uint64_t)
#define LID_SLOT_MIN 16

/* A page of their own in the secure build: nobody can write to them once they are drawn. */
enum { LID_KEYS_PAGE = SECURE ? 4096 : 32 };
struct lid_keys {
    uint64_t hidden, factor, pattern;
    char rest[LID_KEYS_PAGE - 3 * sizeof(uint64_t)];
} __attribute__((aligned(LID_KEYS_PAGE)));
extern __attribute__((visibility("hidden"))) struct lid_keys lid_keys;

/* Draw the keys; called once, before the first block. */
void lid_begin(void);

/* The size that serves n bytes and a lid; the caller rules out overflow. */
static inline size_t lid_room(size_t n)
{
    return max_size(n, 1) + LID_SIZE;
}

static inline uint64_t lid_of(const void *block)
{
    uint64_t hash = ((uint64_t)(uintptr_t)block ^ lid_keys.hidden) * lid_keys.factor;
    hash = (hash ^ hash >> 32) * lid_keys.factor;
    return hash ^ hash >> 29;
}

static inline uint64_t lid_word(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static inline void lid_set_word(char *at, uint64_t word)
{
    memcpy(at, &word, sizeof word);
}

/* The highest `bytes` bytes of a word, at most 8 of them: where it lies in memory, its last. */
static inline uint64_t lid_last_bytes(size_t bytes)
{
    return bytes == 0 ? 0 : UINT64_MAX << (64 - 8 * bytes);
}

/*
 * Of what is left between the user's bytes and the lid, no more than this is filled, the lowest:
 * whoever writes on beyond his block meets it first.
 */
enum { FILLED_MOST = 32 };

/* Fill from `start` to `end`, or look whether it is as it was filled. */
static inline void lid_fill(char *start, char *end)
{
    size_t bytes = (size_t)(end - start);
    if (bytes > FILLED_MOST) {
        for (size_t i = 0; i < FILLED_MOST; i += 8)
            lid_set_word(start + i, lid_keys.pattern);
        return;
    }
    for (; bytes >= 8; bytes -= 8)
        lid_set_word(end -= 8, lid_keys.pattern);
    /* What lies before is the user's. */
    uint64_t mask = lid_last_bytes(bytes);
    if (bytes > 0)
        lid_set_word(end - 8, (lid_word(end - 8) & ~mask) | (lid_keys.pattern & mask));
}

static inline bool lid_is_filled(const char *start, const char *end)
{
    uint64_t wrong = 0;
    size_t bytes = (size_t)(end - start);
    if (bytes > FILLED_MOST) {
        for (size_t i = 0; i < FILLED_MOST; i += 8)
            wrong |= lid_word(start + i) ^ lid_keys.pattern;
        return wrong == 0;
    }
    for (; bytes >= 8; bytes -= 8)
        wrong |= lid_word(end -= 8) ^ lid_keys.pattern;
    if (bytes > 0)
        wrong |= (lid_word(end - 8) ^ lid_keys.pattern) & lid_last_bytes(bytes);
    return wrong == 0;
}

/* A block of so many bytes, lid included, becomes its user's, who has n of them. */
static inline void lid_close(void *block, size_t size, size_t n)
{
    assert(lid_room(n) <= size);
    char *lid = (char *)block + size - LID_SIZE;
    size_t filled = size - LID_SIZE - n;
    lid_fill((char *)block + n, lid);
    lid_set_word(lid, lid_of(block) ^ filled);
}

/* How many bytes its user has; SIZE_MAX if it is no living block, or not as it was filled. */
static inline size_t lid_open(const void *block, size_t size)
{
    const char *lid = (const char *)block + size - LID_SIZE;
    size_t most = size - LID_SIZE;
    uint64_t filled = lid_word(lid) ^ lid_of(block);
    if (unlikely(filled > most || !lid_is_filled(lid - filled, lid)))
        return SIZE_MAX;
    return most - (size_t)filled;
}

/*
 * What of a slot is wiped when it is freed, and looked at when it is used again: all of a small one,
 * of larger ones what lies at both ends.  All of every slot, 2 KiB on average in bench's pair-1, took
 * ten times the time of a whole malloc and free.
 */
enum { WIPED_WHOLE = 256, WIPED_FIRST = 192, WIPED_LAST = 64 };
static_assert((int)WIPED_FIRST + WIPED_LAST <= WIPED_WHOLE, "the ends of larger slots do not meet");

/* Two words at once. */
typedef uint64_t lid_lane __attribute__((vector_size(16), aligned(16), may_alias));

static inline bool lid_is_zero(const void *at, size_t size)
{
    const lid_lane *lane = at, *end = (const void *)((const char *)at + size);
    lid_lane all = *lane;
    assert(is_aligned(at, sizeof all) && size % sizeof all == 0);
    while (++lane < end)
        all |= *lane;
    return (all[0] | all[1]) == 0;
}

static inline void lid_set_zero(void *at, size_t size)
{
    lid_lane *lane = at, *end = (void *)((char *)at + size), zero = {0, 0};
    assert(is_aligned(at, sizeof zero) && size % sizeof zero == 0);
    do
        *lane++ = zero;
    while ((lane = as_computed_pointer(lane)) < end); /* or it becomes a call of memset */
}

/* As free slots are; `size` is a multiple of 16. */
static inline bool lid_is_wiped(const void *slot, size_t size)
{
    if (likely(size <= WIPED_WHOLE))
        return lid_is_zero(slot, size);
    return lid_is_zero(slot, WIPED_FIRST) &&
           lid_is_zero((const char *)slot + size - WIPED_LAST, WIPED_LAST);
}

static inline void lid_wipe(void *slot, size_t size)
{
    if (likely(size <= WIPED_WHOLE)) {
        lid_set_zero(slot, size);
        return;
    }
    lid_set_zero(slot, WIPED_FIRST);
    lid_set_zero((char *)slot + size - WIPED_LAST, WIPED_LAST);
}

/* Whether a wiped slot for n bytes is all zero. */
static inline bool lid_wipes_all_of(size_t n)
{
    return lid_room(n) <= WIPED_WHOLE;
}

/* Say what is wrong where a block of so many bytes begins that could not be opened, and abort. */
_Noreturn void lid_die(const void *block, size_t size);

/* Somebody has written to a free slot. */
_Noreturn void lid_die_written(const void *slot, size_t size);

#endif
