/*
 * scale.c - the same number of replacements with few or many live objects and few or many threads:
 * does an operation cost more when the heap is large or the threads are many?
 *
 * Follows the scaling plots of allocator papers; stands for a service before and after it has
 * grown.
 * scale [live objects in all] [threads] [operations in all] [replaced objects] [--time: print ns]
 *
 * With fewer replaced objects than live ones the rest, taken later, lies still: then the misses on
 * the program's own objects do not grow with the heap, and what still grows is the allocator's.
 */
#include "bench.h"

#include <sys/mman.h>

enum { SMALLEST = 8, SPREAD = 25 }; /* 8 to 32 bytes: 50 million of them are not too much memory */

struct worker {
    uint64_t random;
    char **object;
    size_t objects, replaced, operations;
    double begin, end;
};
static pthread_barrier_t filled;

static char *any_object(uint64_t *random)
{
    return take(SMALLEST + random_below(random, SPREAD));
}

static void *work(void *its)
{
    struct worker *w = its;
    uint64_t random = w->random; /* ours alone: the next worker may share the cache line */
    for (size_t i = 0; i < w->objects; i++)
        w->object[i] = any_object(&random);
    pthread_barrier_wait(&filled);
    w->begin = seconds_now();
    for (size_t i = 0; i < w->operations; i++) {
        char **object = &w->object[random_below(&random, w->replaced)];
        free(*object);
        *object = any_object(&random);
    }
    w->end = seconds_now();
    return NULL;
}

/* The table of pointers is the kernel's memory, not the allocator's. */
static char **table(size_t objects)
{
    void *pages = mmap(NULL, objects * sizeof(char *), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return must(pages == MAP_FAILED ? NULL : pages);
}

/* From the first thread's first operation to the last one's last. */
static double took(const struct worker *worker, size_t threads)
{
    double begin = worker[0].begin, end = worker[0].end;
    for (size_t i = 1; i < threads; i++) {
        begin = worker[i].begin < begin ? worker[i].begin : begin;
        end = worker[i].end > end ? worker[i].end : end;
    }
    return end - begin;
}

int main(int argc, char **argv)
{
    size_t objects = argument(argc, argv, 1, 1000000);
    size_t threads = argument(argc, argv, 2, 1);
    size_t operations = argument(argc, argv, 3, 10000000);
    size_t replaced = argument(argc, argv, 4, objects);
    struct worker *worker = must(calloc(threads, sizeof *worker));
    pthread_barrier_init(&filled, NULL, (unsigned)threads);
    for (size_t i = 0; i < threads; i++)
        worker[i] = (struct worker){
            .random = random_start(i),
            .object = table(objects / threads),
            .objects = objects / threads,
            .replaced = replaced / threads,
            .operations = operations / threads,
        };
    run_threads(threads, work, worker, sizeof *worker);
    if (option(argc, argv, "--time"))
        fprintf(stderr, "ns_per_operation %.2f\n",
                took(worker, threads) * 1e9 / (double)operations);
    free(worker);
    return 0;
}
