/*
 * places.c - one thread whose blocks are in every place there is: live, in the thread's cache, in
 * fast bins, unsorted, in small and large bins, mapped with and without an alignment.
 *
 * What goes where is glibc's rule: seven of a size are cached; then sizes up to 128 go to fast bins
 * and others unsorted; a large request sorts those.
 *
 * @test helper
 */
#include "scenario.h"

enum { CACHED = 7, EXTRA = 3, GUARD = 24, SORTER = 60000 };

struct block {
    void *at;
    size_t usable;
    const char *state;
};

static struct block blocks[400];
static int count;

static struct block *make(size_t n, const char *state)
{
    struct block *block = &blocks[count++];
    block->at = filled(n);
    block->usable = malloc_usable_size(block->at);
    block->state = state;
    return block;
}

/* With a live block behind each, so that none is joined with another when freed. */
static struct block *make_apart(size_t n, const char *state)
{
    struct block *block = make(n, state);
    make(GUARD, "live");
    return block;
}

/* Seven that fill the cache's list of their size, and EXTRA that must go elsewhere. */
static struct block *make_group(size_t n, const char *elsewhere)
{
    struct block *first = &blocks[count];
    for (int i = 0; i < CACHED; i++)
        make_apart(n, "cached");
    for (int i = 0; i < EXTRA; i++)
        make_apart(n, elsewhere);
    return first;
}

static void free_group(const struct block *first)
{
    for (int i = 0; i < CACHED + EXTRA; i++)
        free(first[2 * i].at);
}

int main(void)
{
    block_trim_signal();
    struct block *small = make_group(400, "small");
    struct block *small_low = make_group(200, "small");
    struct block *large = make_apart(2000, "large");
    struct block *larger = make_apart(30000, "large");
    struct block *fast = make_group(40, "fast");
    struct block *fast_high = make_group(120, "fast");
    struct block *unsorted = make_group(600, "unsorted");
    for (size_t n = 1; n < 3000; n += 61)
        make(n, "live");
    free_group(small);
    free_group(small_low);
    free(large->at);
    free(larger->at);
    make(SORTER, "live");
    make(300000, "mapped");
    struct block *aligned = &blocks[count++];
    *aligned = (struct block){aligned_alloc(4096, 409600), 0, "mapped"};
    aligned->usable = malloc_usable_size(aligned->at);
    aligned = &blocks[count++];
    *aligned = (struct block){aligned_alloc(64, 204800), 0, "mapped"};
    aligned->usable = malloc_usable_size(aligned->at);
    free_group(fast);
    free_group(fast_high);
    free_group(unsorted);
    for (int i = 0; i < count; i++)
        tell_block(blocks[i].at, blocks[i].usable, blocks[i].state);
    tell_sums();
    tell_ready_and_wait();
}
