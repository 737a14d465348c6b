/*
 * claims.c - guesses from the first words of anonymous areas, and their union with what is known.
 *
 * What glibc's malloc and threads leave in memory without a name, and how it is told:
 *
 *     thread heap     | heap_info | arena | chunks ...      |--- reserved ---|
 *                     ^ a multiple of 64 MiB                                 ^ the next one
 *     mapped chunk    | 0 | pages + 2 | block               |
 *                     ^ a page
 *     thread stack    | guard |      <- grows |  TLS | thread |
 *                                                    ^ points at itself
 *
 * libashlar's heaps and mapped chunks look the same, because they keep glibc's structures.  A guess
 * is made only where no heap model has claimed anything; where it is wrong, a region has a wrong
 * name, and no number is wrong.
 */
#include "claims.h"

#include "list.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

/* The word sizes' parts of glibc's constants (arena.c, malloc.c). */
static uint64_t heap_max(const struct target *target)
{
    return target->bits == 64 ? (uint64_t)64 << 20 : (uint64_t)1 << 20;
}

/* Sizes and pointers are words of the target's. */
static uint64_t word_size(const struct target *target)
{
    return target->bits == 64 ? 8 : 4;
}

/* Words from there on; false if they cannot be read, which is no reason to complain: nothing is
 * guessed then. */
static bool read_words(const struct target *target, uint64_t at, uint64_t *words, size_t count)
{
    if (target->bits == 64)
        return memory_read(target, at, words, count * sizeof *words);
    for (size_t i = 0; i < count; i++) {
        if (!memory_read_word(target, at + i * word_size(target), &words[i]))
            return false;
    }
    return true;
}

/* The list grows as others are found. */
static void append(struct region_claims *claims, const struct region_claim *claim)
{
    claims->list = list_room(claims->list, claims->count, sizeof *claims->list);
    claims->list[claims->count++] = *claim;
}

static void add(struct region_claims *claims, uint64_t start, uint64_t end, enum region_kind kind)
{
    struct region_claim claim = {.start = start, .end = end, .kind = kind};
    append(claims, &claim);
}

/* As memory for a heap or a stack is. */
static bool is_writable(const struct area *area)
{
    unsigned both = ACCESS_READ | ACCESS_WRITE;
    return area_is_anonymous(area) && (area->access & both) == both;
}

/* Without access: a reservation, or a guard. */
static bool is_reserved(const struct area *area)
{
    return area_is_anonymous(area) && (area->access & ~(unsigned)ACCESS_SHARED) == 0;
}

/* Where the anonymous memory that begins at `at` ends: the writable part, and what is only reserved
 * behind it, at most `limit`. */
static uint64_t extent(const struct target *target, uint64_t at, uint64_t limit)
{
    bool reserved = false;
    while (at < limit) {
        const struct area *area = areas_find(&target->areas, at);
        /* Writable memory behind the reservation is something else. */
        if (!area || !(is_reserved(area) || (is_writable(area) && !reserved)))
            break;
        reserved = is_reserved(area);
        at = area->end;
    }
    return at < limit ? at : limit;
}

/* A heap_info begins with its arena, the heap before it, its size and how much of it is writable.
 * The arena lies right behind the heap_info of the first heap, which is aligned as this one is. */
static bool is_thread_heap(const struct target *target, uint64_t at)
{
    uint64_t max = heap_max(target), words[4];
    if (at % max != 0 || !read_words(target, at, words, 4))
        return false;
    uint64_t arena = words[0], before = words[1], size = words[2], writable = words[3];
    return arena % max >= 3 * word_size(target) && arena % max < 128 && before % max == 0 &&
           (before != 0 || arena - arena % max == at) && size > 0 && size <= max &&
           writable >= size && writable <= max && writable % target->page_size == 0;
}

/* Without its memory, a heap is told by where it begins and where its reservation ends. */
static bool looks_like_heap(const struct target *target, const struct area *area, uint64_t at)
{
    uint64_t max = heap_max(target);
    return at == area->start && at % max == 0 && area->end < at + max &&
           extent(target, at, at + max) == at + max;
}

/* Where the heap that begins at `at` ends, its reservation included; 0 if none does. */
static uint64_t guess_heap(const struct target *target, const struct area *area, uint64_t at)
{
    uint64_t max = heap_max(target);
    bool is_heap =
        target->memory_denied ? looks_like_heap(target, area, at) : is_thread_heap(target, at);
    return is_heap ? extent(target, at, at + max) : 0;
}

/* Where the mapped chunk that begins at `at` ends; 0 if none does.  prev_size is 0 unless the
 * chunk was aligned, the size is whole pages with only the M bit set. */
static uint64_t guess_chunk(const struct target *target, const struct area *area, uint64_t at)
{
    enum { FLAGS = 7, MAPPED = 2 };
    uint64_t words[2];
    if (!read_words(target, at, words, 2) || words[0] != 0)
        return 0;
    uint64_t size = words[1] & ~(uint64_t)FLAGS;
    if ((words[1] & FLAGS) != MAPPED || size == 0 || size % target->page_size != 0)
        return 0;
    return size <= area->end - at ? at + size : 0;
}

