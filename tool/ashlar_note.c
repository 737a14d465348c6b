/*
 * ashlar_note.c - program headers of every mapped file, read from the target's own memory.
 *
 * Symbols may be stripped and the file may be gone; headers and notes are in memory as long as the
 * code is.
 */
#include "ashlar_note.h"

#include "glibc_layout.h"
#include "glibc_state.h"
#include "memory.h"

#include <elf.h>
#include <string.h>

enum { HEADERS_MAX = 64, NOTES_MAX = 4096 };

/* Lengths in a note are filled up to words. */
static uint32_t padded(uint32_t n)
{
    return (n + 3) & ~(uint32_t)3;
}

/* Where our note's two words stand among the bytes; 0 if they are not there. */
static size_t find_note(const unsigned char *bytes, size_t n)
{
    Elf64_Nhdr note;
    for (size_t i = 0; i + sizeof note <= n;) {
        memcpy(&note, bytes + i, sizeof note);
        size_t name = i + sizeof note;
        if (note.n_namesz > NOTES_MAX || note.n_descsz > NOTES_MAX)
            return 0;
        size_t words = name + padded(note.n_namesz);
        if (note.n_namesz == sizeof DESCRIPTOR_OWNER && note.n_type == DESCRIPTOR_NOTE &&
            note.n_descsz == 8 && words + 8 <= n &&
            memcmp(bytes + name, DESCRIPTOR_OWNER, sizeof DESCRIPTOR_OWNER) == 0)
            return words;
        i = words + padded(note.n_descsz);
    }
    return 0;
}

/* One segment of notes; *at becomes the descriptor's address. */
static enum ashlar_note read_notes(const struct target *target, uint64_t start, uint64_t n,
                                   uint64_t *at)
{
    unsigned char bytes[NOTES_MAX];
    uint32_t layout;
    int32_t distance;
    if (n > sizeof bytes || !memory_read(target, start, bytes, n))
        return ASHLAR_NOTE_NONE;
    size_t words = find_note(bytes, n);
    if (words == 0)
        return ASHLAR_NOTE_NONE;
    memcpy(&layout, bytes + words, sizeof layout);
    memcpy(&distance, bytes + words + 4, sizeof distance);
    *at = start + words + 4 + (uint64_t)(int64_t)distance;
    return layout == DESCRIPTOR_LAYOUT ? ASHLAR_NOTE_FOUND : ASHLAR_NOTE_OTHER;
}

/* All notes of the file whose beginning is mapped at `start`. */
static enum ashlar_note read_file(const struct target *target, uint64_t start, uint64_t *at)
{
    Elf64_Ehdr file;
    Elf64_Phdr headers[HEADERS_MAX];
    uint64_t base = start;
    if (!memory_read(target, start, &file, sizeof file) ||
        memcmp(file.e_ident, ELFMAG, SELFMAG) != 0 || file.e_ident[EI_CLASS] != ELFCLASS64 ||
        file.e_phentsize != sizeof *headers || file.e_phnum == 0 || file.e_phnum > HEADERS_MAX ||
        !memory_read(target, start + file.e_phoff, headers, file.e_phnum * sizeof *headers))
        return ASHLAR_NOTE_NONE;
    for (unsigned i = file.e_phnum; i-- > 0;) {
        if (headers[i].p_type == PT_LOAD && headers[i].p_offset == 0)
            base = start - headers[i].p_vaddr;
    }
    for (unsigned i = 0; i < file.e_phnum; i++) {
        enum ashlar_note note = ASHLAR_NOTE_NONE;
        if (headers[i].p_type == PT_NOTE)
            note = read_notes(target, base + headers[i].p_vaddr, headers[i].p_memsz, at);
        if (note != ASHLAR_NOTE_NONE)
            return note;
    }
    return ASHLAR_NOTE_NONE;
}

/* What we count on; numbers of another build may differ, within bounds that keep us safe. */
static bool is_sane(const struct descriptor *d)
{
    const struct descriptor_runs *r = &d->runs;
    return d->layout == DESCRIPTOR_LAYOUT && d->bytes == sizeof *d &&
           d->arena.bin_ends == GLIBC_BINS && d->arena.fast_bins >= GLIBC_FAST_BINS &&
           d->arena.bins + GLIBC_BINS * 16 <= GLIBC_ARENA_BYTES && d->heap.most == GLIBC_HEAP_MAX &&
           r->head <= 16 << 20 && r->unit >= 4096 && r->unit % 4096 == 0 &&
           r->place % r->unit == 0 && r->head % r->place == 0 && r->mark_step > 0 &&
           r->mark_offsets > 0 && d->cache.bytes <= 1 << 20 && d->cache.lists <= 192 &&
           d->cache.shelf_most + d->cache.lists <= 240 && d->cache.boxes <= 64 &&
           d->cache.box_bytes <= 65536 && d->cache.packet_most <= 4096;
}

enum ashlar_note ashlar_note_find(const struct target *target, struct descriptor *where)
{
    for (size_t i = 0; i < target->areas.count; i++) {
        const struct area *area = &target->areas.list[i];
        uint64_t at;
        if (area->inode == 0 || area->offset != 0 || !(area->access & ACCESS_READ) ||
            area->access & ACCESS_SHARED)
            continue;
        enum ashlar_note note = read_file(target, area->start, &at);
        if (note == ASHLAR_NOTE_FOUND)
            return memory_read(target, at, where, sizeof *where) && is_sane(where)
                       ? ASHLAR_NOTE_FOUND
                       : ASHLAR_NOTE_OTHER;
        if (note == ASHLAR_NOTE_OTHER)
            return note;
    }
    return ASHLAR_NOTE_NONE;
}
