/*
 * drip.c - a slow leak beside churn: a hundred times a second a burst of blocks comes and goes, of
 * sizes that drift, and a few of each stay for ever; then nothing.
 *
 * Stands for services whose resident size creeps up over days: how much of that is the leak, and
 * how much the pages that it pins?
 * drip [seconds]
 */
#include "idle.h"

enum { RATE = 100, BLOCKS = 12000, STAYS = 1000, SIZES = 24 };

int main(int argc, char **argv)
{
    size_t rounds = argument(argc, argv, 1, 5) * RATE, live = 0;
    uint64_t random = random_start(0);
    sleep_ms(200);
    double begin = seconds_now();
    for (size_t round = 0; round < rounds; round++) {
        size_t low = 16 + round % SIZES * 48;
        char *chain = chain_take(BLOCKS, low, 96, &random, &live);
        chain_thin(chain, STAYS, &live);
        double ahead = begin + (double)(round + 1) / RATE - seconds_now();
        if (ahead > 0)
            sleep_ms((size_t)(ahead * 1000));
    }
    tell_idle(live);
    return 0;
}
