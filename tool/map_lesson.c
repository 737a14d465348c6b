/*
 * map_lesson.c - what --teach says under the first region of each kind.
 *
 * For somebody who knows what a pointer is and has never seen an address space.  Each lesson says
 * what the memory is for, and what about it surprises people who look at the size of a process.
 */
#include "map_view.h"

/* Two lines at most, each short enough to stand under the label in 80 columns. */
const char *map_lesson(enum region_kind kind)
{
    static const char *const lessons[REGION_KINDS] = {
        [REGION_TEXT] = "The program's instructions and constants, read from its file when\n"
                        "touched. Shared by all processes that run it.",
        [REGION_DATA] = "Variables that begin with a value. relro: made read-only once the\n"
                        "loader has filled in the addresses.",
        [REGION_BSS] = "Variables that begin as zero: the file only says how many bytes.",
        [REGION_BREAK] = "malloc's main arena. It grows and shrinks at its upper end only (brk):\n"
                         "one block in use up there keeps all that is free below.",
        [REGION_THREAD_HEAP] =
            "An arena of another thread: 64 MiB of addresses are reserved at once,\n"
            "and made usable from the bottom as they are needed.",
        [REGION_MAPPED_CHUNK] =
            "One large malloc, in a mapping of its own. free() gives it back to the\n"
            "kernel at once.",
        [REGION_MALLOC] = "Memory that the allocator manages, or keeps its books in.",
        [REGION_LIBRARY] = "A shared library: its code is shared with other processes, its data\n"
                           "is this process's own.",
        [REGION_LOADER] = "The loader, which mapped the libraries before main() began.",
        [REGION_STACK] = "Local variables and return addresses of the main thread. The kernel\n"
                         "lets it grow down to the limit.",
        [REGION_THREAD_STACK] =
            "Reserved when the thread began; only what was touched is resident. The\n"
            "guard below stops a stack that grows too far.",
        [REGION_KERNEL] = "Pages of the kernel's, so that asking the time takes no system call.",
        [REGION_FILE] = "A file's bytes at addresses: read when touched, dropped when memory is\n"
                        "short.",
        [REGION_SHARED] = "Memory that several processes see; it counts in the RSS of each.",
        [REGION_RESERVED] = "Addresses that nobody may touch yet: they cost no memory.",
        [REGION_ANONYMOUS] = "Mapped by the program or a library of it, not by malloc.",
    };
    return lessons[kind];
}
