/*
 * header.h - the words right before a user pointer and, in a free chunk, behind it.
 *
 * The numbers are those of the specification; no header of the allocator is included.
 */
#ifndef TEST_SPEC_HEADER_H
#define TEST_SPEC_HEADER_H

#include "maps.h"

#define USER_OFFSET (2 * WORD)
#define CHUNK_ALIGN (2 * WORD)
#define CHUNK_MIN (4 * WORD)
#define HEAP_MAX (WORD == 8 ? 64 * MIB : MIB)
#define MMAP_THRESHOLD (128 * KIB)
#define TRIM_THRESHOLD (128 * KIB)
#define TOP_PAD (128 * KIB)

enum { P_BIT = 1, M_BIT = 2, N_BIT = 4, FLAG_BITS = 7 };

/* The chunk size that the specification gives a request of n bytes (C5, C6). */
static inline size_t chunk_size_for(size_t n)
{
    size_t size = align_up(n + WORD, CHUNK_ALIGN);
    return size < CHUNK_MIN ? CHUNK_MIN : size;
}

/* The heap's size after its first request of n bytes (M1). */
static inline size_t first_heap_for(size_t n, size_t top_pad)
{
    return align_up(chunk_size_for(n) + top_pad + CHUNK_MIN, page_size());
}

static inline size_t word_at(const void *at, ptrdiff_t index)
{
    size_t word;
    memcpy(&word, (const char *)at + index * (ptrdiff_t)WORD, WORD);
    return word;
}

static inline size_t size_word(const void *user)
{
    return word_at(user, -1);
}

static inline size_t chunk_size_of(const void *user)
{
    return size_word(user) & ~(size_t)FLAG_BITS;
}

static inline int flags_of(const void *user)
{
    return (int)(size_word(user) & FLAG_BITS);
}

static inline char *chunk_of(const void *user)
{
    return (char *)(uintptr_t)user - USER_OFFSET;
}

static inline char *user_of(const char *chunk)
{
    return (char *)(uintptr_t)chunk + USER_OFFSET;
}

/* The user pointer of the chunk that stands above this one. */
static inline char *user_above(const void *user)
{
    return (char *)(uintptr_t)user + chunk_size_of(user);
}

static inline bool below_counts_as_used(const void *user)
{
    return (flags_of(user) & P_BIT) != 0;
}

/* A free chunk's list links stand where the user's data was (C3). */
static inline char *link_next(const void *user)
{
    return (char *)word_at(user, 0);
}

static inline char *link_prev(const void *user)
{
    return (char *)word_at(user, 1);
}

static inline uintptr_t heap_base(const void *user)
{
    return (uintptr_t)user & ~(uintptr_t)(HEAP_MAX - 1);
}

/* The arena of a chunk: 0 for the main arena's and for mapped ones, else heap_info.ar_ptr (R9). */
static inline uintptr_t arena_of(const void *user)
{
    if (!(flags_of(user) & N_BIT) || (flags_of(user) & M_BIT))
        return 0;
    return (uintptr_t)word_at((const void *)heap_base(user), 0);
}

#endif
