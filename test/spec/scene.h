/*
 * scene.h - small programs that are watched from outside, side by side.
 *
 * What a process keeps resident while it makes no call can only be seen by another one.  A test
 * lists scenes; each is played by a fresh process (this program again, with the scene's number as
 * its argument and the scene's settings in its environment), all at the same time.  The scene says
 * scene_ready() and goes on or sleeps, while the parent looks at its resident size until the
 * scene's time is over.  A scene without bounds judges itself with expect() and ends.
 */
#ifndef TEST_SPEC_SCENE_H
#define TEST_SPEC_SCENE_H

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include "look.h"

enum { SCENES_MAX = 16, NUMBERS = 8, EVERY_MS = 40, SCENE_SECONDS = 12 };

struct scene {
    const char *holds; /* what shall hold, for TAP */
    void (*play)(void);
    const char *settings[3]; /* "ASHLAR_DECAY=0" and so on */
    double within;           /* seconds after scene_ready() */
    long below;              /* it falls to so many KiB above its base */
    long above;              /* or: it never falls below so many KiB above its base */
};

/* What the process of a scene tells, in memory that both see whatever becomes of descriptors. */
struct board {
    atomic_int watched; /* the thread to look at, from scene_ready() on */
    atomic_long base;   /* KiB that do not count */
    atomic_int unmet;   /* expectations that did not hold */
    atomic_long number[NUMBERS];
};

/* What was seen of it, in KiB and seconds after scene_ready(). */
struct seen {
    pid_t child;
    struct board *board;
    bool over;
    int status; /* as wait() has it, -1 as long as it runs */
    double started, ready;
    double fell; /* when it was first below the bound, or -1 */
    double took; /* from its start to its end */
    long first, last, lowest, highest;
    int threads_most, threads_last;
};

static struct board *board; /* the scene's own */
static struct seen seen[SCENES_MAX];

static inline double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* tap.h's note writes three times; here several processes write, and lines must stay whole. */
#undef note
__attribute__((format(printf, 1, 2))) static inline void note(const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    tap_print("# %s\n", text);
}

/* Sleep whatever signals come. */
static inline void rest_ms(long ms)
{
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

/* The number behind key in a file of another process's directory. */
static inline long number_of(pid_t pid, const char *file, const char *key)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    return number_in(path, key);
}

/* Threads of this process that sleep in a call of the kernel, and not for a lock or a barrier. */
static inline int threads_asleep(void)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *task; tasks && (task = readdir(tasks));) {
        char path[300], text[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/syscall", task->d_name);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file >= 0 && read(file, text, sizeof text - 1) > 0)
            count += text[0] != 'r' && strtol(text, NULL, 10) != SYS_futex;
        if (file >= 0)
            close(file);
    }
    if (tasks)
        closedir(tasks);
    return count;
}

/*
 * Wait until so many threads sleep by scene_sleeps(): on a machine under load that takes a while.
 * Where the kernel does not tell what they call, some time must do.
 */
static inline void await_sleepers(int threads)
{
    if (access("/proc/self/syscall", R_OK) != 0) {
        rest_ms(200);
        return;
    }
    for (int i = 0; i < 1000 && threads_asleep() < threads; i++)
        rest_ms(10);
}

/*
 * Within a scene: from now on this process is looked at, through the thread that says so: of one
 * whose main thread has ended nothing else can be seen.
 */
static inline void scene_ready(void)
{
    atomic_store(&board->watched, (int)syscall(SYS_gettid));
}

/* Within a scene: what is resident now does not count. */
static inline void scene_base(void)
{
    atomic_store(&board->base, rss_kib());
}

