/*
 * pages.c - the bits of pagemap, in pieces that fit on the stack.
 *
 * pagemap has a 64-bit entry for each page of the address space, whether something is mapped there
 * or not: the entry of an address stands at its page's number times eight.  The low bits are where
 * the page lies in the machine's memory, and 0 for those who are not root; the high bits are for
 * everybody who may look at the process:
 *
 *     63 present   62 swapped   61 of a file or shared   58 a guard   56 mapped by nobody else
 */
#include "pages.h"

#include "core.h"

#include <string.h>
#include <unistd.h>

/* Bits of a pagemap entry (Documentation/admin-guide/mm/pagemap.rst). */
#define ENTRY_PRESENT ((uint64_t)1 << 63)
#define ENTRY_SWAPPED ((uint64_t)1 << 62)
#define ENTRY_GUARD ((uint64_t)1 << 58)

/* 8 MiB of the target in one system call. */

enum { PIECE = 2048 };

/* A file page that was written out to its own file is "swapped" for nobody: the bit means what it
 * says for anonymous pages only, and for them reading brings back what the program wrote. */
static uint8_t page_of(uint64_t entry)
{
    /* A guard (MADV_GUARD_INSTALL) is kept where the kernel keeps what it swapped out. */
    if (entry & ENTRY_GUARD)
        return PAGE_ABSENT;
    if (entry & ENTRY_PRESENT)
        return PAGE_PRESENT;
    return entry & ENTRY_SWAPPED ? PAGE_SWAPPED : PAGE_ABSENT;
}

/* One piece; behind the last area the kernel gives no entries, and nothing is there. */
static bool read_piece(const struct target *target, uint64_t first, size_t count, uint8_t *pages)
{
    uint64_t entries[PIECE];
    ssize_t got =
        pread(target->pagemap, entries, count * sizeof *entries, (off_t)(first * sizeof *entries));
    if (got < 0)
        return false;
    size_t read = (size_t)got / sizeof *entries;
    for (size_t i = 0; i < count; i++)
        pages[i] = i < read ? page_of(entries[i]) : (uint8_t)PAGE_ABSENT;
    return true;
}

/* By pages, although the core's segments are longer: they are few, and found by a search. */
static void read_core_pages(const struct target *target, uint64_t at, size_t count, uint8_t *pages)
{
    for (size_t i = 0; i < count; i++)
        pages[i] = core_holds(target->core, at + i * target->page_size);
}

bool pages_read(const struct target *target, uint64_t at, size_t count, uint8_t *pages)
{
    uint64_t first = at / target->page_size;
    if (target->core) {
        read_core_pages(target, at, count, pages);
        return true;
    }
    /* What a snapshot knows of pages is in its regions and its heap. */
    if (target->saved) {
        memset(pages, PAGE_ABSENT, count);
        return false;
    }
    for (size_t i = 0; i < count; i += PIECE) {
        size_t piece = count - i < PIECE ? count - i : PIECE;
        if (target->pagemap >= 0 && read_piece(target, first + i, piece, pages + i))
            continue;
        memset(pages + i, PAGE_PRESENT, count - i);
        return false;
    }
    return true;
}

/* What cannot be known counts as resident, as pages_read says. */
uint64_t pages_resident(const struct target *target, uint64_t start, uint64_t end)
{
    uint8_t pages[PIECE];
    uint64_t size = target->page_size, resident = 0;
    if (target->core)
        return core_held_bytes(target->core, start - start % size, (end + size - 1) / size * size);
    for (uint64_t at = start - start % size; at < end; at += PIECE * size) {
        uint64_t left = (end - at + size - 1) / size;
        size_t count = left < PIECE ? (size_t)left : PIECE;
        pages_read(target, at, count, pages);
        for (size_t i = 0; i < count; i++)
            resident += pages[i] == PAGE_PRESENT;
    }
    return resident * size;
}
