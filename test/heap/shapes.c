/*
 * shapes.c - heaps of unusual shape, one for each first argument.
 *
 *     heaps       a thread that fills more than one 64 MiB heap
 *     blocked     the break cannot grow: the main arena goes on in mappings
 *     foreign     somebody else moves the break between two mallocs
 *     overflow    a block was written past its end, over the size of the next
 *     overtop     the same over the top chunk
 *     pinned      16 MiB freed under one live block at the end
 *     threshold   a freed mapping has raised both thresholds
 *     idle        threads that freed all they had, and wait
 *     healthy     20 MiB that are all in use
 *     hoard       eight threads whose caches are full
 *     ended       four threads that have ended, two that took over their arenas
 *     forked      a child of a process with threads, which goes on alone
 *     large       one large live block, and little else
 *     many        forty threads that each have freed nearly all they had
 *     grow        memory that grows all the time
 *     untouched   memory that was allocated and never written to
 *     crowd       twenty-four of them
 *     busy        two threads that never stop; sums are not told
 *
 * @test helper
 */
#include "scenario.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static pthread_barrier_t ready;

static void *live(size_t n)
{
    void *block = filled(n);
    tell_block(block, malloc_usable_size(block), live_state(block));
    return block;
}

static void wait_forever(void)
{
    pthread_barrier_wait(&ready);
    while (pause() != 0)
        continue;
}

static void start(int threads, void *(*work)(void *))
{
    pthread_barrier_init(&ready, NULL, (unsigned)threads + 1);
    for (int i = 0; i < threads; i++) {
        pthread_t id;
        pthread_create(&id, NULL, work, NULL);
    }
    pthread_barrier_wait(&ready);
}

static void *fill_heaps(void *unused)
{
    (void)unused;
    void *odd[1600];
    for (int i = 0; i < 1600; i++)
        odd[i] = malloc(100000);
    for (int i = 0; i < 1600; i++) {
        if (i % 3)
            tell_block(odd[i], malloc_usable_size(odd[i]), "live");
        else
            free(odd[i]);
    }
    wait_forever();
    return NULL;
}

static void heaps(void)
{
    start(1, fill_heaps);
}

static void blocked(void)
{
    live(100);
    char *end = sbrk(0);
    mmap((void *)(((uintptr_t)end + 4095) & ~(uintptr_t)4095), 4096, PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    for (int i = 0; i < 60; i++) {
        live(50000);
        void *gone = filled(3000);
        live(16);
        free(gone);
    }
}

static void foreign(void)
{
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 4; k++)
            live(60000);
        sbrk(5000 + 16 * i);
    }
    void *gone = filled(5000);
    live(70000);
    free(gone);
}

static void overflow(void)
{
    for (int i = 0; i < 10; i++)
        live(1000);
    char *low = filled(100), *high = filled(100);
    for (int i = 0; i < 10; i++)
        free(filled(2000 + 100 * (size_t)i));
    memset(low, 'A', 120);
    tell("damage %" PRIxPTR "\n", (uintptr_t)high - 16);
}

static void overtop(void)
{
    live(100);
    char *last = live(56);
    memset(last, 'A', 64);
    tell("damage %" PRIxPTR "\n", (uintptr_t)last + 48);
}

static void pinned(void)
{
    static void *block[16000];
    for (int i = 0; i < 16000; i++)
        block[i] = filled(1000);
    live(2000);
    for (int i = 0; i < 16000; i++)
        free(block[i]);
}

static void threshold(void)
{
    static void *block[24];
    free(filled(8 << 20));
    for (int i = 0; i < 24; i++)
        block[i] = filled(500000);
    for (int i = 0; i < 24; i++)
        free(block[i]);
}

/* One block stays, at the end. */
static void *free_all(void *unused)
{
    static __thread void *block[3000];
    (void)unused;
    for (int i = 0; i < 3000; i++)
        block[i] = filled(700 + (size_t)i % 64 * 16);
    void *pin = filled(400);
    for (int i = 0; i < 3000; i++)
        free(block[i]);
    (void)pin;
    wait_forever();
    return NULL;
}

