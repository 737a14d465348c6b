/* budget.c - one point in time, by a clock that nobody sets. */
#include "budget.h"

#include <time.h>

static double over_at; /* 0 = never */

/* Seconds. */
static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void budget_set(double seconds)
{
    over_at = seconds > 0 ? now() + seconds : 0;
}

bool budget_is_over(void)
{
    return over_at > 0 && now() > over_at;
}
