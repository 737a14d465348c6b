/*
 * churn.c - threads that live briefly: each takes some objects, frees most and leaves a few to main.
 *
 * Follows the thread churn of mstress (mimalloc-bench) and rptest; stands for programs that start
 * a thread for each task.
 * churn [threads in all] [objects a thread]
 */
#include "bench.h"

#include <pthread.h>

enum { TOGETHER = 4, LEFT = 16 };

static size_t objects;

/* The blocks a thread leaves behind; main frees them. */
struct task {
    uint64_t random;
    void *left[LEFT];
};

static void *work(void *task)
{
    struct task *t = task;
    void **object = must(malloc(objects * sizeof *object));
    for (size_t i = 0; i < objects; i++) {
        object[i] = must(malloc(8 + random_below(&t->random, 500)));
        *(volatile char *)object[i] = 1;
    }
    for (size_t i = LEFT; i < objects; i++)
        free(object[i]);
    memcpy(t->left, object, sizeof t->left);
    free(object);
    return NULL;
}

int main(int argc, char **argv)
{
    size_t threads = argument(argc, argv, 1, 6000);
    objects = argument(argc, argv, 2, 1000);
    for (size_t begun = 0; begun < threads; begun += TOGETHER) {
        pthread_t thread[TOGETHER];
        struct task task[TOGETHER];
        for (size_t i = 0; i < TOGETHER; i++) {
            task[i].random = begun + i + 1;
            if (pthread_create(&thread[i], NULL, work, &task[i]) != 0)
                return 1;
        }
        for (size_t i = 0; i < TOGETHER; i++) {
            pthread_join(thread[i], NULL);
            for (size_t j = 0; j < LEFT; j++)
                free(task[i].left[j]);
        }
    }
    return 0;
}