/* Seven of each size that a cache has, from 24 to 1032 bytes. */
static void *fill_cache(void *unused)
{
    static __thread void *block[64 * 7];
    (void)unused;
    for (size_t i = 0; i < 64 * 7; i++)
        block[i] = filled(24 + i / 7 * 16);
    for (size_t i = 0; i < 64 * 7; i++)
        free(block[i]);
    wait_forever();
    return NULL;
}

static void idle(void)
{
    start(4, free_all);
}

static void hoard(void)
{
    start(8, fill_cache);
}

static void *fill_and_end(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < 100; i++) {
        void *block = filled(100 + i * 7);
        if (i % 3)
            free(block);
        else
            tell_block(block, malloc_usable_size(block), "live");
    }
    return NULL;
}

static void ended(void)
{
    pthread_t id[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&id[i], NULL, fill_and_end, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(id[i], NULL);
    start(2, fill_cache);
}

/* The parent stays too, so that their pages stay shared; it ends with the child. */
static void forked(void)
{
    start(2, fill_cache);
    for (int i = 0; i < 1000; i++)
        live(100 + (size_t)i);
    pid_t child = fork();
    if (child != 0) {
        waitpid(child, NULL, 0);
        _exit(0);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < 100; i++)
        live(3000);
    tell("pid %d\n", (int)getpid());
}

static void many(void)
{
    start(40, free_all);
}

static void large(void)
{
    live(16 << 20);
}

static void *grow_always(void *unused)
{
    (void)unused;
    for (;;) {
        filled(5000);
        usleep(1000);
    }
    return NULL;
}

static void grow(void)
{
    pthread_t id;
    pthread_create(&id, NULL, grow_always, NULL);
}

static void healthy(void)
{
    for (int i = 0; i < 20000; i++)
        filled(1000);
}

static void untouched(void)
{
    for (int i = 0; i < 300; i++)
        tell_block(malloc(120000), 120008, "live");
}

static void *never_stop(void *start)
{
    static __thread void *block[2000];
    unsigned state = *(unsigned *)start;
    for (;;) {
        void **slot = &block[next_random(&state) % 2000];
        free(*slot);
        *slot = malloc(1 + next_random(&state) % 2000);
    }
    return NULL;
}

static void never_stop_all(int threads)
{
    static unsigned starts[24];
    for (int i = 0; i < threads; i++) {
        pthread_t id;
        starts[i] = (unsigned)i;
        pthread_create(&id, NULL, never_stop, &starts[i]);
    }
    sleep(1);
}

static void busy(void)
{
    never_stop_all(2);
}

/* At the lowest priority: whoever runs these tests has other work, too. */
static void crowd(void)
{
    nice(19);
    never_stop_all(24);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*make)(void);
        int sums;
    } shapes[] = {
        {"heaps", heaps, 1},         {"blocked", blocked, 1}, {"foreign", foreign, 1},
        {"overflow", overflow, 0},   {"overtop", overtop, 0}, {"pinned", pinned, 1},
        {"threshold", threshold, 1}, {"idle", idle, 1},       {"untouched", untouched, 1},
        {"hoard", hoard, 1},         {"large", large, 1},     {"many", many, 1},
        {"ended", ended, 1},         {"forked", forked, 1},   {"grow", grow, 0},
        {"healthy", healthy, 1},     {"busy", busy, 0},       {"crowd", crowd, 0},
    };
    block_trim_signal();
    for (size_t i = 0; argc == 2 && i < sizeof shapes / sizeof *shapes; i++) {
        if (strcmp(argv[1], shapes[i].name) != 0)
            continue;
        shapes[i].make();
        if (shapes[i].sums)
            tell_sums();
        tell_ready_and_wait();
    }
    return 1;
}