/* Marsaglia's xorshift64*: the same row of numbers everywhere. */
static inline size_t draw(uint64_t *state, size_t below)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (size_t)((*state * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

static inline _Noreturn void scene_sleeps(void)
{
    for (;;)
        pause();
}

/* Within a scene: it must hold, or the scene fails with these words. */
__attribute__((format(printf, 2, 3))) static inline bool expect(bool holds, const char *format, ...)
{
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!holds) {
        atomic_fetch_add(&board->unmet, 1);
        note("does not hold: %s", text);
    }
    return holds;
}

/* Within a scene: without memory there is nothing left to play. */
static inline void *have(void *p, const char *what)
{
    if (!expect(p != NULL, "%s got its memory", what))
        _exit(1);
    return p;
}

static inline struct board *board_at(int fd)
{
    void *page = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return must(page == MAP_FAILED ? NULL : page, "mmap");
}

/* The child's side: play the scene that the command line names. */
static inline _Noreturn void scene_play(const struct scene *scenes, char **argv)
{
    int fd = atoi(argv[2]);
    look_begin();
    alarm(SCENE_SECONDS);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    board = board_at(fd);
    close(fd);
    scenes[atoi(argv[1])].play();
    _exit(atomic_load(&board->unmet) != 0);
}

static inline void scene_start(const struct scene *scenes, size_t i)
{
    int fd = (int)syscall(SYS_memfd_create, "board", 0U);
    if (fd < 0 || ftruncate(fd, sizeof *board) != 0)
        must(NULL, "memfd_create");
    seen[i] =
        (struct seen){.board = board_at(fd), .status = -1, .fell = -1, .started = seconds_now()};
    seen[i].child = fork();
    if (seen[i].child == 0) {
        char number[16], descriptor[16];
        snprintf(number, sizeof number, "%zu", i);
        snprintf(descriptor, sizeof descriptor, "%d", fd);
        for (size_t s = 0; s < 3 && scenes[i].settings[s]; s++)
            putenv((char *)(uintptr_t)scenes[i].settings[s]);
        execl("/proc/self/exe", "scene", number, descriptor, (char *)NULL);
        _exit(127);
    }
    close(fd);
}

static inline void seen_look(const struct scene *scene, struct seen *s, pid_t pid)
{
    long rss = number_of(pid, "smaps_rollup", "Rss:");
    double now = seconds_now();
    if (rss < 0)
        return;
    rss -= atomic_load(&s->board->base);
    if (s->ready == 0) {
        s->ready = now;
        s->first = s->lowest = s->highest = rss;
    }
    s->last = rss;
    s->lowest = rss < s->lowest ? rss : s->lowest;
    s->highest = rss > s->highest ? rss : s->highest;
    if (scene->below && s->fell < 0 && rss <= scene->below)
        s->fell = now - s->ready;
    s->threads_last = (int)number_of(pid, "status", "Threads:");
    if (s->threads_last > s->threads_most)
        s->threads_most = s->threads_last;
}

/* End the processes of a scene, both of them when it made another one. */
static inline void seen_end(struct seen *s, pid_t watched)
{
    if (watched && watched != s->child)
        kill(watched, SIGKILL);
    if (s->status == -1) {
        kill(s->child, SIGKILL);
        waitpid(s->child, &s->status, 0);
        s->status = -1;
    }
    s->took = seconds_now() - s->started;
    s->over = true;
}

/* Whether the parent says when it is over; otherwise the scene ends and has judged itself. */
static inline bool scene_timed(const struct scene *scene)
{
    return scene->below || scene->above || scene->within > 0;
}

/* One look at one scene. */
static inline void scene_watch(const struct scene *scene, struct seen *s)
{
    int status;
    double now = seconds_now();
    pid_t watched = atomic_load(&s->board->watched);
    if (s->status == -1 && waitpid(s->child, &status, WNOHANG) == s->child)
        s->status = status;
    if (watched)
        seen_look(scene, s, watched);
    bool done =
        scene_timed(scene) && s->ready > 0 ? now - s->ready >= scene->within : s->status != -1;
    if (done || now - s->started > SCENE_SECONDS)
        seen_end(s, watched);
}

static inline bool scene_held(const struct scene *scene, const struct seen *s)
{
    if (atomic_load(&s->board->unmet) != 0)
        return false;
    if (!scene_timed(scene))
        return s->status == 0;
    if (s->ready == 0 || (s->status != -1 && s->status != 0))
        return false;
    return (!scene->below || s->fell >= 0) && (!scene->above || s->lowest >= scene->above);
}

static inline void scene_tell(const struct scene *scene, const struct seen *s)
{
    if (s->ready > 0)
        note("%s: %ld KiB, %ld at the end; lowest %ld, highest %ld; threads %d, %d at the end",
             scene->holds, s->first, s->last, s->lowest, s->highest, s->threads_most,
             s->threads_last);
    if (s->fell >= 0)
        note("%s: below %ld KiB after %.2f s", scene->holds, scene->below, s->fell);
    if (s->status > 0)
        note("%s: the process ended with status 0x%x", scene->holds, (unsigned)s->status);
}

/*
 * Play all scenes at once and watch them; one line of TAP for each.  seen[] then tells more.  To
 * be called first in main: the players begin here, too, and do not return.
 */
static inline void scenes_watch(int argc, char **argv, const struct scene *scenes, size_t count)
{
    if (argc > 2)
        scene_play(scenes, argv);
    look_begin();
    for (size_t i = 0; i < count; i++)
        scene_start(scenes, i);
    for (size_t over = 0; over < count; rest_ms(EVERY_MS)) {
        over = 0;
        for (size_t i = 0; i < count; i++) {
            if (!seen[i].over)
                scene_watch(&scenes[i], &seen[i]);
            over += seen[i].over;
        }
    }
    for (size_t i = 0; i < count; i++) {
        scene_tell(&scenes[i], &seen[i]);
        ok(scene_held(&scenes[i], &seen[i]), "%s", scenes[i].holds);
    }
}

#endif
