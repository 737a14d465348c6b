/*
 * layouts.c - a process that looks inside like one with glibc 2.MINOR, for the versions that this
 * machine does not have.  There is no libc in it: main_arena, malloc_par, the thread's cache and a
 * small heap are laid out by hand, as that version would have them, and told as in scenario.h.
 *
 *     cc -DMINOR=28 -nostdlib -static -ffreestanding -fno-stack-protector ...
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

typedef uint64_t word;

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

__attribute__((used)) static const char banner[] =
    "GNU C Library (made by hand) stable release version 2." TEXT(MINOR) ".\nno copyright\n";

enum { PAGE = 4096, BREAK = 33 * PAGE };

struct state {
    int lock, flags;
#if MINOR >= 27 && MINOR < 43
    int have_fast;
#endif
#if MINOR < 43
    word fast[10];
#endif
    word top, last_remainder, bins[254];
    unsigned binmap[4];
    volatile struct state *next, *next_free;
    word threads, system, system_max;
};

struct par {
    word trim_threshold, top_pad, mmap_threshold, arena_test, arena_max;
#if MINOR >= 43
    int thp_mode;
#endif
#if MINOR >= 35
    word thp_pagesize, hp_pagesize;
    int hp_flags;
#endif
    int n_mmaps, n_mmaps_max, max_n_mmaps, no_dyn_threshold;
    word mapped, mapped_max, sbrk_base, cache_bins, cache_bytes, cache_count;
};

struct cache {
#if MINOR >= 42
    uint16_t number[76];
    word first[76];
#elif MINOR >= 30
    uint16_t number[64];
    word first[64];
#else
    uint8_t number[64];
    word first[64];
#endif
};

enum { CACHE_COUNT = MINOR >= 42 ? 16 : 7, MANGLED = MINOR >= 32, HAS_FAST = MINOR < 43 };

__attribute__((used)) static volatile struct state main_arena = {.next = &main_arena, .threads = 1};
__attribute__((used)) static volatile struct par par = {.trim_threshold = 131072,
                                                        .top_pad = 131072,
                                                        .mmap_threshold = 131072,
                                                        .arena_test = 8,
                                                        .n_mmaps_max = 65536,
                                                        .cache_bins = 64,
                                                        .cache_bytes = 1032,
                                                        .cache_count = CACHE_COUNT};

static long call(long number, long a, long b, long c)
{
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

static void tell(const char *text)
{
    long n = 0;
    while (text[n])
        n++;
    call(SYS_write, 1, (long)text, n);
}

static void tell_number(word number, word base)
{
    char text[24], *at = text + sizeof text - 1;
    *at = '\0';
    do
        *--at = "0123456789abcdef"[number % base];
    while (number /= base);
    tell(at);
}

static char *end; /* of the last chunk that was cut */

/* Cut a chunk of that size behind the last one. */
static char *cut(word size, word previous_in_use, const char *state)
{
    char *chunk = end;
    ((word *)chunk)[1] = size | previous_in_use;
    end += size;
    if (!state)
        return chunk;
    tell("block ");
    tell_number((word)chunk + 16, 16);
    tell(" ");
    tell_number(size - 8, 10);
    tell(" ");
    tell(state);
    tell("\n");
    return chunk;
}

static void link_into(char *chunk, unsigned bin)
{
    char *head = (char *)&main_arena.bins[2 * (bin - 1)] - 16;
    ((word *)chunk)[2] = ((word *)chunk)[3] = (word)head;
    ((word *)head)[2] = ((word *)head)[3] = (word)chunk;
}

static word mangled(const void *place, const void *next)
{
    return MANGLED ? (word)next ^ (word)place >> 12 : (word)next;
}

/* A free chunk repeats its size in the one above, and has a live one there that knows it. */
static char *cut_free(word size, unsigned bin, const char *state)
{
    char *chunk = cut(size, 1, state);
    link_into(chunk, bin);
    *(word *)end = size;
    cut(32, 0, "live");
    return chunk;
}

static void fill(char *start)
{
    end = start;
    struct cache *cache =
        (struct cache *)(cut((sizeof *cache + 8 + 15) & ~(word)15, 1, (void *)0) + 16);
    for (unsigned i = 0; MINOR >= 42 && i < 64; i++)
        cache->number[i] = CACHE_COUNT;
    cut(48, 1, "live");
    char *low = cut(64, 1, "cached");
    cut(4000, 1, "live");
    char *high = cut(64, 1, "cached");
    cut(32, 1, "live");
    *(word *)(high + 16) = mangled(high + 16, low + 16);
    *(word *)(low + 16) = mangled(low + 16, (void *)0);
    cache->first[2] = (word)high + 16;
    cache->number[2] = MINOR >= 42 ? CACHE_COUNT - 2 : 2;
    cut_free(144, 9, "small");
    cut_free(4096, 98, "large");
    cut_free(2048, 1, "unsorted");
    if (HAS_FAST) {
        char *fast = cut(48, 1, "fast");
        cut(32, 1, "live");
#if MINOR < 43
        main_arena.fast[1] = (word)fast;
#endif
        *(word *)(fast + 16) = mangled(fast + 16, (void *)0);
    }
    main_arena.top = (word)cut((word)(start + BREAK - end), 1, (void *)0);
}

__attribute__((used)) static void begin(void)
{
    char *start = (char *)(((word)call(SYS_brk, 0, 0, 0) + 15) & ~(word)15);
    start = (char *)(((word)start + PAGE - 1) & ~(word)(PAGE - 1));
    call(SYS_brk, (long)start + BREAK, 0, 0);
    for (unsigned bin = 1; bin < 128; bin++) {
        char *head = (char *)&main_arena.bins[2 * (bin - 1)] - 16;
        ((word *)head)[2] = ((word *)head)[3] = (word)head;
    }
    par.sbrk_base = (word)start;
    main_arena.system = main_arena.system_max = BREAK;
    fill(start);
    tell("ready\n");
    for (;;)
        call(SYS_pause, 0, 0, 0);
}

__asm__(".globl _start\n_start: andq $-16, %rsp\n call begin\n");
