/*
 * D4: a million small objects of one size cost their size: neighbours stand wall to wall, and the
 * process grows by little more than that.  What fits in 8 bytes is aligned to 8, all else to two words: 16, or
 * 8 on 32-bit.
 *
 * @test serial
 */
#include "maps.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

enum { OBJECTS = 1000000 };

static char *object[OBJECTS];

/* How many stand right above the one before. */
static size_t count_neighbours(size_t distance)
{
    size_t count = 0;
    for (size_t i = 1; i < OBJECTS; i++)
        count += (uintptr_t)object[i] - (uintptr_t)object[i - 1] == distance;
    return count;
}

static size_t count_aligned(size_t alignment)
{
    size_t count = 0;
    for (size_t i = 0; i < OBJECTS; i++)
        count += (uintptr_t)object[i] % alignment == 0;
    return count;
}

/* What one size told of itself, in a process of its own: what others left would hide its costs. */
struct cost {
    size_t neighbours, aligned;
    double each;
};

static size_t alignment_for(size_t n)
{
    return n <= 8 ? 8 : 2 * sizeof(size_t);
}

static struct cost measure(size_t n, size_t expected)
{
    memset(object, 1, sizeof object);
    long before = rss_kib();
    for (size_t i = 0; i < OBJECTS; i++) {
        object[i] = malloc(n);
        memset(object[i], 1, n);
    }
    double each = (double)(rss_kib() - before) * 1024 / OBJECTS;
    return (struct cost){count_neighbours(expected), count_aligned(alignment_for(n)), each};
}

static struct cost measured_in_child(size_t n, size_t expected)
{
    struct cost cost = {0, 0, 1e9};
    int ends[2];
    if (pipe(ends) != 0)
        return cost;
    pid_t child = fork();
    if (child == 0) {
        cost = measure(n, expected);
        _exit(write(ends[1], &cost, sizeof cost) != sizeof cost);
    }
    close(ends[1]);
    if (read(ends[0], &cost, sizeof cost) != sizeof cost)
        note("no answer");
    close(ends[0]);
    waitpid(child, NULL, 0);
    return cost;
}

static void objects_cost(size_t n, size_t expected)
{
    struct cost cost = measured_in_child(n, expected);
    ok(cost.neighbours >= OBJECTS / 100 * 98, "%zu_bytes_stand_%zu_apart (D4: %zu of %d)", n,
       expected, cost.neighbours, (int)OBJECTS);
    ok(cost.aligned == OBJECTS, "%zu_bytes_are_aligned_to_%d (C5)", n, (int)alignment_for(n));
    ok(cost.each <= (double)expected * 1.03 + 0.4, "%zu_bytes_cost_%zu_of_memory (D4: %.2f)", n,
       expected, cost.each);
}

int main(void)
{
    static const size_t sizes[] = {1, 8, 9, 16, 24, 32, 48, 64, 100};
    static const size_t expected[] = {8, 8, 16, 16, 32, 32, 48, 64, 112};
    free(malloc(1));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        objects_cost(sizes[i], expected[i]);
    return done();
}
