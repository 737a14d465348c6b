/*
 * fuzz_image.c - a program's file, damaged in its headers, symbols and constants or cut off, must be
 * read as far as it goes: a process may run any file, and name it as it likes.  Built with sanitizers
 * by ../parsers.
 *
 *     fuzz_image ROUNDS FILE
 */
#include "image.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned seed = 1;

static unsigned below(size_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return n ? (unsigned)((seed >> 8) % n) : 0;
}

/* The ELF header and the program headers lie at the beginning, the section headers at the end. */
static size_t damage(unsigned char *file, size_t n)
{
    static const unsigned char telling[] = {0, 1, 0x7f, 0x80, 0xff, 0xfe, 0x10, 0x40};
    if (below(20) == 0)
        return below(n);
    for (unsigned times = 1 + below(6); times > 0; times--) {
        size_t span = n < 4096 ? n : 4096;
        size_t at = below(3) == 0 ? below(n) : below(2) ? below(span) : n - 1 - below(span);
        for (size_t i = at, end = at + 1 + below(8); i < end && i < n; i++)
            file[i] = below(2) ? telling[below(sizeof telling)] : (unsigned char)below(256);
    }
    return n;
}

int main(int argc, char **argv)
{
    static unsigned char original[4 << 20], bytes[4 << 20];
    FILE *file = fopen(argv[2], "r");
    size_t n = file ? fread(original, 1, sizeof original, file) : 0, readable = 0;
    for (int round = argc == 3 ? atoi(argv[1]) : 0; round > 0; round--) {
        struct target target = {.directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY)};
        memcpy(bytes, original, n);
        size_t size = damage(bytes, n);
        int fd = memfd_create("image", MFD_CLOEXEC);
        if (write(fd, bytes, size) != (ssize_t)size)
            return 1;
        /* A core's target opens files by their own names. */
        snprintf(target.exe, sizeof target.exe, "/proc/self/fd/%d", fd);
        target.core = (struct core *)&target;
        readable += image_of(&target, target.exe)->readable;
        for (unsigned id = ALLOCATOR_NONE + 1; id < ALLOCATORS; id++)
            image_version(&target, target.exe, (enum allocator_id)id);
        close(fd);
        close(target.directory);
    }
    printf("%zu\n", readable);
    return n == 0;
}
