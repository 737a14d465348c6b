/*
 * comes_back_threads.c - D1, D8: what several threads freed, and what lies ready in their caches,
 * goes back while all of them sleep.
 *
 * Four threads free nearly all they took, in order or in disorder: 40,000 blocks of 100 to 1300
 * bytes in main, of which one in a hundred stays, 10,000 of 200 to 584 in each of three others, of
 * which one in fifty stays, and one of 4 MiB that stays.  The survivors' pages are 8.4 MiB.  glibc
 * 2.36 keeps 44.4 MiB, and after a malloc_trim(0) 10.8 (in order) or 13.1 (in disorder).
 *
 * Two hundred threads each leave 200 KiB of small free blocks.  Beyond what the threads had before,
 * glibc keeps 41 MiB, and 23 after a malloc_trim(0), because nobody drains the others' caches.
 *
 * @test timeout=60
 */
#include "scene.h"

enum {
    MAIN_BLOCKS = 40000,
    THREAD_BLOCKS = 10000,
    THREADS = 3,
    STRAYS_RETURNED = 10956, /* KiB: 10.7 MiB for the whole process */
    CROWDED = 200,
    EACH_BYTES = 200 * 1024,
    EACH_BLOCKS = 1000,
    CROWD_RETURNED = CROWDED * 16, /* KiB beyond the base: four pages a thread */
};

struct strays {
    char **block;
    size_t count, low, spread, stays; /* one in so many stays */
    uint64_t random;
};

static char *main_block[MAIN_BLOCKS], *thread_block[THREADS][THREAD_BLOCKS];
static pthread_barrier_t full, empty;
static bool disorder;

static void strays_take(struct strays *s)
{
    for (size_t i = 0; i < s->count; i++) {
        size_t n = s->low + draw(&s->random, s->spread);
        memset(s->block[i] = have(malloc(n), "malloc"), 1, n);
    }
}

static void strays_shuffle(struct strays *s)
{
    for (size_t i = s->count; i > 1; i--) {
        size_t j = draw(&s->random, i);
        char *other = s->block[j];
        s->block[j] = s->block[i - 1];
        s->block[i - 1] = other;
    }
}

static void strays_put(struct strays *s)
{
    if (disorder)
        strays_shuffle(s);
    for (size_t i = 0; i < s->count; i++)
        if (i % s->stays != 0)
            free(s->block[i]);
}

static void *strays_live(void *arg)
{
    strays_take(arg);
    pthread_barrier_wait(&full);
    strays_put(arg);
    pthread_barrier_wait(&empty);
    scene_sleeps();
    return NULL;
}

static void four_threads(void)
{
    struct strays mine = {main_block, MAIN_BLOCKS, 100, 1201, 100, 1};
    static struct strays its[THREADS];
    pthread_t thread;
    pthread_barrier_init(&full, NULL, THREADS + 1);
    pthread_barrier_init(&empty, NULL, THREADS + 1);
    for (size_t i = 0; i < THREADS; i++) {
        its[i] = (struct strays){thread_block[i], THREAD_BLOCKS, 200, 385, 50, i + 2};
        thread_start(&thread, strays_live, &its[i]);
    }
    strays_take(&mine);
    memset(have(malloc(4 * MIB), "malloc"), 1, 4 * MIB);
    pthread_barrier_wait(&full);
    strays_put(&mine);
    pthread_barrier_wait(&empty);
    /* The test's own tables do not count. */
    atomic_store(&board->base, (long)((sizeof main_block + sizeof thread_block) / KIB));
    scene_ready();
    scene_sleeps();
}

static void four_threads_in_order(void)
{
    four_threads();
}

static void four_threads_in_disorder(void)
{
    disorder = true;
    four_threads();
}

/* The crowd: each thread's blocks, freed by itself or by the next thread. */
static char *crowd_block[CROWDED][EACH_BLOCKS];
static size_t place[CROWDED];
static bool by_the_next, ends;

static void crowd_take(size_t me)
{
    uint64_t random = me + 1;
    size_t taken = 0;
    for (size_t i = 0; i < EACH_BLOCKS && taken < EACH_BYTES; i++) {
        size_t n = 16 + draw(&random, 500);
        memset(crowd_block[me][i] = have(malloc(n), "malloc"), 1, n);
        taken += n;
    }
}

static void crowd_put(size_t of)
{
    for (size_t i = 0; i < EACH_BLOCKS && crowd_block[of][i]; i++)
        free(crowd_block[of][i]);
}

/* Pages of the stack that the work may need; those of a thread that ends go with it. */
static void touch_stack(void)
{
    volatile char room[16 * KIB];
    for (size_t at = 0; at < sizeof room; at += 64)
        room[at] = 1;
}

static void *crowd_lives(void *arg)
{
    size_t me = *(size_t *)arg;
    if (!ends)
        touch_stack();
    free(have(malloc(100), "malloc"));
    pthread_barrier_wait(&full); /* main notes the base */
    pthread_barrier_wait(&full);
    crowd_take(me);
    pthread_barrier_wait(&full);
    crowd_put(by_the_next ? (me + 1) % CROWDED : me);
    pthread_barrier_wait(&full);
    if (!ends)
        scene_sleeps();
    return NULL;
}

static void crowd(void)
{
    static pthread_t thread[CROWDED];
    memset(crowd_block, 0, sizeof crowd_block); /* resident before the base is taken */
    memset(thread, 0, sizeof thread);
    pthread_barrier_init(&full, NULL, CROWDED + 1);
    for (size_t i = 0; i < CROWDED; i++) {
        place[i] = i;
        thread_start(&thread[i], crowd_lives, &place[i]);
    }
    pthread_barrier_wait(&full);
    scene_base();
    for (int phase = 0; phase < 3; phase++)
        pthread_barrier_wait(&full);
    for (size_t i = 0; ends && i < CROWDED; i++)
        pthread_join(thread[i], NULL);
    scene_ready();
    scene_sleeps();
}

static void crowd_frees_its_own(void)
{
    crowd();
}

static void crowd_frees_the_next_ones(void)
{
    by_the_next = true;
    crowd();
}

static void crowd_ends(void)
{
    ends = true;
    crowd();
}

static const struct scene scenes[] = {
    {"D1 four threads, freed in order, then idle: at most 10.7 MiB", four_threads_in_order,
     .within = 3, .below = STRAYS_RETURNED},
    {"D1 four threads, freed in disorder, then idle: at most 10.7 MiB", four_threads_in_disorder,
     .within = 3, .below = STRAYS_RETURNED},
    {"D8 the caches of 200 sleeping threads are drained", crowd_frees_its_own, .within = 3,
     .below = CROWD_RETURNED},
    {"D8 what 200 sleeping threads freed for each other goes back", crowd_frees_the_next_ones,
     .within = 3, .below = CROWD_RETURNED},
    {"D8 what 200 threads left that have ended goes back", crowd_ends, .within = 3,
     .below = CROWD_RETURNED},
};

int main(int argc, char **argv)
{
    scenes_watch(argc, argv, scenes, sizeof scenes / sizeof *scenes);
    return done();
}
