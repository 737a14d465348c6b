/*
 * fuzz_core.c - a core file, damaged in its headers and notes or cut off, must be refused or make
 * areas that can be read.  Built with sanitizers by ../parsers.
 *
 *     fuzz_core ROUNDS FILE
 */
#include "core_read.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HEADERS = 16 << 10 };

static unsigned seed = 1;

static unsigned below(size_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return n ? (unsigned)((seed >> 8) % n) : 0;
}

/* Mostly the first bytes, where the numbers are that others are computed from. */
static size_t damage(unsigned char *core, size_t n)
{
    static const unsigned char telling[] = {0, 1, 0x7f, 0x80, 0xff, 0xfe, 0x10, 0x40};
    size_t span = n < HEADERS ? n : HEADERS;
    if (below(10) == 0)
        return below(n);
    for (unsigned times = 1 + below(10); times > 0; times--) {
        size_t at = below(3) ? below(span / 8) : below(span), length = 1 + below(8);
        for (size_t i = at; i < at + length && i < span; i++)
            core[i] = below(2) ? telling[below(sizeof telling)] : (unsigned char)below(256);
    }
    return n;
}

int main(int argc, char **argv)
{
    FILE *file = fopen(argv[2], "r");
    static unsigned char original[1 << 20], bytes[1 << 20];
    size_t n = file ? fread(original, 1, sizeof original, file) : 0, read = 0;
    for (int round = argc == 3 ? atoi(argv[1]) : 0; round > 0; round--) {
        char path[32];
        struct areas areas = {0};
        memcpy(bytes, original, n);
        size_t size = damage(bytes, n);
        int fd = memfd_create("core", MFD_CLOEXEC);
        if (write(fd, bytes, size) != (ssize_t)size)
            return 1;
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        struct core *core = core_open(path, &areas);
        if (core) {
            core_read_all(core, &areas);
            read++;
        }
        core_close(core);
        areas_free(&areas);
        close(fd);
    }
    printf("%zu\n", read);
    return n == 0;
}
