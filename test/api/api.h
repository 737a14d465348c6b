/*
 * api.h - what the door tests share: names that only ashlar or C23 has, patterned blocks,
 * and numbers that the compiler must not see through.
 *
 * The names are weak, so the same binary runs on glibc alone (and skips what glibc lacks),
 * linked with ashlar, and with ashlar preloaded.
 */
#ifndef TEST_API_H
#define TEST_API_H

#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#define WEAK __attribute__((weak))

extern const char *ashlar_version(void) WEAK;
extern int ashlar_check(void) WEAK;
extern int ashlar_stats(char *text, size_t size) WEAK;
extern void free_sized(void *user, size_t n) WEAK;
extern void free_aligned_sized(void *user, size_t alignment, size_t n) WEAK;
extern void cfree(void *user) WEAK;
extern void *__libc_malloc(size_t n) WEAK;
extern void *__libc_calloc(size_t count, size_t n) WEAK;
extern void *__libc_realloc(void *user, size_t n) WEAK;
extern void *__libc_memalign(size_t alignment, size_t n) WEAK;
extern void *__libc_valloc(size_t n) WEAK;
extern void *__libc_pvalloc(size_t n) WEAK;
extern void __libc_free(void *user) WEAK;

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)

/* True when ashlar serves this process, false on stock glibc. */
static inline bool on_ashlar(void)
{
    return ashlar_version != NULL;
}

/* All invariants hold, as far as the allocator can tell; always true on glibc. */
static inline bool heap_is_sound(void)
{
    return ashlar_check == NULL || ashlar_check() == 0;
}

/* The same number, from a place the compiler cannot see: it warns of absurd sizes otherwise. */
static inline size_t opaque(size_t n)
{
    volatile size_t hidden = n;
    return hidden;
}

/* The same pointer; keeps the compiler from following a block past its free. */
static inline void *launder(void *user)
{
    void *volatile hidden = user;
    return hidden;
}

static inline bool is_aligned(const void *user, size_t alignment)
{
    return ((uintptr_t)user & (alignment - 1)) == 0;
}

/* One step of splitmix64: cheap, and the same everywhere. */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline uint64_t pattern_word(size_t index, uint64_t seed)
{
    return (index + 1) * 0x9e3779b97f4a7c15u ^ seed;
}

/* Write all n bytes; word by word, since blocks of 256 MiB come through here. */
static inline void pattern_fill(void *block, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n / 8; i++) {
        uint64_t word = pattern_word(i, seed);
        memcpy((char *)block + 8 * i, &word, 8);
    }
    for (size_t i = n / 8 * 8; i < n; i++)
        ((unsigned char *)block)[i] = (unsigned char)(pattern_word(i, seed) >> 56);
}

/* The first `kept` bytes still are what pattern_fill wrote into a block of n >= kept bytes. */
static inline bool pattern_holds(const void *block, size_t kept, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n / 8 && 8 * i < kept; i++) {
        uint64_t word = pattern_word(i, seed);
        size_t length = kept - 8 * i < 8 ? kept - 8 * i : 8;
        if (memcmp((const char *)block + 8 * i, &word, length) != 0)
            return false;
    }
    for (size_t i = n / 8 * 8; i < kept; i++)
        if (((const unsigned char *)block)[i] != (unsigned char)(pattern_word(i, seed) >> 56))
            return false;
    return true;
}

static inline bool all_bytes_are(const void *block, size_t n, unsigned char value)
{
    const unsigned char *byte = block;
    return n == 0 || (byte[0] == value && memcmp(byte, byte + 1, n - 1) == 0);
}

/* Run work() in a child that alarm(2) ends after `seconds`; true when it returned true. */
static inline bool holds_in_child(bool (*work)(void), unsigned seconds)
{
    pid_t child = fork();
    if (child == 0) {
        alarm(seconds);
        _exit(work() ? 0 : 1);
    }
    int status = -1;
    while (waitpid(child, &status, 0) == -1 && errno == EINTR)
        continue;
    if (WIFSIGNALED(status))
        note("child ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Resident bytes of this process, from the kernel; read without allocating. */
static inline size_t resident(void)
{
    size_t pages = 0, ignored = 0;
    char text[128] = "";
    int file = open("/proc/self/statm", O_RDONLY);
    if (file < 0)
        return 0;
    if (read(file, text, sizeof text - 1) > 0)
        sscanf(text, "%zu %zu", &ignored, &pages);
    close(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

#endif
