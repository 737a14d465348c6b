/*
 * comes_back_pinned.c - D1, M11: 16 MB freed under one live block of 2000 bytes go back by
 * themselves within the decay time, whatever the process does meanwhile.
 *
 * The bound is that of the issue for the whole process, 2.5 MB; the decay time is a second, and
 * three are waited.
 *
 * @test timeout=60
 */
#include "scene.h"

enum { SIZE = 2000, COUNT = 8000, RETURNED = 2500, FULL = 16000 };

static char *block[COUNT], *pin;

/* M11: the pin is the last block, right below the top. */
static void fill_and_empty(void)
{
    for (size_t i = 0; i < COUNT; i++)
        memset(block[i] = have(malloc(SIZE), "malloc"), 1, SIZE);
    pin = have(malloc(SIZE), "malloc");
    memset(pin, 2, SIZE);
    expect(rss_kib() > FULL - 1000, "(16 MB are resident)");
    for (size_t i = 0; i < COUNT; i++)
        free(block[i]);
}

static void idle_in_pause(void)
{
    fill_and_empty();
    scene_ready();
    scene_sleeps();
}

static void idle_in_one_long_sleep(void)
{
    fill_and_empty();
    scene_ready();
    sleep(SCENE_SECONDS);
}

/* A hundred small blocks come and go, ten times a second. */
static void goes_on(void)
{
    char *small[100];
    fill_and_empty();
    scene_ready();
    for (;; rest_ms(100)) {
        for (size_t i = 0; i < 100; i++)
            small[i] = have(malloc(16 + i % 40 * 16), "malloc");
        for (size_t i = 0; i < 100; i++)
            free(small[i]);
    }
}

/* Every pair is served by the thread's own cache: no call ever leaves its hit path. */
static void spins_on_one_size(void)
{
    fill_and_empty();
    scene_ready();
    for (;; rest_ms(1))
        for (size_t i = 0; i < 1000; i++)
            free(malloc(64));
}

static void *empties_then_sleeps(void *arg)
{
    fill_and_empty();
    scene_ready();
    scene_sleeps();
    return arg;
}

static void thread_arena(void)
{
    on_thread(empties_then_sleeps, NULL);
}

static void *empties_then_ends(void *arg)
{
    fill_and_empty();
    return arg;
}

static void thread_that_has_ended(void)
{
    on_thread(empties_then_ends, NULL);
    scene_ready();
    scene_sleeps();
}

/* The child inherits freed memory, and neither the parent's threads nor its timers. */
static void child_sleeps(void)
{
    fill_and_empty();
    if (fork() == 0) {
        alarm(SCENE_SECONDS);
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        /* It has one thread, as POSIX says, until a call of its own reaches the arena. */
        free(have(malloc(30000), "malloc"));
        scene_ready();
    }
    scene_sleeps();
}

static void child_empties_and_sleeps(void)
{
    free(have(malloc(1000), "malloc"));
    if (fork() == 0) {
        alarm(SCENE_SECONDS);
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        fill_and_empty();
        scene_ready();
    }
    scene_sleeps();
}

/* Blocks of a size that was never seen before, so that each needs the arena. */
static void goes_on_in_the_arena(void)
{
    fill_and_empty();
    scene_ready();
    for (size_t n = 1100;; n = n < 30000 ? n + 64 : 1100) {
        free(have(malloc(n), "malloc"));
        rest_ms(10);
    }
}

static const struct scene scenes[] = {
    {"D1 a process that sleeps in pause() gives back what it freed", idle_in_pause, .within = 3,
     .below = RETURNED},
    {"D1 a process in one long sleep() gives back what it freed", idle_in_one_long_sleep,
     .within = 3, .below = RETURNED},
    {"D1 a process that goes on with small blocks gives back what it freed", goes_on, .within = 3,
     .below = RETURNED},
    {"D1 a process that never leaves the hit path gives back what it freed", spins_on_one_size,
     .within = 3, .below = RETURNED},
    {"D1 a thread's arena gives back what it freed", thread_arena, .within = 3, .below = RETURNED},
    {"D1 the arena of a thread that has ended gives back what it freed", thread_that_has_ended,
     .within = 3, .below = RETURNED},
    {"D1 a child gives back what its parent had freed", child_sleeps, .within = 3,
     .below = RETURNED},
    {"D1 a child gives back what it freed", child_empties_and_sleeps, .within = 3,
     .below = RETURNED},
    {"D1 background=0: an idle process keeps what it freed", idle_in_pause,
     .settings = {"ASHLAR_BACKGROUND=0"}, .within = 2.5, .above = FULL - 1000},
    {"D1 background=0: further calls give it back", goes_on_in_the_arena,
     .settings = {"ASHLAR_BACKGROUND=0"}, .within = 3, .below = RETURNED},
    {"D1 decay=0: it goes back at once", idle_in_pause, .settings = {"ASHLAR_DECAY=0"},
     .within = 0.2, .below = RETURNED},
    {"D1 decay=0 without a helper: it goes back at once", idle_in_pause,
     .settings = {"ASHLAR_DECAY=0", "ASHLAR_BACKGROUND=0"}, .within = 0.2, .below = RETURNED},
    {"D1 decay=-1: it never goes back", goes_on_in_the_arena, .settings = {"ASHLAR_DECAY=-1"},
     .within = 2.5, .above = FULL - 1000},
    {"D1 decay=-1: it never goes back while the process is idle", idle_in_pause,
     .settings = {"ASHLAR_DECAY=-1"}, .within = 2.5, .above = FULL - 1000},
    {"D1 decay=300: it goes back sooner", idle_in_pause, .settings = {"ASHLAR_DECAY=300"},
     .within = 0.9, .below = RETURNED},
};

/* Memory that is wanted again soon must not have cost a fault: nothing goes before its time. */
static void nothing_goes_too_soon(size_t i)
{
    ok(seen[i].fell < 0 || seen[i].fell > 0.5, "%s, and not within half the decay time",
       scenes[i].holds);
}

int main(int argc, char **argv)
{
    scenes_watch(argc, argv, scenes, sizeof scenes / sizeof *scenes);
    for (size_t i = 0; i < 4; i++)
        nothing_goes_too_soon(i);
    return done();
}
