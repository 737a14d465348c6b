/*
 * fastbins_classic.c - B6: the fast bins, without the thread cache in front of them.
 */
#include "look.h"

#define FAST_MAX (16 * WORD) /* the largest fast chunk by default: 128 / 64 bytes */

/* Take count chunks of this size, wall to wall, and a guard above them. */
static char *row(char **p, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++)
        p[i] = must(malloc(size - WORD), "malloc");
    return must(malloc(2000), "malloc");
}

/* Is the chunk below guard, which was just freed, kept apart as a fast chunk? */
static bool freed_is_fast(size_t size)
{
    char *p = must(malloc(size - WORD), "malloc");
    char *guard = must(malloc(2000), "malloc");
    free(p);
    bool fast = below_counts_as_used(guard);
    bool again = malloc(size - WORD) == p;
    free(p);
    free(guard);
    return fast && again;
}

static void newest_first(void)
{
    size_t wrong = 0;
    for (size_t size = CHUNK_MIN; size <= FAST_MAX; size += CHUNK_ALIGN) {
        char *p[3], *guard = row(p, 3, size);
        free(p[0]);
        free(p[1]);
        free(p[2]);
        wrong += malloc(size - WORD) != p[2];
        wrong += malloc(size - WORD) != p[1];
        wrong += malloc(size - WORD) != p[0];
        free(guard);
    }
    ok(wrong == 0, "B6 a fast bin gives its newest chunk first");
}

static void up_to_128_bytes(void)
{
    size_t fast = 0;
    for (size_t size = CHUNK_MIN; size <= FAST_MAX; size += CHUNK_ALIGN)
        fast += freed_is_fast(size);
    ok(fast == (FAST_MAX - CHUNK_MIN) / CHUNK_ALIGN + 1, "B6 chunks up to 128 bytes are fast");
    ok(!freed_is_fast(FAST_MAX + CHUNK_ALIGN), "B6 chunks of 144 bytes are not");
}

static void set_by_mxfast(void)
{
    ok(mallopt(M_MXFAST, (int)(20 * WORD)) == 1, "B6 M_MXFAST is accepted");
    ok(freed_is_fast(20 * WORD) && !freed_is_fast(20 * WORD + CHUNK_ALIGN),
       "B6 M_MXFAST sets the largest fast chunk");
}

static void none_at_all(void)
{
    mallopt(M_MXFAST, 0);
    ok(!freed_is_fast(CHUNK_MIN) && !freed_is_fast(FAST_MAX), "B6 M_MXFAST = 0 turns them off");
}

/* Three fast chunks side by side are free and still three. */
static char *three_apart(char **p)
{
    char *guard = row(p, 3, 10 * WORD);
    for (size_t i = 0; i < 3; i++)
        free(p[i]);
    ok(chunk_size_of(p[0]) == 10 * WORD && below_counts_as_used(p[1]) &&
           below_counts_as_used(guard),
       "B6 fast chunks are not merged with their neighbours");
    return guard;
}

static void merged_by_a_large_request(void)
{
    char *p[3], *guard = three_apart(p);
    char *small = must(malloc(500), "malloc");
    ok(below_counts_as_used(guard), "B6 a small request leaves them as they are");
    char *large = must(malloc(1100), "malloc");
    ok(!below_counts_as_used(guard) && word_at(guard, -2) == 30 * WORD,
       "B6 they are merged all together when a large request comes");
    ok(malloc(30 * WORD - WORD) == p[0], "B6 and serve as one chunk");
    free(large);
    free(small);
}

static void merged_by_a_large_free(void)
{
    char *large = must(malloc(70000), "malloc");
    char *between = must(malloc(2000), "malloc");
    char *p[3], *guard = three_apart(p);
    char *medium = must(malloc(500), "malloc");
    char *last = must(malloc(500), "malloc");
    free(medium);
    ok(below_counts_as_used(guard), "B6 the free of a small chunk leaves them as they are");
    free(large);
    ok(!below_counts_as_used(guard) && word_at(guard, -2) == 30 * WORD,
       "B6 they are merged all together when a large chunk is freed");
    free(between);
    free(last);
}

/* Their neighbours may be free or the top: all is one when it is over. */
static void merged_into_what_is_around(void)
{
    char *below = must(malloc(2000), "malloc");
    char *p[3];
    for (size_t i = 0; i < 3; i++)
        p[i] = must(malloc(72), "malloc");
    free(below);
    for (size_t i = 0; i < 3; i++)
        free(p[i]);
    char *whole = must(malloc(60000), "malloc");
    ok(whole == below, "B6 merged ones join a free chunk below and the top above");
    free(whole);
}

int main(void)
{
    look_begin();
    in_fresh_process("newest first", newest_first);
    in_fresh_process("how large", up_to_128_bytes);
    in_fresh_process("M_MXFAST 160", set_by_mxfast);
    in_fresh_process("M_MXFAST 0", none_at_all);
    in_fresh_process("a large request", merged_by_a_large_request);
    in_fresh_process("a large free", merged_by_a_large_free);
    in_fresh_process("neighbours", merged_into_what_is_around);
    return done();
}
