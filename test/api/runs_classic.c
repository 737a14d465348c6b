/*
 * runs_classic.c - in classic mode there are no runs: every small block is a chunk of the break, as
 * in ptmalloc2.
 */
#include "runs.h"

enum { COUNT = 5000 };

static void *blocks[COUNT];

static bool all_are_chunks_of_the_break(size_t n)
{
    bool holds = true;
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = malloc(n);
        holds &= !is_slot(blocks[i]) && (char *)blocks[i] < (char *)sbrk(0);
    }
    for (size_t i = 0; i < COUNT; i++)
        free(blocks[i]);
    return holds;
}

int main(void)
{
    if (!on_ashlar()) {
        tap_print("1..0 # SKIP classic mode is ashlar's\n");
        return 0;
    }
    bool holds = true;
    for (size_t n = 8; n <= SLOT_MAX; n += n / 2 + 20)
        holds &= all_are_chunks_of_the_break(n);
    ok(holds, "classic_mode_never_uses_runs (M1)");
    void *user = NULL;
    ok(posix_memalign(&user, 64, 64) == 0 && is_aligned(user, 64) && !is_slot(user),
       "nor_for_aligned_blocks");
    free(user);
    ok(heap_is_sound(), "the_heap_is_sound");
    return done();
}
