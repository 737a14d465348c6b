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

/* The headers of a file, copied. */
struct headers {
    Elf64_Ehdr file;
    Elf64_Phdr list[HEADERS_MAX];
};

/* Copy those of the file whose beginning is mapped at `start`. */
static bool read_headers(const struct target *target, uint64_t start, struct headers *headers)
{
    const Elf64_Ehdr *file = &headers->file;
    return memory_read(target, start, &headers->file, sizeof *file) &&
           memcmp(file->e_ident, ELFMAG, SELFMAG) == 0 && file->e_ident[EI_CLASS] == ELFCLASS64 &&
           file->e_phentsize == sizeof(Elf64_Phdr) && file->e_phnum > 0 &&
           file->e_phnum <= HEADERS_MAX &&
           memory_read(target, start + file->e_phoff, headers->list,
                       file->e_phnum * sizeof(Elf64_Phdr));
}

/* What is added to the file's addresses where it is mapped. */
static uint64_t base_of(const struct headers *headers, uint64_t start)
{
    for (unsigned i = 0; i < headers->file.e_phnum; i++) {
        if (headers->list[i].p_type == PT_LOAD && headers->list[i].p_offset == 0)
            return start - headers->list[i].p_vaddr;
    }
    return start;
}

/* All notes of the file whose beginning is mapped at `start`. */
static enum ashlar_note read_file(const struct target *target, uint64_t start, uint64_t *at)
{
    struct headers headers;
    enum ashlar_note note = ASHLAR_NOTE_NONE;
    if (!read_headers(target, start, &headers))
        return ASHLAR_NOTE_NONE;
    uint64_t base = base_of(&headers, start);
    for (unsigned i = 0; i < headers.file.e_phnum && note == ASHLAR_NOTE_NONE; i++) {
        const Elf64_Phdr *header = &headers.list[i];
        if (header->p_type == PT_NOTE)
            note = read_notes(target, base + header->p_vaddr, header->p_memsz, at);
    }
    return note;
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
           d->cache.box_bytes <= 65536 && d->cache.packet_most <= 4096 &&
           d->cache.kept_rings <= 8 && d->cache.kept_most <= 4096;
}

/* Only the beginning of a file has its headers, and whoever maps one to read it does not run it. */
static bool may_begin_file(const struct area *area)
{
    return area->inode != 0 && area->offset == 0 && area->access & ACCESS_READ &&
           !(area->access & ACCESS_SHARED);
}

enum ashlar_note ashlar_note_find(const struct target *target, struct descriptor *where)
{
    enum ashlar_note note = ASHLAR_NOTE_NONE;
    uint64_t at = 0;
    for (size_t i = 0; i < target->areas.count && note == ASHLAR_NOTE_NONE; i++) {
        if (may_begin_file(&target->areas.list[i]))
            note = read_file(target, target->areas.list[i].start, &at);
    }
    if (note == ASHLAR_NOTE_FOUND &&
        !(memory_read(target, at, where, sizeof *where) && is_sane(where)))
        return ASHLAR_NOTE_OTHER;
    return note;
}
