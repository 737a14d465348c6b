/*
 * tide.c - 64 MiB come and go ten times a second; then, unless --cost, nothing.
 *
 * Stands for frames, requests and collections: memory that goes back too eagerly is paid for in
 * faults, memory that never does stays after the last tide.
 * tide [tides] [MiB] [--cost: end without the idle seconds]
 */
#include "idle.h"

enum { HALF_MS = 50, SMALL = 100, LARGE = 50000 };

int main(int argc, char **argv)
{
    size_t tides = argument(argc, argv, 1, 30), bytes = argument(argc, argv, 2, 64) << 20;
    size_t live = 0;
    sleep_ms(200);
    for (size_t i = 0; i < tides; i++) {
        uint64_t random = random_start(i);
        char *chain = chain_take(bytes / (LARGE / 2), SMALL, LARGE, &random, &live);
        sleep_ms(HALF_MS);
        chain_thin(chain, 0, &live);
        sleep_ms(HALF_MS);
    }
    if (!option(argc, argv, "--cost"))
        tell_idle(live);
    return 0;
}
