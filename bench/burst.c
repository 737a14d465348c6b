/*
 * burst.c - a burst of blocks of all sizes, of which one in a hundred stays; then nothing.
 *
 * Stands for a server after its busy hour, an editor that closed a large file, a batch job that
 * waits for the next.
 * burst [MiB]
 */
#include "idle.h"

enum { STAYS = 100, SMALL = 16, LARGE = 20000 };

int main(int argc, char **argv)
{
    size_t bytes = argument(argc, argv, 1, 200) << 20, live = 0, small = 0;
    uint64_t random = random_start(0);
    sleep_ms(200);
    char *few = chain_take(bytes / 2 / (LARGE / 2), SMALL, LARGE, &random, &live);
    char *many = chain_take(bytes / 2 / 200, SMALL, 400, &random, &small);
    sleep_ms(300); /* full for a while, so that a picture shows it */
    chain_thin(many, STAYS, &small);
    chain_thin(few, STAYS, &live);
    tell_idle(live + small);
    return 0;
}
