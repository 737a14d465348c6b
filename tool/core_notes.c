/*
 * core_notes.c - NT_PRPSINFO, NT_AUXV and NT_FILE, each read as far as it goes.
 *
 * A note is a type and a content; libelf finds its borders.  The contents are structures of the
 * kernel's (fs/binfmt_elf.c), in words of the process that ended, which may be shorter than ours:
 *
 *     NT_AUXV    type, value, type, value, ... 0, 0
 *     NT_FILE    count, page size, { start, end, offset in pages } for each, then the names,
 *                each with a zero byte behind it
 */
#include "core_notes.h"

#include "list.h"

#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>

/* A note's bytes, read in words of the core's size. */
struct reader {
    const char *at;
    size_t left;
    size_t word; /* 4 or 8 */
};

/* The next word; false behind the last. */
static bool read_word(struct reader *reader, uint64_t *value)
{
    uint32_t half;
    if (reader->left < reader->word)
        return false;
    if (reader->word == sizeof *value) {
        memcpy(value, reader->at, sizeof *value);
    } else {
        memcpy(&half, reader->at, sizeof half);
        *value = half;
    }
    reader->at += reader->word;
    reader->left -= reader->word;
    return true;
}

/* struct elf_prpsinfo of a 32-bit process, whose user and group have 16 bits. */
enum { INFO_32_BYTES = 124, INFO_32_PID = 12, INFO_32_NAME = 28 };

/* As a 32-bit kernel writes it, or a 64-bit one for a 32-bit process. */
static void read_process_32(const struct reader *note, struct core_notes *notes)
{
    uint32_t pid;
    if (note->left < INFO_32_BYTES)
        return;
    memcpy(&pid, note->at + INFO_32_PID, sizeof pid);
    notes->pid = (pid_t)pid;
    memcpy(notes->name, note->at + INFO_32_NAME, sizeof notes->name - 1);
}

/* As a 64-bit kernel writes it. */
static void read_process_64(const struct reader *note, struct core_notes *notes)
{
    struct elf_prpsinfo info;
    if (note->left < sizeof info)
        return;
    memcpy(&info, note->at, sizeof info);
    notes->pid = info.pr_pid;
    notes->user = info.pr_uid;
    memcpy(notes->name, info.pr_fname, sizeof notes->name - 1);
}

/* The size of its words tells which layout it has. */
static void read_process(const struct reader *note, struct core_notes *notes)
{
    if (note->word == 4)
        read_process_32(note, notes);
    else
        read_process_64(note, notes);
}

/* What the kernel told the program when it began; the loader lives on it, so it is always there. */
static void read_auxv(struct reader note, struct core_notes *notes)
{
    uint64_t type, value;
    while (read_word(&note, &type) && read_word(&note, &value) && type != AT_NULL) {
        switch (type) {
        case AT_PAGESZ: notes->page_size = value; break;
        case AT_ENTRY: notes->entry = value; break;
        case AT_SYSINFO_EHDR: notes->vdso = value; break;
        case AT_EXECFN: notes->stack = value; break;
        default: break;
        }
    }
}

/* The names follow the table in its order, each with its zero byte. */
static bool read_names(struct reader *note, struct core_notes *notes)
{
    notes->text = malloc(note->left + 1);
    if (!notes->text)
        return false;
    memcpy(notes->text, note->at, note->left);
    notes->text[note->left] = '\0';
    char *name = notes->text, *end = name + note->left;
    for (size_t i = 0; i < notes->count; i++) {
        notes->files[i].name = name;
        name = name < end ? name + strlen(name) + 1 : end;
        if (name > end)
            name = end;
    }
    return true;
}

/* count, page size, then start, end, offset in pages for each; then the names. */
static bool read_files(struct reader note, struct core_notes *notes)
{
    uint64_t count, unit;
    if (notes->files || !read_word(&note, &count) || !read_word(&note, &unit))
        return true;
    /* Each entry has three words and a name: a larger count is no count. */
    if (count == 0 || count > note.left / (3 * note.word))
        return true;
    notes->files = calloc((size_t)count, sizeof *notes->files);
    if (!notes->files)
        return false;
    notes->count = (size_t)count;
    for (size_t i = 0; i < notes->count; i++) {
        struct core_file *file = &notes->files[i];
        read_word(&note, &file->start);
        read_word(&note, &file->end);
        read_word(&note, &file->offset);
        file->offset *= unit;
    }
    return read_names(&note, notes);
}

/* False only when memory is out.  Notes of other types are about threads and registers. */
static bool read_note(unsigned type, const struct reader *note, struct core_notes *notes)
{
    switch (type) {
    case NT_PRPSINFO: read_process(note, notes); return true;
    case NT_AUXV: read_auxv(*note, notes); return true;
    case NT_FILE: return read_files(*note, notes);
    default: return true;
    }
}

/* A note that claims to be longer than its segment ends the reading of it. */
static bool read_segment(Elf *elf, const GElf_Phdr *header, size_t word, struct core_notes *notes)
{
    Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)header->p_offset, header->p_filesz,
                                          header->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
    size_t offset = 0, name, content;
    GElf_Nhdr note;
    while (data && (offset = gelf_getnote(data, offset, &note, &name, &content)) > 0) {
        if (content > data->d_size || note.n_descsz > data->d_size - content)
            return true;
        struct reader reader = {(const char *)data->d_buf + content, note.n_descsz, word};
        if (!read_note(note.n_type, &reader, notes))
            return false;
    }
    return true;
}

struct core_notes *core_notes_read(Elf *elf, uint64_t file_size, int bits)
{
    size_t count = 0;
    struct core_notes *notes = calloc(1, sizeof *notes);
    if (!notes || elf_getphdrnum(elf, &count) != 0)
        return notes;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_NOTE ||
            header.p_offset > file_size || header.p_filesz > file_size - header.p_offset)
            continue;
        if (!read_segment(elf, &header, bits == 32 ? 4 : 8, notes)) {
            core_notes_free(notes);
            return NULL;
        }
    }
    return notes;
}

const struct core_file *core_notes_file(const struct core_notes *notes, uint64_t at)
{
    return list_find(notes->files, notes->count, sizeof *notes->files, at);
}

void core_notes_free(struct core_notes *notes)
{
    if (!notes)
        return;
    free(notes->files);
    free(notes->text);
    free(notes);
}
