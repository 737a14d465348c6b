/*
 * comes_back_shared.c - D3, E8, R14: three living threads use 300 MB in turn, and the process never
 * has more than 330 MB: what one arena holds free serves another.
 *
 * Each thread frees all it took before the next one begins, then sleeps.  With blocks of 100 to
 * 1300 bytes glibc peaks at 921 MB, jemalloc at 494, mimalloc at 462, tcmalloc at 355; with 64
 * bytes at 1126, 755, 370 and 309.
 *
 * @test timeout=60
 */
#include "chain.h"

#define BYTES ((size_t)300 * 1000 * 1000)

enum { TURNS = 3, PEAK_MB = 330 };

static struct sizes sizes;
static pthread_barrier_t over[TURNS];
static bool newest_stays;
static size_t place[TURNS];

static void *has_its_turn(void *arg)
{
    size_t me = *(size_t *)arg;
    free(have(malloc(sizes.low), "malloc")); /* it has its arena before any turn begins */
    for (size_t turn = 0; turn < TURNS; turn++) {
        char *block = turn == me ? chain_take(BYTES, sizes, turn + 1) : NULL;
        if (block && newest_stays)
            block = chain_next(block);
        chain_put(block);
        pthread_barrier_wait(&over[turn]);
    }
    scene_sleeps();
    return NULL;
}

static void in_turn(size_t low, size_t spread)
{
    pthread_t thread;
    sizes = (struct sizes){low, spread};
    for (size_t i = 0; i < TURNS; i++)
        pthread_barrier_init(&over[i], NULL, TURNS + 1);
    for (size_t i = 0; i < TURNS; i++) {
        place[i] = i;
        thread_start(&thread, has_its_turn, &place[i]);
    }
    for (size_t i = 0; i < TURNS; i++) {
        pthread_barrier_wait(&over[i]);
        atomic_store(&board->number[i], number_in("/proc/self/status", "VmHWM:") * 1024 / 1000000);
    }
    note("blocks of %zu to %zu bytes: peaks of %ld, %ld, %ld MB", low, low + spread,
         board->number[0], board->number[1], board->number[2]);
    expect(board->number[0] >= 300, "(300 MB were resident)");
    expect(board->number[TURNS - 1] < PEAK_MB, "a peak below %d MB", PEAK_MB);
}

static void small(void)
{
    in_turn(64, 0);
}

static void mixed(void)
{
    in_turn(100, 1201);
}

static void medium(void)
{
    in_turn(20000, 0);
}

static void large(void)
{
    in_turn(200000, 0);
}

static void all_sizes(void)
{
    in_turn(16, 50000);
}

/* E8 as the articles tell it: nothing that only lowers a top can help. */
static void pinned(void)
{
    newest_stays = true;
    in_turn(100, 1201);
}

static const struct scene scenes[] = {
    {"D3 E8 three threads use 300 MB in turn, 64 bytes each: below 330 MB", .play = small},
    {"D3 E8 three threads use 300 MB in turn, 100 to 1300 bytes: below 330 MB", .play = mixed},
    {"D3 E8 three threads use 300 MB in turn, 20 KB each: below 330 MB", .play = medium},
    {"D3 E8 three threads use 300 MB in turn, 200 KB each: below 330 MB", .play = large},
    {"D3 E8 three threads use 300 MB in turn, 16 B to 50 KB: below 330 MB", .play = all_sizes},
    {"D3 E8 each thread's newest block stays: below 330 MB", .play = pinned},
};

int main(int argc, char **argv)
{
    scenes_watch(argc, argv, scenes, sizeof scenes / sizeof *scenes);
    return done();
}
