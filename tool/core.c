/*
 * core.c - the program headers of a core file, read with libelf.
 *
 *     | ELF header | program headers | notes | memory of the first area | of the second | ...
 *                    PT_NOTE ---------^       ^                          ^
 *                    PT_LOAD -----------------'                          |
 *                    PT_LOAD --------------------------------------------'
 *
 * A PT_LOAD says where an area was (p_vaddr, p_memsz) and how much of it was written down
 * (p_filesz): nothing of the program's code, which is in its files, and holes instead of the pages
 * that were not in memory.  The notes say which area came from which file.
 */
#include "core.h"

#include "core_notes.h"
#include "list.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Exits when memory is out. */
static void *must(void *memory)
{
    if (!memory)
        say_and_exit(EXIT_OURS, "out of memory");
    return memory;
}

/* The smaller of the two. */
static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* How much of [offset, offset + size) the file has. */
static uint64_t stored(struct core *core, uint64_t offset, uint64_t size)
{
    uint64_t left = offset < core->file_size ? core->file_size - offset : 0;
    if (left < size)
        core->truncated = true;
    return least(left, size);
}

/* The kernel leaves holes in the file where no page was: what is no hole was in memory. */
static uint64_t bytes_without_holes(int fd, uint64_t offset, uint64_t size)
{
    uint64_t end = offset + size, sum = 0;
    while (offset < end) {
        off_t data = lseek(fd, (off_t)offset, SEEK_DATA);
        off_t hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
        if (hole <= data || (uint64_t)data >= end)
            break;
        sum += least((uint64_t)hole, end) - (uint64_t)data;
        offset = (uint64_t)hole;
    }
    return sum;
}

/* Whether it was shared is not written down. */
static unsigned access_of(unsigned flags)
{
    return (flags & PF_R ? ACCESS_READ : 0U) | (flags & PF_W ? ACCESS_WRITE : 0U) |
           (flags & PF_X ? ACCESS_EXECUTE : 0U);
}

/* The names that the kernel gives where there is no file, told by what lies there. */
static const char *special_name(const struct core_notes *notes, const struct area *area)
{
    if (area->start <= notes->stack && notes->stack < area->end)
        return "[stack]";
    if (area->start <= notes->vdso && notes->vdso < area->end)
        return "[vdso]";
    /* The upper half is the kernel's; one page of it is listed. */
    return area->start >> 63 ? "[vsyscall]" : "";
}

/* The name is not the area's own yet: areas_add makes a copy. */
static void name_area(const struct core *core, struct area *area)
{
    const struct core_file *file = core_notes_file(core->notes, area->start);
    area->name = (char *)(file ? file->name : special_name(core->notes, area));
    if (file) {
        area->offset = file->offset + (area->start - file->start);
        /* The core tells no inode; anything but 0 says that there is a file. */
        area->inode = 1;
    }
}

/* The segment becomes an area as well; one that lies wrong is left out of both. */
static void add_segment(struct core *core, struct areas *areas, const GElf_Phdr *header)
{
    struct core_segment *segment = &core->segments[core->count];
    *segment = (struct core_segment){
        .start = header->p_vaddr,
        .end = header->p_vaddr + header->p_memsz,
        .offset = header->p_offset,
        .stored = stored(core, header->p_offset, least(header->p_filesz, header->p_memsz)),
    };
    uint64_t there = bytes_without_holes(core->fd, segment->offset, segment->stored);
    struct area area = {
        .start = segment->start,
        .end = segment->end,
        .access = access_of(header->p_flags),
        .usage = {.resident = there, .proportional = there, .private_dirty = there},
    };
    name_area(core, &area);
    if (areas_add(areas, &area))
        core->count++;
}

/* All of the program header table; false if it is none that a core has. */
static bool read_segments(Elf *elf, struct core *core, struct areas *areas)
{
    size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0 || count == 0)
        return false;
    /* libelf has checked that the file has so many headers. */
    core->segments = must(calloc(count, sizeof *core->segments));
    for (size_t i = 0; i < count; i++) {
        GElf_Phdr header;
        if (gelf_getphdr(elf, (int)i, &header) && header.p_type == PT_LOAD)
            add_segment(core, areas, &header);
    }
    return core->count > 0;
}

