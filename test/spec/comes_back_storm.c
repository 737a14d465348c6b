/*
 * comes_back_storm.c - D1: giving back never takes what is in use.
 *
 * Threads take, check, resize and free blocks of all sizes, their own and each other's, while
 * memory goes back as eagerly as settings allow, by calls, by the helper and by malloc_trim.  Each
 * block keeps its pattern, what calloc gives is zero, and children of a fork find the same.
 *
 * @test timeout=60
 */
#include "chain.h"

enum { WORKERS = 4, PLACES = 1500, SECONDS = 2, LARGEST = 300000, LULL = 3000 };

static struct block place[PLACES]; /* each with a lock: any worker may use any */
static pthread_mutex_t lock[PLACES];
static atomic_bool over;
static atomic_long steps, broken, dirty;

/* Mostly small, some of many pages. */
static size_t storm_size(uint64_t *random)
{
    size_t limit = draw(random, 20) == 0 ? LARGEST : draw(random, 4) == 0 ? 20000 : 1200;
    return 1 + draw(random, limit);
}

static bool all_zero(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

static void storm_take(struct block *b, uint64_t *random)
{
    b->n = storm_size(random);
    b->seed = draw(random, 1 << 30);
    if (draw(random, 3) == 0) {
        b->p = have(calloc(1, b->n), "calloc");
        atomic_fetch_add(&dirty, !all_zero(b->p, b->n));
    } else {
        b->p = have(malloc(b->n), "malloc");
    }
    fill(b->p, b->n, b->seed);
}

static void storm_resize(struct block *b, uint64_t *random)
{
    size_t n = storm_size(random);
    b->p = have(realloc(b->p, n), "realloc");
    if (n >= b->n) /* the pattern of the old size must have come along */
        atomic_fetch_add(&broken, !holds(b->p, b->n, b->seed));
    b->n = n;
    fill(b->p, b->n, b->seed);
}

static void storm_step(struct block *b, uint64_t *random)
{
    if (!b->p) {
        storm_take(b, random);
        return;
    }
    atomic_fetch_add(&broken, !holds(b->p, b->n, b->seed));
    if (draw(random, 8) == 0) {
        storm_resize(b, random);
    } else if (draw(random, 3) != 0) {
        free(b->p);
        b->p = NULL;
    }
}

/* Work, and lulls in which all that was freed may go. */
static void *storms(void *arg)
{
    uint64_t random = *(size_t *)arg + 1;
    for (size_t i = 1; !atomic_load(&over); i++) {
        size_t at = draw(&random, PLACES);
        pthread_mutex_lock(&lock[at]);
        storm_step(&place[at], &random);
        pthread_mutex_unlock(&lock[at]);
        atomic_fetch_add(&steps, 1);
        if (i % LULL == 0)
            rest_ms(30);
    }
    return NULL;
}

static void check_all(void)
{
    for (size_t i = 0; i < PLACES; i++)
        if (place[i].p)
            atomic_fetch_add(&broken, !holds(place[i].p, place[i].n, place[i].seed));
}

/* With every lock taken, so that what the child sees is whole. */
static bool child_finds_all(void)
{
    int status = -1;
    for (size_t i = 0; i < PLACES; i++)
        pthread_mutex_lock(&lock[i]);
    pid_t child = fork();
    if (child == 0) {
        alarm(SCENE_SECONDS);
        atomic_store(&broken, 0);
        chain_put(chain_take(4 * MIB, (struct sizes){16, 5000}, 1));
        rest_ms(30);
        check_all();
        _exit(atomic_load(&broken) != 0);
    }
    for (size_t i = 0; i < PLACES; i++)
        pthread_mutex_unlock(&lock[i]);
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void storm(void)
{
    static size_t number[WORKERS];
    pthread_t worker[WORKERS];
    int lost = 0;
    double began = seconds_now();
    for (size_t i = 0; i < PLACES; i++)
        pthread_mutex_init(&lock[i], NULL);
    for (size_t i = 0; i < WORKERS; i++) {
        number[i] = i;
        thread_start(&worker[i], storms, &number[i]);
    }
    for (; seconds_now() - began < SECONDS; rest_ms(100)) {
        lost += !child_finds_all();
        malloc_trim(0);
    }
    atomic_store(&over, true);
    for (size_t i = 0; i < WORKERS; i++)
        pthread_join(worker[i], NULL);
    check_all();
    note("%ld steps in %.2f s", atomic_load(&steps), seconds_now() - began);
    expect(atomic_load(&broken) == 0, "%ld blocks lost their pattern", atomic_load(&broken));
    expect(atomic_load(&dirty) == 0, "%ld blocks of calloc were not zero", atomic_load(&dirty));
    expect(lost == 0, "%d children found broken blocks", lost);
    expect(!ashlar_check || ashlar_check() == 0, "every law of the heap holds");
}

static const struct scene scenes[] = {
    {"D1 nothing in use goes back: decay=0", .play = storm, .settings = {"ASHLAR_DECAY=0"}},
    {"D1 nothing in use goes back: decay=1", .play = storm, .settings = {"ASHLAR_DECAY=1"}},
    {"D1 nothing in use goes back: decay=20 by calls alone", .play = storm,
     .settings = {"ASHLAR_DECAY=20", "ASHLAR_BACKGROUND=0"}},
    {"D1 nothing in use goes back: above a soft limit of 1 MiB", .play = storm,
     .settings = {"ASHLAR_SOFT_LIMIT=1M"}},
    {"D1 nothing in use goes back: one arena, decay=5", .play = storm,
     .settings = {"ASHLAR_ARENA_MAX=1", "ASHLAR_DECAY=5"}},
};

int main(int argc, char **argv)
{
    scenes_watch(argc, argv, scenes, sizeof scenes / sizeof *scenes);
    return done();
}
