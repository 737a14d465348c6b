/*
 * How many processors: R2 (affinity and the quota of a control group count).
 */
#include "unit.h"

#include "cpus.h"

#include <sched.h>

static void quotas_are_read(void)
{
    ok(cpus_of_quota("50000 100000\n") == 1 && cpus_of_quota("100000 100000\n") == 1,
       "half_a_CPU_is_one");
    ok(cpus_of_quota("150000 100000\n") == 2 && cpus_of_quota("400000 100000") == 4 &&
           cpus_of_quota("400001 100000") == 5,
       "quotas_are_rounded_up");
    ok(cpus_of_quota("max 100000\n") == 0 && cpus_of_quota("-1 100000\n") == 0, "no_limit_is_none");
    ok(cpus_of_quota("") == 0 && cpus_of_quota("\n") == 0 && cpus_of_quota("100000") == 0 &&
           cpus_of_quota("100000 0\n") == 0 && cpus_of_quota("0 100000\n") == 0 &&
           cpus_of_quota("a b\n") == 0,
       "nonsense_is_no_limit");
    ok(cpus_of_quota("1000000000 1\n") == UINT16_MAX, "a_huge_quota_is_cut");
}

static void affinity_is_obeyed(void)
{
    cpu_set_t all, one;
    CPU_ZERO(&one);
    if (!ok(sched_getaffinity(0, sizeof all, &all) == 0, "affinity can be read"))
        return;
    unsigned usable = cpus_usable();
    ok(usable >= 1 && usable <= (unsigned)CPU_COUNT(&all), "no_more_than_affinity_allows (R2)");
    for (unsigned i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &all))
            CPU_SET(i, &one);
    sched_setaffinity(0, sizeof one, &one);
    ok(cpus_usable() == 1, "one_CPU_allowed_is_one_usable (R2)");
    sched_setaffinity(0, sizeof all, &all);
    ok(cpus_usable() == usable, "and_all_again (R2)");
}

int main(void)
{
    quotas_are_read();
    affinity_is_obeyed();
    return done();
}
