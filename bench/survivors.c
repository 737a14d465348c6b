/*
 * survivors.c - bursts of small objects of which one in a hundred stays, each burst of other sizes;
 * then only the survivors are live while a little work goes on.
 *
 * Follows the peaks of Wilson, Johnstone, Neely and Boles, "Dynamic Storage Allocation: A Survey
 * and Critical Review" (1995); stands for caches that are flushed.
 * survivors [bursts] [objects a burst] [--rss: print what is live and resident, in KiB]
 */
#include "bench.h"

enum { STAYS = 100, LOW = 16, STEP = 48, SPREAD = 48 };

static char **object; /* a burst takes the places that are free */
static size_t *size;
static size_t live, peak; /* bytes the program holds, now and at most */

static void fill(size_t i, size_t burst, uint64_t *random)
{
    size[i] = LOW + STEP * burst + random_below(random, SPREAD);
    object[i] = take(size[i]);
    live += size[i];
    peak = live > peak ? live : peak;
}

static void drop(size_t i)
{
    free(object[i]);
    object[i] = NULL;
    live -= size[i];
}

/* Survivors of one burst stay through all later ones. */
static void one_burst(size_t burst, size_t count, uint64_t *random)
{
    for (size_t i = 0; i < count; i++)
        if (!object[i])
            fill(i, burst, random);
    for (size_t i = 0; i < count; i++)
        if (size[i] >= LOW + STEP * burst && random_below(random, STAYS) != 0)
            drop(i);
}

/* The program lives on with little memory; an allocator that gives back in time can do so. */
static void carry_on(uint64_t *random)
{
    enum { FEW = 1000, TIMES = 2000 };
    char *few[FEW] = {NULL};
    for (size_t i = 0; i < FEW * TIMES; i++) {
        size_t which = random_below(random, FEW);
        free(few[which]);
        few[which] = take(LOW + random_below(random, SPREAD));
    }
    for (size_t i = 0; i < FEW; i++)
        free(few[i]);
}

int main(int argc, char **argv)
{
    size_t bursts = argument(argc, argv, 1, 6);
    size_t count = argument(argc, argv, 2, 500000);
    object = must(calloc(count, sizeof *object));
    size = must(calloc(count, sizeof *size));
    uint64_t random = random_start(0);
    for (size_t burst = 0; burst < bursts; burst++)
        one_burst(burst, count, &random);
    carry_on(&random);
    size_t tables = count * (sizeof *object + sizeof *size);
    if (option(argc, argv, "--rss"))
        fprintf(stderr, "peak_live_kib %zu\nend_live_kib %zu\nend_rss_kib %zu\n",
                (peak + tables) / 1024, (live + tables) / 1024, rss_kib());
    for (size_t i = 0; i < count; i++)
        free(object[i]);
    free(object);
    free(size);
    return 0;
}
