/*
 * names.c - the doors that not every C library has: C23's sized frees, the __libc_ aliases,
 * cfree, and ashlar's own.  Missing ones are skipped on glibc and demanded of ashlar.
 */
#include "api.h"

#include <ctype.h>

static bool sized_frees_take_any_size(void)
{
    for (size_t n = 0; n < 300000; n = n * 3 / 2 + 1) {
        errno = EDOM;
        free_sized(malloc(n), n);
        free_sized(calloc(1, n), n);
        free_sized(realloc(NULL, n), n);
        if (errno != EDOM)
            return false;
    }
    free_sized(NULL, opaque(77));
    return heap_is_sound();
}

static bool aligned_sized_frees_take_any_size(void)
{
    for (size_t alignment = 16; alignment <= MIB; alignment *= 4)
        for (size_t n = alignment; n < 4 * MIB; n *= 3) {
            errno = EDOM;
            free_aligned_sized(aligned_alloc(alignment, n), alignment, n);
            if (errno != EDOM)
                return false;
        }
    free_aligned_sized(NULL, 16, opaque(77));
    return heap_is_sound();
}

/* A sized free returns memory: the next block of the size is the same one. */
static bool sized_free_returns_memory(void)
{
    size_t before = mallinfo2().uordblks;
    for (size_t i = 0; i < 1000; i++)
        free_sized(malloc(50000), 50000);
    return mallinfo2().uordblks <= before + 100000;
}

static bool aliases_mix_with_the_plain_names(void)
{
    bool holds = true;
    for (size_t n = 1; n < 300000; n = n * 2 + 1) {
        void *blocks[] = {__libc_malloc(n), __libc_calloc(1, n), __libc_realloc(NULL, n),
                          __libc_memalign(256, n)};
        holds &= is_aligned(blocks[3], 256) && all_bytes_are(blocks[1], n, 0);
        for (size_t i = 0; i < 4; i++) {
            holds &= blocks[i] != NULL && malloc_usable_size(blocks[i]) >= n;
            free(blocks[i]);
        }
        __libc_free(malloc(n));
        __libc_free(memalign(4096, n));
    }
    return holds;
}

static bool page_aliases_stand_at_pages(void)
{
    void *block = __libc_valloc(100), *whole = __libc_pvalloc(100);
    bool holds = block != NULL && is_aligned(block, 4096) && whole != NULL;
    holds &= is_aligned(whole, 4096) && malloc_usable_size(whole) >= 4096;
    __libc_free(block);
    __libc_free(whole);
    return holds;
}

static bool cfree_frees(void)
{
    size_t before = mallinfo2().uordblks;
    for (size_t i = 0; i < 1000; i++)
        cfree(calloc(10, 5000));
    cfree(NULL);
    return mallinfo2().uordblks <= before + 100000;
}

/* "1.0" or "1.0.0", with or without a word before: a digit, a dot, a digit. */
static bool version_reads_as_one(void)
{
    const char *version = ashlar_version();
    if (version == NULL || version != ashlar_version())
        return false;
    const char *dot = strchr(version, '.');
    return dot != NULL && dot > version && isdigit((unsigned char)dot[-1]) &&
           isdigit((unsigned char)dot[1]);
}

static bool check_is_quiet_on_a_sound_heap(void)
{
    void *blocks[100];
    for (size_t i = 0; i < 100; i++)
        blocks[i] = malloc(i * 100);
    bool holds = ashlar_check() == 0;
    for (size_t i = 0; i < 100; i += 2)
        free(blocks[i]);
    holds &= ashlar_check() == 0;
    for (size_t i = 1; i < 100; i += 2)
        free(blocks[i]);
    return holds && ashlar_check() == 0;
}

/* Runs work when its door is there; its absence is an error on ashlar only. */
static void door_ok(bool present, bool (*work)(void), const char *name)
{
    if (present)
        ok(work(), "%s", name);
    else if (on_ashlar())
        ok(present, "%s: the door is there", name);
    else
        skip("%s: not in this glibc", name);
}

int main(void)
{
    bool sized = free_sized != NULL, aligned_sized = free_aligned_sized != NULL;
    bool aliases = __libc_malloc != NULL && __libc_calloc != NULL && __libc_realloc != NULL &&
                   __libc_memalign != NULL && __libc_free != NULL;
    bool pages = __libc_valloc != NULL && __libc_pvalloc != NULL && __libc_free != NULL;
    door_ok(sized, sized_frees_take_any_size, "free_sized_takes_any_size");
    door_ok(sized, sized_free_returns_memory, "free_sized_returns_memory");
    door_ok(aligned_sized, aligned_sized_frees_take_any_size, "free_aligned_sized_takes_any_size");
    door_ok(aliases, aliases_mix_with_the_plain_names, "libc_aliases_mix_with_the_plain_names");
    door_ok(pages, page_aliases_stand_at_pages, "libc_valloc_and_pvalloc_stand_at_pages");
    door_ok(cfree != NULL, cfree_frees, "cfree_frees");
    door_ok(ashlar_version != NULL, version_reads_as_one, "ashlar_version_reads_as_one");
    door_ok(ashlar_check != NULL, check_is_quiet_on_a_sound_heap, "ashlar_check_proves_a_heap");
    return done();
}