/* The last pages of a thread's stack hold its struct pthread; on x86 its first and third words are
 * its own address, which is how the code there finds it. */
static bool ends_in_thread(const struct target *target, const struct area *area)
{
    uint64_t words[1024];
    if (area_size(area) < sizeof words || target->bits == 32)
        return false;
    uint64_t at = area->end - sizeof words;
    if (!memory_read(target, at, words, sizeof words))
        return false;
    for (size_t i = 0; i + 2 < sizeof words / sizeof *words; i++) {
        if (words[i] == at + i * sizeof *words && words[i + 2] == words[i])
            return true;
    }
    return false;
}

/* The guard is a small area without access, right below. */
static const struct area *guard_of(const struct target *target, const struct area *area)
{
    enum { GUARD_PAGES = 64 };
    const struct area *below = area > target->areas.list ? area - 1 : NULL;
    bool guarded = below && below->end == area->start && is_reserved(below) &&
                   area_size(below) <= GUARD_PAGES * target->page_size;
    return guarded ? below : NULL;
}

/* Where the stack begins, its guard included; 0 if it is none.  The main thread's descriptor lies in
 * a small area without a guard, and its stack elsewhere; since glibc 2.42 no guard is an area of its
 * own, and size alone tells the two apart. */
static uint64_t guess_stack(const struct target *target, const struct area *area)
{
    enum { STACK_LEAST = 256 << 10 };
    const struct area *guard = guard_of(target, area);
    if (!guard && area_size(area) < STACK_LEAST)
        return 0;
    if (target->memory_denied ? !guard : !ends_in_thread(target, area))
        return 0;
    return guard ? guard->start : area->start;
}

/* An area may hold several heaps, or several chunks, wall to wall: the kernel has joined them. */
static void guess_area(const struct target *target, const struct area *area,
                       struct region_claims *claims)
{
    uint64_t start = guess_stack(target, area), at = area->start, end;
    if (start) {
        add(claims, start, area->end, REGION_THREAD_STACK);
        return;
    }
    while (at < area->end) {
        if ((end = guess_heap(target, area, at)))
            add(claims, at, end, REGION_THREAD_HEAP);
        else if ((end = guess_chunk(target, area, at)))
            add(claims, at, end, REGION_MAPPED_CHUNK);
        else
            return;
        at = end;
    }
}

/* For qsort; claims that begin at the same address may come in any order. */
static int by_start(const void *one, const void *other)
{
    const struct region_claim *a = one, *b = other;
    return (a->start > b->start) - (a->start < b->start);
}

/* What is left of a claim behind the one before it; a claim without anything left goes. */
static void remove_overlaps(struct region_claims *claims)
{
    size_t kept = 0;
    uint64_t end = 0;
    for (size_t i = 0; i < claims->count; i++) {
        struct region_claim claim = claims->list[i];
        if (claim.start < end)
            claim.start = end;
        if (claim.start >= claim.end)
            continue;
        end = claim.end;
        claims->list[kept++] = claim;
    }
    claims->count = kept;
}

/* After this the list can be searched. */
static void put_in_order(struct region_claims *claims)
{
    if (claims->count > 0)
        qsort(claims->list, claims->count, sizeof *claims->list, by_start);
    remove_overlaps(claims);
}

/* Whether a claim covers a part of the area.  The claims are in order. */
static bool touches(const struct region_claims *claims, const struct area *area)
{
    size_t i = list_from(claims->list, claims->count, sizeof *claims->list, area->start);
    return i < claims->count && claims->list[i].start < area->end;
}

/* The part of the [heap] area below start_brk is bss: without ASLR the two are neighbours, and the
 * kernel makes one area of them. */
static void claim_break(const struct area *area, const struct layout *layout,
                        struct region_claims *claims)
{
    bool inside = layout->start_brk > area->start && layout->start_brk < area->end;
    if (inside)
        add(claims, area->start, layout->start_brk, REGION_BSS);
    add(claims, inside ? layout->start_brk : area->start, area->end, REGION_BREAK);
}

/* Every area that no claim touches, in the order of addresses. */
static void guess(const struct target *target, const struct layout *layout,
                  const struct region_claims *known, struct region_claims *guessed)
{
    for (size_t i = 0; i < target->areas.count; i++) {
        const struct area *area = &target->areas.list[i];
        if (touches(known, area))
            continue;
        if (strcmp(area->name, "[heap]") == 0)
            claim_break(area, layout, guessed);
        else if (is_writable(area))
            guess_area(target, area, guessed);
    }
}

void claims_gather(const struct target *target, const struct layout *layout,
                   const struct region_claims *given, struct region_claims *all)
{
    struct region_claims guessed = {0};
    *all = (struct region_claims){0};
    for (size_t i = 0; given && i < given->count; i++)
        append(all, &given->list[i]);
    put_in_order(all);
    guess(target, layout, all, &guessed);
    for (size_t i = 0; i < guessed.count; i++)
        append(all, &guessed.list[i]);
    free(guessed.list);
    put_in_order(all);
}
