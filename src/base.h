/*
 * base.h - words of one syllable: alignment, hints, visibility, and what every file takes for
 * granted of the platform.
 *
 * Nobody stands below this file; everybody may use it.
 */
#ifndef ASHLAR_BASE_H
#define ASHLAR_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef ASHLAR_CHECKING
#define ASHLAR_CHECKING 0
#endif
#ifndef ASHLAR_INJECT
#define ASHLAR_INJECT 0
#endif
#ifndef ASHLAR_SECURE
#define ASHLAR_SECURE 0
#endif
#ifndef ASHLAR_STATIC
#define ASHLAR_STATIC 0
#endif

/*
 * Builds of the same source: with asserts; with refusals of the kernel made to order; for programs
 * that are attacked (secure.h).
 */
enum { CHECKING = ASHLAR_CHECKING, INJECTING = ASHLAR_INJECT, SECURE = ASHLAR_SECURE };

#define EXPORT __attribute__((visibility("default")))
#define NOINLINE __attribute__((noinline))
#define WEAK __attribute__((weak))
/* An object that is all zero and large: it stands behind the small ones (libashlar.lds). */
#define BEHIND_ALL __attribute__((section(".bss.large")))
#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

/* The unit everything is counted in: a size, a pointer, one cell of a header. */
#define WORD sizeof(size_t)

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

/* A thread heap is one reservation of this size, aligned to it, so that masking finds its head. */
#define HEAP_MAX (WORD == 8 ? 64 * MIB : 1 * MIB)

/* No address of a program's memory has more bits, if it does not ask for such. */
#if defined(__aarch64__)
#define ADDRESS_BITS 48
#else
#define ADDRESS_BITS (WORD == 8 ? 47 : 32)
#endif

static_assert(sizeof(size_t) == sizeof(void *), "a size and a pointer fill one word each");
static_assert(sizeof(size_t) == 8 || sizeof(size_t) == 4, "words are 64 or 32 bits");
static_assert(PTRDIFF_MAX == SIZE_MAX / 2, "half of all sizes can be the distance of two pointers");
static_assert((HEAP_MAX & (HEAP_MAX - 1)) == 0, "masking an address finds the head of its heap");

/*
 * Our own mistakes, in checking builds.  The standard assert prints through stdio, which allocates;
 * this one writes one line and aborts.
 */
#undef assert
#define assert(law)                                                                                \
    ((void)(!CHECKING || likely(law) || (assert_failed(#law, __FILE__, __LINE__), 0)))

_Noreturn void assert_failed(const char *law, const char *file, int line);

/*
 * Keep the compiler from looking through a value: it costs no instruction.  For the few places
 * where it would otherwise undo an address computation that the processor does for nothing, or
 * copy a register once more.  The pointer is not NULL.
 */
static inline size_t as_computed(size_t value)
{
    __asm__("" : "+r"(value));
    return value;
}

static inline void *as_computed_pointer(void *pointer)
{
    __asm__("" : "+r"(pointer));
    if (!pointer)
        __builtin_unreachable();
    return pointer;
}

/*
 * What DWARF calls the stack pointer, the frame pointer and the place of the return address; 0
 * where stacks are followed by frame pointers alone.
 */
#if defined(__x86_64__)
enum { DWARF_SP = 7, DWARF_FP = 6, DWARF_RETURN = 16 };
#else
enum { DWARF_SP = 0, DWARF_FP = 0, DWARF_RETURN = 0 };
#endif

/* Tell the processor that this is a loop which waits for another one. */
static inline void spin_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static inline bool is_power_of_two(size_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

/* n rounded up, or down, to a multiple of unit, a power of two.  The caller rules out overflow. */
static inline size_t align_up(size_t n, size_t unit)
{
    assert(is_power_of_two(unit) && n <= SIZE_MAX - (unit - 1));
    return (n + unit - 1) & ~(unit - 1);
}

static inline size_t align_down(size_t n, size_t unit)
{
    assert(is_power_of_two(unit));
    return n & ~(unit - 1);
}

static inline bool is_aligned(const void *p, size_t unit)
{
    assert(is_power_of_two(unit));
    return ((uintptr_t)p & (unit - 1)) == 0;
}

/* The larger, the smaller, and the difference that stops at zero. */
static inline size_t max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

static inline size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t minus_or_zero(size_t a, size_t b)
{
    return a > b ? a - b : 0;
}

#endif
