/*
 * explain_codes.c - the texts behind the codes, for `ashlar explain --code`.
 *
 * ashlar-explain(7) says the same in the same words, and a test compares the two: whoever changes
 * one is told to change the other.
 */
#include "explain_codes.h"

#include "paragraph.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Title, what happens and why, what helps and what it costs. */
static const struct explain_code_text texts[EXPLAIN_CODES] = {
    [Q000_HEALTHY] =
        {"healthy, nothing to do",
         "Little of what the process has in memory is free memory that malloc keeps. What it uses "
         "it needs, or at least has not freed.",
         "To use less it would have to allocate less, or free more. ashlar heap --hist shows the "
         "sizes of its blocks."},
    [Q001_PINNED_TOP] =
        {"brk can only shrink from the end",
         "The main arena grows by moving the break, the end of one stretch of memory. free() gives "
         "memory back by moving the break down, so a single live block near the end keeps all that "
         "is below it, however much of it is free.",
         "malloc_trim(0), called after a burst of frees, returns the whole free pages below too "
         "(madvise). Blocks that live long should be allocated before the burst, or by another "
         "thread. libashlar returns such pages by itself."},
    [Q002_BELOW_TRIM_THRESHOLD] =
        {"free memory at the end, below the trim threshold",
         "The free memory at the end of the heap goes back only when it is more than the trim "
         "threshold (128 KiB at first). What is below it is kept for the next allocation.",
         "Start the program with MALLOC_TRIM_THRESHOLD_=BYTES, or call mallopt(M_TRIM_THRESHOLD, "
         "BYTES); the price is more system calls when the heap swings."},
    [Q003_THRESHOLD_RAISED] =
        {"a freed mapping raised the thresholds",
         "Blocks of at least the mmap threshold (128 KiB at first, 32 MiB at most) get a mapping "
         "of "
         "their own, which free() returns at once. But when such a block is freed, glibc raises "
         "the "
         "threshold to its size, and the trim threshold to twice that: from then on blocks of that "
         "size come from the heap and stay there when they are freed.",
         "Setting either threshold freezes both: MALLOC_MMAP_THRESHOLD_=131072 in the environment, "
         "or mallopt(M_MMAP_THRESHOLD, 128 * 1024). The price is a system call and fresh pages for "
         "each large block."},
    [Q004_IDLE_ARENAS] =
        {"free memory in arenas of threads",
         "Each thread takes memory from an arena of its own. An arena is trimmed only when memory "
         "at its own end is freed; a thread that sleeps or has ended frees nothing, and no other "
         "thread uses what it left.",
         "malloc_trim(0) returns the whole free pages of all arenas. MALLOC_ARENA_MAX=2 makes "
         "threads share arenas; the price is waiting for one another."},
    [Q005_MANY_ARENAS] =
        {"many arenas",
         "glibc makes up to eight arenas for each core. Each keeps free memory of its own: a top, "
         "partly filled pages, free blocks that no other arena may use.",
         "MALLOC_ARENA_MAX=2 (or 4) in the environment; the price is threads that wait for one "
         "another in malloc."},
    [Q006_PINNED_PAGES] =
        {"pages held by a few live blocks",
         "A page goes back only as a whole. Where a small block survives among freed ones its page "
         "stays, and the free bytes around it can only be used again.",
         "No call returns them, because blocks cannot be moved. Blocks of one lifetime allocated "
         "together (an arena or pool for each request) keep pages whole."},
    [Q007_HOARD] =
        {"caches of threads, fast bins",
         "Freed blocks in a thread's cache count as in use for the arena: they are not joined with "
         "their neighbours, so they hold their pages and pin what is below them.",
         "Start the program with GLIBC_TUNABLES=glibc.malloc.tcache_count=0 (the price is a lock "
         "for each malloc), or end threads that are idle: their caches are emptied then."},
    [Q008_LARGE_LIVE] = {"large live blocks",
                         "Large blocks have mappings of their own. free() returns them at once; "
                         "these have not been "
                         "freed.",
                         "They are the program's. ashlar heap --chunks lists them."},
    [Q009_NOT_MALLOC] =
        {"not malloc's memory",
         "Most of the resident memory does not come from glibc's malloc: code, mapped files, "
         "shared "
         "memory, stacks, memory of another allocator or of a run time with a heap of its own.",
         "ashlar map shows what it is. malloc's settings do not change it."},
    [Q010_LAZILY_FREED] =
        {"given back, not taken yet",
         "Memory that was returned by madvise(MADV_FREE) counts as resident until the kernel needs "
         "it.",
         "Nothing has to be done: it is free memory for the rest of the system."},
    [Q011_HUGE_PAGES] =
        {"transparent huge pages",
         "The kernel may back a whole 2 MiB for one byte that was touched. A huge page that is "
         "returned in part stays counted until it is split.",
         "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled turns them off for programs "
         "that do not ask; prctl(PR_SET_THP_DISABLE) for one program."},
    [Q012_LEAK] =
        {"looks like a leak",
         "The live memory grew each time it was measured. It may be a leak, a cache that fills up, "
         "or just work.",
         "Measure longer: ashlar explain --watch=60 PID. A recorder of allocations tells which "
         "call "
         "site grows."},
    [Q013_RESERVED_ONLY] =
        {"virtual size is not memory",
         "Address space that is reserved and not touched costs nothing: each thread's arena "
         "reserves "
         "64 MiB, each thread's stack usually 8 MiB.",
         "Look at the resident size (RSS) instead of the virtual size (VSZ, VIRT)."},
    [Q014_WAITS] =
        {"free pages that wait to go back",
         "libashlar keeps free pages for a moment, because what is wanted again soon need not be "
         "brought into memory again. What nobody has wanted for the decay time (a second, unless "
         "ASHLAR_DECAY says otherwise) goes back to the kernel by itself.",
         "Nothing has to be done. ASHLAR_DECAY=MILLISECONDS changes the time, 0 returns pages at "
         "once; the price is page faults."},
    [Q015_NO_DECAY] =
        {"free pages that nothing gives back",
         "libashlar gives pages that nobody wants back to the kernel after the decay time. Here "
         "that is turned off (ASHLAR_DECAY=-1), so free slots and places keep the pages that they "
         "once had.",
         "Leave ASHLAR_DECAY alone or set it to milliseconds; or call malloc_trim(0) where much "
         "was freed."},
};

const struct explain_code_text *explain_code_text(enum explain_code code)
{
    return &texts[code];
}

enum explain_code explain_code_named(const char *name)
{
    char *end;
    if (*name == 'Q' || *name == 'q')
        name++;
    unsigned long number = strtoul(name, &end, 10);
    if (!isdigit((unsigned char)*name) || *end || number >= EXPLAIN_CODES)
        return EXPLAIN_CODES;
    return (enum explain_code)number;
}

void explain_code_print(enum explain_code code)
{
    const struct explain_code_text *text = &texts[code];
    printf("Q%03u  %s\n\n", (unsigned)code, text->title);
    paragraph_print(text->meaning, 0);
    putchar('\n');
    paragraph_print(text->remedy, 0);
}
