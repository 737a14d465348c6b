/*
 * churn.c - threads that live briefly: each takes some objects, frees most and leaves a few to
 * main.
 *
 * Follows the thread churn of mstress (mimalloc-bench) and rptest; stands for programs that start
 * a thread for each task.
 * churn [threads at once] [threads in all] [objects a thread]
 */
#include "bench.h"

enum { LEFT = 16 };

static size_t objects;

/* The blocks a thread leaves behind; main frees them. */
struct task {
    uint64_t random;
    char *left[LEFT];
};

static void *work(void *task)
{
    struct task *t = task;
    uint64_t random = t->random; /* ours alone: the next task may share the cache line */
    char **object = must(malloc(objects * sizeof *object));
    for (size_t i = 0; i < objects; i++)
        object[i] = take(8 + random_below(&random, 500));
    for (size_t i = LEFT; i < objects; i++)
        free(object[i]);
    memcpy(t->left, object, sizeof t->left);
    free(object);
    return NULL;
}

int main(int argc, char **argv)
{
    size_t together = argument(argc, argv, 1, 4);
    size_t threads = argument(argc, argv, 2, 6000);
    objects = argument(argc, argv, 3, 1000);
    struct task *task = must(calloc(together, sizeof *task));
    for (size_t begun = 0; begun < threads; begun += together) {
        for (size_t i = 0; i < together; i++)
            task[i].random = random_start(begun + i);
        run_threads(together, work, task, sizeof *task);
        for (size_t i = 0; i < together; i++)
            for (size_t j = 0; j < LEFT; j++)
                free(task[i].left[j]);
    }
    free(task);
    return 0;
}
