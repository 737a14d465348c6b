/*
 * symbols.c - the search that debuggers make too: in the file, by build id, from a server.
 *
 * https://sourceware.org/gdb/current/onlinedocs/gdb.html/Separate-Debug-Files.html
 */
#include "symbols.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Write the build id that the section's notes hold as hexadecimal digits; false if none does. */
static bool read_build_id(Elf_Scn *section, char *text, size_t size)
{
    Elf_Data *data = elf_getdata(section, NULL);
    GElf_Nhdr note;
    size_t name, description, next, at = 0;
    while (data && (next = gelf_getnote(data, at, &note, &name, &description)) > 0) {
        const unsigned char *bytes = (const unsigned char *)data->d_buf + description;
        at = next;
        if (note.n_type != NT_GNU_BUILD_ID || 2 * note.n_descsz >= size)
            continue;
        for (size_t i = 0; i < note.n_descsz; i++)
            snprintf(text + 2 * i, size - 2 * i, "%02x", bytes[i]);
        return note.n_descsz > 1;
    }
    return false;
}

/* Whether the file has a full table of symbols; the build id is written on the way. */
static bool has_symbols(Elf *elf, char *build_id, size_t size)
{
    Elf_Scn *section = NULL;
    bool found = false;
    GElf_Shdr head;
    while ((section = elf_nextscn(elf, section))) {
        if (!gelf_getshdr(section, &head))
            continue;
        found = found || head.sh_type == SHT_SYMTAB;
        if (head.sh_type == SHT_NOTE && !build_id[0])
            read_build_id(section, build_id, size);
    }
    return found;
}

/* /usr/lib/debug/.build-id/ab/cdef....debug, as Debian's -dbg and -dbgsym packages have it. */
static bool is_beside(const char *build_id)
{
    char path[PATH_MAX];
    if (!build_id[0])
        return false;
    snprintf(path, sizeof path, "/usr/lib/debug/.build-id/%.2s/%s.debug", build_id, build_id + 2);
    return access(path, R_OK) == 0;
}

/* Nearest first: in the file, beside it, on a server. */
enum symbols_place symbols_of_libc(char library[PATH_MAX])
{
    Dl_info info;
    char build_id[130] = "";
    bool inside = false;
    library[0] = '\0';
    /* A name that only the C library has: malloc may be somebody else's. */
    void *name = dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
    if (name && dladdr(name, &info) != 0 && info.dli_fname)
        snprintf(library, PATH_MAX, "%s", info.dli_fname);
    int fd = library[0] ? open(library, O_RDONLY | O_CLOEXEC) : -1;
    elf_version(EV_CURRENT);
    Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
    if (elf)
        inside = has_symbols(elf, build_id, sizeof build_id);
    elf_end(elf);
    if (fd >= 0)
        close(fd);
    if (inside)
        return SYMBOLS_INSIDE;
    if (is_beside(build_id))
        return SYMBOLS_BESIDE;
    const char *servers = getenv("DEBUGINFOD_URLS");
    return servers && servers[0] ? SYMBOLS_FETCHED : SYMBOLS_NONE;
}
