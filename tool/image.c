/*
 * image.c - symbols, sections and phrases of ELF files, read with libelf.
 *
 * A symbol that the file defines says for sure what is linked into it.  A stripped static program
 * has none; there the allocators are told by what they say when something is wrong.
 */
#include "image.h"

#include "image_cache.h"
#include "image_text.h"

#include <gelf.h>
#include <libelf.h>
#include <string.h>
#include <unistd.h>

/* Names that only this allocator defines, under the prefixes it is commonly built with. */
static const struct {
    enum allocator_id id;
    const char *symbol;
} symbols[] = {
    {ALLOCATOR_ASAN, "__asan_init"},          {ALLOCATOR_TSAN, "__tsan_init"},
    {ALLOCATOR_MSAN, "__msan_init"},          {ALLOCATOR_ASHLAR, "ashlar_version"},
    {ALLOCATOR_JEMALLOC, "mallctl"},          {ALLOCATOR_JEMALLOC, "je_mallctl"},
    {ALLOCATOR_JEMALLOC, "_rjem_mallctl"},    {ALLOCATOR_MIMALLOC, "mi_malloc"},
    {ALLOCATOR_TCMALLOC, "tc_malloc"},        {ALLOCATOR_TCMALLOC, "TCMallocInternalMalloc"},
    {ALLOCATOR_SNMALLOC, "sn_malloc"},        {ALLOCATOR_SNMALLOC, "sn_rust_alloc"},
    {ALLOCATOR_RPMALLOC, "rpmalloc"},         {ALLOCATOR_HARDENED, "h_malloc"},
    {ALLOCATOR_SCUDO, "__scudo_print_stats"}, {ALLOCATOR_HOARD, "xxmalloc"},
    {ALLOCATOR_TBB, "__TBB_malloc_proxy"},    {ALLOCATOR_GLIBC, "_int_malloc"},
    {ALLOCATOR_MUSL, "__libc_malloc_impl"},   {ALLOCATOR_MUSL, "__malloc_donate"},
    {ALLOCATOR_MUSL, "__libc_malloc_impl"},
};

enum { SYMBOLS = sizeof symbols / sizeof *symbols };

/* A program may have symbols of two: its own allocator's, and of the C library that it replaces. */
static bool comes_first(enum allocator_id id, const struct image *image)
{
    return image->brings == ALLOCATOR_NONE || id < image->brings;
}

/* Hundreds of thousands of names in a large program: nothing here allocates. */
static void read_symbol(const char *name, struct image *image)
{
    if (strcmp(name, "malloc") == 0)
        image->defines_malloc = true;
    for (size_t i = 0; i < SYMBOLS; i++) {
        /* Most names differ in the first letters; files have many. */
        if (name[0] == symbols[i].symbol[0] && strcmp(name, symbols[i].symbol) == 0 &&
            comes_first(symbols[i].id, image))
            image->brings = symbols[i].id;
    }
}

/* The names that one table has. */
static void read_symbols(Elf_Scn *section, const GElf_Shdr *header, Elf *elf, struct image *image)
{
    Elf_Data *data = elf_getdata(section, NULL);
    if (!data || header->sh_entsize == 0)
        return;
    for (size_t i = 0; i < data->d_size / header->sh_entsize; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol))
            return;
        const char *name =
            symbol.st_shndx != SHN_UNDEF ? elf_strptr(elf, header->sh_link, symbol.st_name) : NULL;
        if (name)
            read_symbol(name, image);
    }
}

/* Go's linker writes this section whether it strips or not. */
static bool is_go_section(const char *name)
{
    return name && (strcmp(name, ".go.buildinfo") == 0 || strcmp(name, ".note.go.buildid") == 0);
}

/* Both tables: the short one is always there, the long one has the static functions too. */
static void read_sections(Elf *elf, struct image *image)
{
    size_t names;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header))
            continue;
        if (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM)
            read_symbols(section, &header, elf, image);
        else if (is_go_section(elf_strptr(elf, names, header.sh_name)))
            image->is_go = true;
    }
}

/* A loader has a name of its own and no loader; so has a library.  A program has neither. */
static bool is_static(Elf *elf)
{
    size_t count = 0;
    bool has_dynamic = false;
    GElf_Ehdr file;
    if (elf_getphdrnum(elf, &count) != 0 || !gelf_getehdr(elf, &file))
        return false;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(elf, (int)i, &header))
            continue;
        if (header.p_type == PT_INTERP)
            return false;
        has_dynamic = has_dynamic || header.p_type == PT_DYNAMIC;
    }
    /* static-pie has a dynamic section for its own relocations, and is ET_DYN; of what is shared
     * only loaders look so, and nobody asks for them. */
    return file.e_type == ET_EXEC || has_dynamic;
}

/* Constants are searched only where the symbols say nothing: it takes longer, and says less. */
static void read_image(Elf *elf, struct image *image)
{
    GElf_Ehdr header;
    if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
        return;
    image->readable = true;
    image->is_static = is_static(elf);
    read_sections(elf, image);
    if (image->is_static && !image->is_go && image->brings == ALLOCATOR_NONE)
        image->brings = image_text_allocator(elf);
}

/* A file that is no ELF file leaves the image as it is: nothing is known. */
static void read_file(int fd, struct image *image)
{
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    if (!elf)
        return;
    read_image(elf, image);
    elf_end(elf);
}

/* The entry of the file, read if it was not known; NULL if the file cannot be had.  It stays open for
 * whoever wants to know more. */
static struct image_entry *entry_of(const struct target *target, const char *name, int *fd)
{
    bool is_new;
    *fd = target_open_file(target, name);
    if (*fd < 0)
        return NULL;
    struct image_entry *entry = image_cache_at(*fd, &is_new);
    if (is_new)
        read_file(*fd, &entry->image);
    return entry;
}

const struct image *image_of(const struct target *target, const char *name)
{
    static const struct image unknown;
    int fd;
    const struct image_entry *entry = entry_of(target, name, &fd);
    if (!entry)
        return &unknown;
    close(fd);
    return &entry->image;
}

static void read_version(int fd, enum allocator_id id, struct image_entry *entry)
{
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    entry->version_of = id;
    if (!elf)
        return;
    image_text_version(elf, id, entry->version, sizeof entry->version);
    elf_end(elf);
}

/* One version is remembered for each file: a file with two allocators is asked for one of them. */
const char *image_version(const struct target *target, const char *name, enum allocator_id id)
{
    int fd;
    struct image_entry *entry = entry_of(target, name, &fd);
    if (!entry)
        return "";
    if (entry->version_of != id)
        read_version(fd, id, entry);
    close(fd);
    return entry->version;
}
