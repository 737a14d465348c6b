/*
 * cross.c - threads that replace blocks of random sizes at scattered places, and now and then send
 * a list of blocks for another thread to free; then all of them end and new ones start.
 *
 * Follows rptest (rpmalloc-benchmark); stands for parallel programs that start threads for each
 * task and send messages between them.
 * cross [threads] [generations] [loops a generation] [largest size]
 */
#include "bench.h"

#include <stdatomic.h>

enum {
    SLOTS = 1000,
    MOST = 100,
    SMALLEST = 8,
    STRIDE_TAKE = 7,
    STRIDE_FREE = 11,
    SEND_EACH = 2,
    INBOX = 8
};

static size_t threads, loops, largest;

/* Blocks sent to another thread. */
struct message {
    struct message *next;
    size_t count;
    char **block;
};

struct worker {
    size_t number;
    uint64_t random;
    _Atomic(struct message *) inbox;
    atomic_size_t unread;
    char apart[LINE]; /* or neighbours would slow each other down in our own memory */
};
static struct worker *worker;

/* Frequency falls in a straight line towards the largest. */
static size_t any_size(uint64_t *random)
{
    size_t a = random_below(random, largest - SMALLEST),
           b = random_below(random, largest - SMALLEST);
    return SMALLEST + (a < b ? a : b);
}

/* The message, its list and its blocks: all of them will be freed elsewhere. */
static struct message *write_message(uint64_t *random, size_t count)
{
    struct message *m = must(malloc(sizeof *m));
    m->count = count;
    m->block = must(malloc(count * sizeof *m->block));
    for (size_t i = 0; i < count; i++)
        m->block[i] = take_pages(any_size(random));
    return m;
}

/* Free all that others sent. */
static void read_messages(struct worker *w)
{
    atomic_store(&w->unread, 0);
    struct message *m = atomic_exchange(&w->inbox, NULL);
    while (m) {
        struct message *next = m->next;
        for (size_t i = 0; i < m->count; i++)
            free(m->block[i]);
        free(m->block);
        free(m);
        m = next;
    }
}

/* A full inbox is emptied by who finds it full: the peak must not hang on who is slow. */
static void send_message(struct worker *to, struct message *m)
{
    if (atomic_fetch_add(&to->unread, 1) >= INBOX)
        read_messages(to);
    m->next = atomic_load(&to->inbox);
    while (!atomic_compare_exchange_weak(&to->inbox, &m->next, m))
        continue;
}

/* Places are visited at a stride that has no common divisor with their number. */
static void free_some(char **block, size_t *at, size_t count)
{
    for (size_t i = 0; i < count; i++, *at = (*at + STRIDE_FREE) % SLOTS) {
        free(block[*at]);
        block[*at] = NULL;
    }
}

/* What stands in a place is freed first. */
static void take_some(char **block, size_t *at, size_t count, uint64_t *random)
{
    for (size_t i = 0; i < count; i++, *at = (*at + STRIDE_TAKE) % SLOTS) {
        free(block[*at]);
        block[*at] = take_pages(any_size(random));
    }
}

/* One thread's life; what it sent lives on. */
static void *work(void *its)
{
    struct worker *w = its;
    char **block = must(calloc(SLOTS, sizeof *block));
    size_t take_at = 0, free_at = 0;
    uint64_t random = w->random;
    for (size_t i = 0; i < loops; i++) {
        read_messages(w);
        free_some(block, &free_at, MOST / 4 + random_below(&random, MOST / 2));
        size_t count = MOST / 3 + random_below(&random, MOST * 2 / 3);
        take_some(block, &take_at, count, &random);
        size_t to = (w->number + 1 + i % (threads > 1 ? threads - 1 : 1)) % threads;
        if (i % SEND_EACH == 0)
            send_message(&worker[to], write_message(&random, count / 2));
    }
    for (size_t i = 0; i < SLOTS; i++)
        free(block[i]);
    free(block);
    w->random = random;
    return NULL;
}

int main(int argc, char **argv)
{
    threads = argument(argc, argv, 1, 2);
    size_t generations = argument(argc, argv, 2, 10);
    loops = argument(argc, argv, 3, 1000);
    largest = argument(argc, argv, 4, 16000);
    worker = must(calloc(threads, sizeof *worker));
    for (size_t i = 0; i < threads; i++)
        worker[i] = (struct worker){.number = i, .random = random_start(i)};
    for (size_t i = 0; i < generations; i++)
        run_threads(threads, work, worker, sizeof *worker);
    /* What was sent to a thread that had already ended. */
    for (size_t i = 0; i < threads; i++)
        read_messages(&worker[i]);
    free(worker);
    return 0;
}
