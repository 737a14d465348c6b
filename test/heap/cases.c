/*
 * cases.c - programs as people have them, one for each first argument, for which it is known why their
 * memory is what it is.
 *
 *     survivors   one block of forty stays, all over the heap
 *     mapped      forty live blocks of a mebibyte
 *     file        a file of 48 MiB is mapped and read
 *     shared      48 MiB of shared memory
 *     lazy        48 MiB given back with MADV_FREE
 *     huge        huge pages of which a byte each is used
 *     reserved    calloc of two gibibytes, of which 4 MiB are used
 *     queue       a queue that grew to 40 MiB and was emptied
 *     doubling    one array that doubled until it had 32 MiB
 *     strings     a table of strings that was filled and cleared but for the newest
 *     deep        a recursion that has used 6 MiB of stack, and came back
 *     burst       sixteen threads that worked once and ended
 *     churn       blocks of all sizes, taken and freed a million times
 *     pool        a pool that keeps what it has: all live for malloc
 *
 * @test helper
 */
#include "scenario.h"

#include <pthread.h>
#include <sys/mman.h>

enum { MANY = 48 << 20 };

static void survivors(void)
{
    static void *block[160000];
    unsigned seed = 7;
    for (int i = 0; i < 160000; i++)
        block[i] = filled(100 + next_random(&seed) % 400);
    for (int i = 0; i < 160000; i++) {
        if (i % 40)
            free(block[i]);
    }
}

static void mapped(void)
{
    for (int i = 0; i < 40; i++)
        filled(1 << 20);
}

static void file(void)
{
    FILE *made = tmpfile();
    static char page[4096];
    for (int i = 0; i < MANY / 4096; i++)
        fwrite(page, 1, sizeof page, made);
    fflush(made);
    volatile char *at = mmap(NULL, MANY, PROT_READ, MAP_PRIVATE, fileno(made), 0);
    for (size_t i = 0; i < MANY; i += 4096)
        (void)at[i];
}

static void shared(void)
{
    memset(mmap(NULL, MANY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), 1, MANY);
}

static void lazy(void)
{
    void *at = mmap(NULL, MANY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(at, 1, MANY);
    madvise(at, MANY, MADV_FREE);
}

static void huge(void)
{
    size_t unit = 2 << 20;
    char *at = mmap(NULL, 25 * unit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    at = (char *)(((uintptr_t)at + unit - 1) / unit * unit);
    madvise(at, 24 * unit, MADV_HUGEPAGE);
    for (int i = 0; i < 24; i++)
        at[(size_t)i * unit] = 1;
}

static void reserved(void)
{
    char *at = calloc(2048, 1 << 20);
    memset(at + (100 << 20), 1, 4 << 20);
}

static void queue(void)
{
    struct item {
        struct item *next;
        char what[120];
    } *first = NULL, **last = &first;
    for (int i = 0; i < 300000; i++) {
        *last = filled(sizeof **last);
        (*last)->next = NULL;
        last = &(*last)->next;
    }
    while (first) {
        struct item *gone = first;
        first = first->next;
        free(gone);
    }
}

static void doubling(void)
{
    char *array = filled(64);
    for (size_t n = 128; n <= 32 << 20; n *= 2) {
        array = realloc(array, n);
        memset(array + n / 2, 1, n / 2);
    }
}

static void strings(void)
{
    static void *table[200000];
    unsigned seed = 3;
    for (int i = 0; i < 200000; i++)
        table[i] = filled(20 + next_random(&seed) % 300);
    for (int i = 0; i < 200000 - 20; i++)
        free(table[i]);
}

/* Not a tail call: the array must live while the next one does. */
static int descend(int left)
{
    volatile char frame[60000];
    memset((char *)frame, left, sizeof frame);
    return left ? descend(left - 1) + frame[left] : 0;
}

static void deep(void)
{
    descend(100);
}

static void *work_once(void *unused)
{
    void *block[4000];
    for (int i = 0; i < 4000; i++)
        block[i] = filled(900);
    for (int i = 0; i < 4000; i++)
        free(block[i]);
    return unused;
}

static void burst(void)
{
    pthread_t id[16];
    for (int i = 0; i < 16; i++)
        pthread_create(&id[i], NULL, work_once, NULL);
    for (int i = 0; i < 16; i++)
        pthread_join(id[i], NULL);
}

static void churn(void)
{
    static void *block[20000];
    unsigned seed = 9;
    for (int i = 0; i < 1000000; i++) {
        unsigned slot = next_random(&seed) % 20000;
        free(block[slot]);
        block[slot] = filled(16 + next_random(&seed) % 2000);
    }
}

static void pool(void)
{
    for (int i = 0; i < 640; i++)
        filled(64 << 10);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*make)(void);
    } cases[] = {
        {"survivors", survivors}, {"mapped", mapped},   {"file", file},         {"shared", shared},
        {"lazy", lazy},           {"huge", huge},       {"reserved", reserved}, {"queue", queue},
        {"doubling", doubling},   {"strings", strings}, {"deep", deep},         {"burst", burst},
        {"churn", churn},         {"pool", pool},
    };
    block_trim_signal();
    for (size_t i = 0; argc == 2 && i < sizeof cases / sizeof *cases; i++) {
        if (strcmp(argv[1], cases[i].name) != 0)
            continue;
        cases[i].make();
        tell_sums();
        tell_ready_and_wait();
    }
    return 1;
}
