/*
 * limits.c - nothing larger than PTRDIFF_MAX is ever granted, no product overflows silently,
 * and a request that fails changes nothing (malloc(3), posix_memalign(3)).
 *
 * @test both
 */
#include "api.h"

/* Each is more than PTRDIFF_MAX, or becomes so once rounded up. */
static const size_t absurd[] = {
    SIZE_MAX,        SIZE_MAX - 1,    SIZE_MAX - 15,    SIZE_MAX - 16,       SIZE_MAX - 31,
    SIZE_MAX - 4095, SIZE_MAX - 4096, SIZE_MAX - 8192,  SIZE_MAX / 2 + 4096, SIZE_MAX / 2 + 1,
    PTRDIFF_MAX,     PTRDIFF_MAX - 1, PTRDIFF_MAX - 15, PTRDIFF_MAX - 4096,
};

enum { ABSURD = sizeof absurd / sizeof *absurd };

static bool is_refused(void *block)
{
    bool holds = block == NULL && errno == ENOMEM;
    free(block);
    errno = 0;
    return holds;
}

static bool plain_requests_are_refused(void)
{
    errno = 0;
    for (size_t i = 0; i < ABSURD; i++) {
        size_t n = opaque(absurd[i]);
        if (!is_refused(malloc(n)) || !is_refused(calloc(1, n)) || !is_refused(calloc(n, 1)))
            return false;
        if (!is_refused(realloc(NULL, n)) || !is_refused(reallocarray(NULL, 1, n)))
            return false;
        if (!is_refused(valloc(n)) || !is_refused(pvalloc(n)))
            return false;
    }
    return true;
}

static bool aligned_requests_are_refused(void)
{
    for (size_t i = 0; i < ABSURD; i++)
        for (size_t alignment = 8; alignment <= 64 * MIB; alignment *= 2) {
            size_t n = opaque(absurd[i]);
            errno = 0;
            if (!is_refused(memalign(alignment, n)) || !is_refused(aligned_alloc(alignment, n)))
                return false;
        }
    return true;
}

/* POSIX returns the reason and promises nothing of errno; ashlar leaves it, glibc does not. */
static bool posix_memalign_refuses(size_t alignment, size_t n, int reason)
{
    void *block = &block;
    errno = ERANGE;
    int result = posix_memalign(&block, opaque(alignment), opaque(n));
    return result == reason && block == &block && (errno == ERANGE || !on_ashlar());
}

static bool posix_memalign_refuses_absurd_sizes(void)
{
    for (size_t i = 0; i < ABSURD; i++)
        for (size_t alignment = 8; alignment <= 64 * MIB; alignment *= 2)
            if (!posix_memalign_refuses(alignment, absurd[i], ENOMEM))
                return false;
    return true;
}

/* A failed realloc leaves the old block whole, wherever it lies: cached, binned or mapped. */
static bool failed_realloc_changes_nothing(void)
{
    static const size_t sizes[] = {1, 24, 500, 1032, 1040, 5000, 100000, 300000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t j = 0; j < ABSURD; j++) {
            void *volatile block = malloc(sizes[i]);
            if (block == NULL)
                return false;
            pattern_fill(block, sizes[i], j);
            errno = 0;
            void *moved = realloc(block, opaque(absurd[j]));
            bool holds = moved == NULL && errno == ENOMEM;
            holds = holds && pattern_holds(block, sizes[i], sizes[i], j);
            free(moved == NULL ? block : moved);
            if (!holds)
                return false;
        }
    return true;
}

/* The least number whose square is too large for a size: 2^32, or 2^16 where sizes have 32 bits. */
#define ROOT ((size_t)1 << 4 * sizeof(size_t))

static const struct {
    size_t count, n;
} products[] = {
    {SIZE_MAX, 2},         {2, SIZE_MAX},         {SIZE_MAX, SIZE_MAX},    {SIZE_MAX / 2 + 1, 2},
    {ROOT, ROOT},          {ROOT + 1, ROOT},      {SIZE_MAX / 16 + 2, 16}, {SIZE_MAX / 3 + 1, 3},
    {SIZE_MAX / 4 + 1, 3}, {SIZE_MAX / 4 + 1, 5},
};

static bool products_that_overflow_are_refused(void)
{
    void *volatile block = malloc(40);
    if (block == NULL)
        return false;
    pattern_fill(block, 40, 7);
    bool holds = true;
    errno = 0;
    for (size_t i = 0; i < sizeof products / sizeof *products; i++) {
        size_t count = opaque(products[i].count), n = opaque(products[i].n);
        holds &= is_refused(calloc(count, n)) && is_refused(reallocarray(NULL, count, n));
        holds &= reallocarray(block, count, n) == NULL && errno == ENOMEM;
        holds &= pattern_holds(block, 40, 40, 7);
    }
    free(block);
    return holds;
}

/* glibc has never asked for more than a power of two above half the address space. */
static bool absurd_alignments_are_refused(void)
{
    errno = 0;
    void *block = memalign(opaque(SIZE_MAX / 2 + 2), 8);
    bool holds = block == NULL && (errno == EINVAL || errno == ENOMEM);
    errno = 0;
    block = memalign(opaque(SIZE_MAX / 2 + 1), 8);
    holds &= block == NULL && (errno == EINVAL || errno == ENOMEM);
    return holds && posix_memalign_refuses(SIZE_MAX / 2 + 1, 8, ENOMEM);
}

static bool work_goes_on(void)
{
    void *block = malloc(1000), *mapped = calloc(1, 300000);
    bool holds = block != NULL && mapped != NULL && all_bytes_are(mapped, 300000, 0);
    free(block);
    free(mapped);
    return holds && heap_is_sound();
}

int main(void)
{
    ok(plain_requests_are_refused(), "requests_beyond_ptrdiff_max_are_refused_with_enomem");
    ok(aligned_requests_are_refused(), "aligned_requests_beyond_ptrdiff_max_are_refused");
    ok(posix_memalign_refuses_absurd_sizes(), "posix_memalign_refuses_them_untouched");
    ok(failed_realloc_changes_nothing(), "a_failed_realloc_changes_nothing");
    ok(products_that_overflow_are_refused(), "products_that_overflow_are_refused");
    ok(absurd_alignments_are_refused(), "absurd_alignments_are_refused");
    ok(work_goes_on(), "after_refusals_work_goes_on");
    return done();
}
