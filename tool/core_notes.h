/*
 * core_notes.h - the notes of a core file: who the process was, and which files it had mapped.
 *
 * What the notes do not say stays 0 or empty; their sizes are checked against the note's own.
 */
#ifndef TOOL_CORE_NOTES_H
#define TOOL_CORE_NOTES_H

#include <libelf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A stretch of a file that was mapped. */
struct core_file {
    uint64_t start, end;
    uint64_t offset;  /* in bytes */
    const char *name; /* within text */
};

struct core_notes {
    pid_t pid;
    uid_t user;
    char name[17];
    uint64_t page_size;
    uint64_t entry;          /* where the program begins: lies in its text */
    uint64_t vdso;           /* where the kernel's own pages begin */
    uint64_t stack;          /* an address in the main stack */
    struct core_file *files; /* sorted by address, as the kernel writes them */
    size_t count;
    char *text; /* their names, one after the other */
};

/* Read all notes.  file_size bounds what is believed.  NULL if memory is out; no notes are fine. */
struct core_notes *core_notes_read(Elf *elf, uint64_t file_size, int bits);

/* The file that was mapped at the address, or NULL. */
const struct core_file *core_notes_file(const struct core_notes *notes, uint64_t at);

/* NULL is allowed. */
void core_notes_free(struct core_notes *notes);

#endif
