/*
 * image_text.c - a search through what of a file is mapped read-only: its code and constants.
 *
 * Segments, not sections: a file that is stripped of symbols may have lost its section headers too,
 * and segments are what the kernel needs to run it.  Versions are written in constants as well:
 *
 *     glibc       GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36.
 *     jemalloc    5.3.0-0-g54eaed1d8b56b1aa528be3bdd1877e59c56fa90c
 *     gperftools  gperftools 2.10
 */
#include "image_text.h"

#include "glibc_layout.h"

#include <ctype.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>

/* No constants of a program's are larger than this; what is behind is not searched. */
#define SEARCHED_MAX ((uint64_t)64 << 20)

/* What they say when something is wrong. */
static const struct {
    enum allocator_id id;
    const char *phrase;
} phrases[] = {
    {ALLOCATOR_ASHLAR, "ashlar: "},
    {ALLOCATOR_JEMALLOC, "<jemalloc>: "},
    {ALLOCATOR_MIMALLOC, "mimalloc: warning: "},
    {ALLOCATOR_TCMALLOC, "tcmalloc: "},
    {ALLOCATOR_GLIBC, "malloc(): corrupted top size"},
};

/* Each part of the file that may hold constants, until the visitor is content. */
static bool each_part(Elf *elf, bool (*visit)(const char *, size_t, void *), void *what)
{
    size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_LOAD ||
            (header.p_flags & PF_W))
            continue;
        uint64_t size = header.p_filesz < SEARCHED_MAX ? header.p_filesz : SEARCHED_MAX;
        Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)header.p_offset, size, ELF_T_BYTE);
        if (data && data->d_buf && visit(data->d_buf, data->d_size, what))
            return true;
    }
    return false;
}

/* In the order of the list: an allocator may speak of another one, of the C library's most of all. */
static bool find_phrase(const char *text, size_t n, void *what)
{
    enum allocator_id *id = what;
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        if (memmem(text, n, phrases[i].phrase, strlen(phrases[i].phrase))) {
            *id = phrases[i].id;
            return true;
        }
    }
    return false;
}

enum allocator_id image_text_allocator(Elf *elf)
{
    enum allocator_id id = ALLOCATOR_NONE;
    each_part(elf, find_phrase, &id);
    return id;
}

/* What is looked for, and where it goes. */
struct version {
    enum allocator_id id;
    char *text;
    size_t size;
};

/* The digits and dots from `at` on. */
static void take_digits(const char *at, const char *end, struct version *version)
{
    size_t n = 0;
    while (at + n < end && n < 16 && (isdigit((unsigned char)at[n]) || at[n] == '.'))
        n++;
    snprintf(version->text, version->size, "%.*s", (int)n, at);
}

/* "5.3.0-0-g54eaed1d...": the version ends where git's words begin. */
static void find_jemalloc(const char *text, size_t n, struct version *version)
{
    const char *end = text + n, *git = memmem(text, n, "-0-g", 4);
    if (!git)
        return;
    const char *start = git;
    while (start > text && (isdigit((unsigned char)start[-1]) || start[-1] == '.'))
        start--;
    if (start < git)
        take_digits(start, end, version);
}

/* True ends the search: it is found, or there is nothing that could be. */
static bool find_version(const char *text, size_t n, void *what)
{
    static const char gperftools[] = "gperftools ";
    struct version *version = what;
    struct glibc_version glibc;
    const char *at;
    switch (version->id) {
    case ALLOCATOR_GLIBC:
        if (glibc_version_find(text, n, &glibc))
            snprintf(version->text, version->size, "%u.%u", glibc.major, glibc.minor);
        break;
    case ALLOCATOR_JEMALLOC: find_jemalloc(text, n, version); break;
    case ALLOCATOR_TCMALLOC:
        if ((at = memmem(text, n, gperftools, sizeof gperftools - 1)))
            take_digits(at + sizeof gperftools - 1, text + n, version);
        break;
    default: return true;
    }
    return version->text[0] != '\0';
}

void image_text_version(Elf *elf, enum allocator_id id, char *version, size_t size)
{
    struct version what = {id, version, size};
    version[0] = '\0';
    each_part(elf, find_version, &what);
}
