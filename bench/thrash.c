/*
 * thrash.c - active false sharing: threads take small objects at the same time and write to them
 * again and again; does the allocator cut them from one cache line?
 *
 * Follows cache-thrash (Hoard: Berger, McKinley, Blumofe and Wilson, 2000); stands for counters
 * and small results that threads make for themselves.
 * thrash [threads] [objects, all threads together] [writes a byte] [size]
 */
#include "bench.h"

static size_t objects, writes, size;

static void *work(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < objects; i++) {
        volatile char *object = take(size);
        for (size_t j = 0; j < writes; j++)
            for (size_t k = 0; k < size; k++)
                object[k]++;
        free((char *)object);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    size_t threads = argument(argc, argv, 1, 2);
    objects = argument(argc, argv, 2, 4000) / threads;
    writes = argument(argc, argv, 3, 20000);
    size = argument(argc, argv, 4, 8);
    run_threads(threads, work, &objects, 0);
    return 0;
}
