/*
 * comes_back_calls.c - D6: what comes and goes within the decay time costs few system calls.
 *
 * Counted from outside, in the thread that allocates.  The first round fills the heap and may cost
 * what it does.  A heap that falls and grows in steps of its own size passes, one that moves by 128
 * KiB at a time (glibc: 1008 calls a round of 100 KB blocks) does not; the peers need 0 to 6.
 *
 * @test timeout=60
 */
#include "traced.h"

#include "chain.h"

enum { ROUNDS = 10, FEW = 64 /* calls a round, beside its two sleeps */ };

static void round_of(struct sizes sizes, size_t bytes)
{
    char *chain = chain_take(bytes, sizes, 1);
    rest_ms(20);
    chain_put(chain);
    rest_ms(20);
}

/* Phase 0 is the first round, phase 1 all the others. */
static void rounds(struct sizes sizes, size_t bytes)
{
    static struct board own; /* no scene is watched here */
    board = &own;
    mark();
    round_of(sizes, bytes);
    mark();
    for (int i = 0; i < ROUNDS; i++)
        round_of(sizes, bytes);
    mark();
}

static void small_blocks(void)
{
    rounds((struct sizes){16, 1000}, 16 * MIB);
}

static void medium_blocks(void)
{
    rounds((struct sizes){100000, 0}, 64 * MIB);
}

static void mixed_blocks(void)
{
    rounds((struct sizes){100, 50000}, 64 * MIB);
}

static void large_blocks(void)
{
    rounds((struct sizes){200000, 2000000}, 64 * MIB);
}

static void few_calls(const char *name, void (*look)(void))
{
    struct calls calls[PHASES_MAX];
    if (!in_traced_process(name, look, calls)) {
        skip("D6 no ptrace here");
        return;
    }
    long each = (calls[1].all - 2 * ROUNDS) / ROUNDS;
    tap_print("# %s: %ld calls in the first round, then %ld (map %ld, unmap %ld, break %ld)\n",
              name, calls[0].all - 2, each, calls[1].map / ROUNDS, calls[1].unmap / ROUNDS,
              calls[1].move_break / ROUNDS);
    ok(each <= FEW, "D6 %s: few system calls a round", name);
}

int main(void)
{
    look_begin();
    few_calls("16 MiB of small blocks", small_blocks);
    few_calls("64 MiB in blocks of 100 KB", medium_blocks);
    few_calls("64 MiB in blocks of 100 B to 50 KB", mixed_blocks);
    few_calls("64 MiB in blocks of 200 KB to 2 MB", large_blocks);
    return done();
}
