/*
 * binary.c - the questions to an ELF file, answered by elfutils' libelf.
 *
 * The program headers name the loader.  The dynamic section and the dynamic symbols tell the rest:
 * they are what the loader itself works with, and stripping a program leaves them.
 */
#include "binary.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* gcc and clang leave these names in every program, for a runtime linked dynamically or statically.
 * UBSan is not here: it brings no malloc. */
static const struct sanitizer sanitizers[] = {
    {"__asan_init", "AddressSanitizer", "-fsanitize=address"},
    {"__hwasan_init", "HWAddressSanitizer", "-fsanitize=hwaddress"},
    {"__tsan_init", "ThreadSanitizer", "-fsanitize=thread"},
    {"__msan_init", "MemorySanitizer", "-fsanitize=memory"},
    {"__lsan_init", "LeakSanitizer", "-fsanitize=leak"},
};

static const struct {
    int machine;
    const char *name;
} machines[] = {
    {EM_X86_64, "x86-64"},   {EM_386, "i386"},
    {EM_AARCH64, "AArch64"}, {EM_ARM, "32-bit Arm"},
    {EM_RISCV, "RISC-V"},    {EM_PPC64, "ppc64"},
    {EM_S390, "S/390"},      {EM_LOONGARCH, "LoongArch"},
};

/* PT_INTERP holds the loader's path, ended by a zero byte. */
static void read_loader(Elf *elf, struct binary *binary)
{
    size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0)
        return;
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_INTERP)
            continue;
        /* Raw, because the sections that would cover it may have been stripped. */
        Elf_Data *data =
            elf_getdata_rawchunk(elf, (int64_t)header.p_offset, header.p_filesz, ELF_T_BYTE);
        if (data)
            snprintf(binary->loader, sizeof binary->loader, "%.*s", (int)data->d_size,
                     (const char *)data->d_buf);
        return;
    }
}

/* A loader is a shared object and so has a name; a static-pie program has none. */
static void read_dynamic(Elf_Data *data, size_t count, struct binary *binary)
{
    for (size_t i = 0; i < count; i++) {
        GElf_Dyn entry;
        if (gelf_getdyn(data, (int)i, &entry) && entry.d_tag == DT_SONAME)
            binary->is_loader = binary->loader[0] == '\0';
    }
}

/* An undefined malloc is a wish for one, which is what LD_PRELOAD fulfils; a defined one in the
 * program itself is found before any library's. */
static void read_symbol(const char *name, const GElf_Sym *symbol, struct binary *binary)
{
    if (symbol->st_shndx != SHN_UNDEF && strcmp(name, "malloc") == 0)
        binary->defines_malloc = true;
    for (size_t i = 0; i < sizeof sanitizers / sizeof *sanitizers; i++) {
        if (strcmp(name, sanitizers[i].symbol) == 0)
            binary->sanitizer = &sanitizers[i];
    }
}

/* The symbols of one table; a name that leaves its table is none. */
static void read_symbols(Elf *elf, Elf_Data *data, const GElf_Shdr *header, struct binary *binary)
{
    for (size_t i = 0; i < header->sh_size / header->sh_entsize; i++) {
        GElf_Sym symbol;
        if (!gelf_getsym(data, (int)i, &symbol))
            return;
        const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);
        if (name)
            read_symbol(name, &symbol, binary);
    }
}

/* One section, of the few kinds that tell anything. */
static void read_section(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, struct binary *binary)
{
    Elf_Data *data = elf_getdata(section, NULL);
    if (!data || header->sh_entsize == 0)
        return;
    if (header->sh_type == SHT_DYNAMIC)
        read_dynamic(data, header->sh_size / header->sh_entsize, binary);
    else
        read_symbols(elf, data, header, binary);
}

/* There is one section of each type that is asked for here, but nothing forbids more. */
static void read_sections(Elf *elf, unsigned type, struct binary *binary)
{
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) && header.sh_type == type)
            read_section(elf, section, &header, binary);
    }
}

/* A file that is no ELF file leaves everything as it is. */
static void read_elf(Elf *elf, struct binary *binary)
{
    GElf_Ehdr header;
    if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
        return;
    /* Object files and core files are executable for nobody; execve tells it. */
    if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
        return;
    binary->bits = gelf_getclass(elf) == ELFCLASS64 ? 64 : 32;
    binary->machine = header.e_machine;
    read_loader(elf, binary);
    read_sections(elf, SHT_DYNAMIC, binary);
    read_sections(elf, SHT_DYNSYM, binary);
    /* gcc's -static-libasan exports its malloc and not its name; only then the long table is read. */
    if (binary->defines_malloc && !binary->sanitizer)
        read_sections(elf, SHT_SYMTAB, binary);
}

void binary_read(const char *path, struct binary *binary)
{
    memset(binary, 0, sizeof *binary);
    /* A program may be executable and not readable; it is run without questions then. */
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    if (elf) {
        read_elf(elf, binary);
        elf_end(elf);
    }
    close(fd);
}

bool binary_is_static(const struct binary *binary)
{
    return binary->bits != 0 && binary->loader[0] == '\0' && !binary->is_loader;
}

const char *binary_machine_name(int machine)
{
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        if (machines[i].machine == machine)
            return machines[i].name;
    }
    return "another machine";
}