/* False for other ELF files too: programs, libraries, object files. */
static bool read_core(Elf *elf, struct core *core, struct areas *areas)
{
    GElf_Ehdr header;
    if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header) || header.e_type != ET_CORE)
        return false;
    core->bits = gelf_getclass(elf) == ELFCLASS32 ? 32 : 64;
    core->machine = header.e_machine;
    core->notes = must(core_notes_read(elf, core->file_size, core->bits));
    areas->measured = true;
    return read_segments(elf, core, areas);
}

/* Whether the area begins as a break heap does: with a chunk whose neighbour below counts as in
 * use, because there is none. */
static bool begins_as_heap(const struct core *core, const struct area *area)
{
    enum { FLAGS = 7, BELOW_IN_USE = 1 };
    uint64_t words[2];
    if (area->name[0] || !(area->access & ACCESS_WRITE) || core->bits != 64 ||
        !core_read(core, area, area->start, words, sizeof words))
        return false;
    return words[0] == 0 && (words[1] & FLAGS) == BELOW_IN_USE && words[1] < area_size(area);
}

/* The break heap follows the program: bss may stand between the two, and no other file. */
static void name_break(const struct core *core, struct areas *areas)
{
    const char *program = core_program(core);
    bool seen = false;
    for (size_t i = 0; i < areas->count; i++) {
        struct area *area = &areas->list[i];
        bool is_program = program[0] && strcmp(area->name, program) == 0;
        if (seen && !is_program && area->name[0])
            return;
        seen = seen || is_program;
        if (seen && begins_as_heap(core, area)) {
            free(area->name);
            area->name = must(strdup("[heap]"));
            return;
        }
    }
}

/* Not a pipe or a device: reading could wait for ever.  O_NONBLOCK, so that opening does not. */
static struct core *core_new(const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    struct core *core = must(calloc(1, sizeof *core));
    core->fd = fd;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        core->file_size = (uint64_t)status.st_size;
    return core;
}

static bool read_file(struct core *core, struct areas *areas)
{
    elf_version(EV_CURRENT);
    Elf *elf = core->file_size > 0 ? elf_begin(core->fd, ELF_C_READ, NULL) : NULL;
    bool read = elf && read_core(elf, core, areas);
    elf_end(elf);
    return read;
}

struct core *core_open(const char *path, struct areas *areas)
{
    struct core *core = core_new(path);
    if (!core)
        return NULL;
    if (read_file(core, areas)) {
        name_break(core, areas);
        return core;
    }
    core_close(core);
    errno = 0;
    return NULL;
}

const char *core_program(const struct core *core)
{
    const struct core_file *file = core_notes_file(core->notes, core->notes->entry);
    return file ? file->name : "";
}

static const struct core_segment *segment_of(const struct core *core, uint64_t at)
{
    return list_find(core->segments, core->count, sizeof *core->segments, at);
}

bool core_holds(const struct core *core, uint64_t at)
{
    const struct core_segment *segment = segment_of(core, at);
    return segment && at - segment->start < segment->stored;
}

uint64_t core_held_bytes(const struct core *core, uint64_t start, uint64_t end)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < core->count; i++) {
        const struct core_segment *segment = &core->segments[i];
        uint64_t from = segment->start > start ? segment->start : start;
        uint64_t to = least(segment->start + segment->stored, end);
        bytes += from < to ? to - from : 0;
    }
    return bytes;
}

/* What was not changed stands in the file that was mapped, if that is still the same. */
static bool read_from_file(const struct area *area, uint64_t at, void *into, size_t n)
{
    if (area->name[0] != '/' || (area->access & ACCESS_WRITE))
        return false;
    int fd = open(area->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t got = pread(fd, into, n, (off_t)(area->offset + (at - area->start)));
    close(fd);
    return got == (ssize_t)n;
}

bool core_read(const struct core *core, const struct area *area, uint64_t at, void *into, size_t n)
{
    const struct core_segment *segment = segment_of(core, at);
    uint64_t inside = segment ? at - segment->start : 0;
    if (!segment || n > segment->end - at)
        return false;
    if (inside < segment->stored && n <= segment->stored - inside)
        return pread(core->fd, into, n, (off_t)(segment->offset + inside)) == (ssize_t)n;
    return inside >= segment->stored && read_from_file(area, at, into, n);
}

void core_close(struct core *core)
{
    if (!core)
        return;
    core_notes_free(core->notes);
    close(core->fd);
    free(core->segments);
    free(core);
}
