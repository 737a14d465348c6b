/*
 * helper_thread.c - D1: whoever returns an idle process's memory is not noticed by the program.
 *
 * It blocks every signal, has the program's user, uses no descriptor, does not keep a program
 * alive that has ended, is no obstacle to fork, exec and what only a process of one thread may do,
 * and is gone when there is nothing to return.
 *
 * @test timeout=60
 */
#include <dirent.h>
#include <spawn.h>

#include "chain.h"

enum { RETURNED = 2500, BURST_MIB = 16, AFTER_MS = 2200 };

extern char **environ;

/* 16 MiB and nothing of it in use, but a block above; main returns before its decay time. */
static char *burst(void)
{
    char *chain = chain_take(BURST_MIB * MIB, (struct sizes){2000, 0}, 1);
    char *pin = have(malloc(2000), "malloc");
    chain_put(chain);
    return pin;
}

static long threads_now(void)
{
    return number_in("/proc/self/status", "Threads:");
}

/* One thread, then perhaps one more, and one again when all is returned. */
static void alone_when_there_is_nothing(void)
{
    expect(threads_now() == 1, "one thread at the start");
    free(have(malloc(100000), "malloc"));
    char *few = have(malloc(1000), "malloc");
    expect(threads_now() == 1, "one thread while nothing was freed to speak of");
    burst();
    rest_ms(AFTER_MS);
    expect(rss_kib() < RETURNED, "(the memory has gone back: %ld KiB)", rss_kib());
    expect(threads_now() == 1, "one thread when all is returned, not %ld", threads_now());
    burst();
    rest_ms(AFTER_MS);
    expect(rss_kib() < RETURNED, "a second burst goes back as well: %ld KiB", rss_kib());
    expect(threads_now() == 1, "and again one thread");
    free(few);
}

/* Every line that begins so must be the same in all threads of this process. */
static void expect_alike(const char *key)
{
    char path[300], text[4096], first[100] = "";
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *task; tasks && (task = readdir(tasks)) != NULL;) {
        if (task->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", task->d_name);
        char *line = read_text(path, text, sizeof text) ? strstr(text, key) : NULL;
        if (!line)
            continue; /* it ended meanwhile */
        line[strcspn(line, "\n")] = '\0';
        if (!*first)
            snprintf(first, sizeof first, "%.99s", line);
        expect(strncmp(first, line, 99) == 0, "one thread has %s, one has %s", first, line);
    }
    closedir(tasks);
}

/* The signals that a thread other than main does not block; 0 if there is none such thread. */
static unsigned long long unblocked_elsewhere(int *others)
{
    char path[300], text[4096];
    unsigned long long unblocked = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *task; tasks && (task = readdir(tasks)) != NULL;) {
        if (task->d_name[0] == '.' || atoi(task->d_name) == getpid())
            continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/status", task->d_name);
        char *line = read_text(path, text, sizeof text) ? strstr(text, "SigBlk:") : NULL;
        if (line) {
            ++*others;
            unblocked |= ~strtoull(line + strlen("SigBlk:"), NULL, 16);
        }
    }
    closedir(tasks);
    return unblocked;
}

/* SIGKILL and SIGSTOP cannot be blocked, and the C library keeps 32 and 33 for itself. */
static void signals_are_blocked(void)
{
    unsigned long long own = 1ULL << (SIGKILL - 1) | 1ULL << (SIGSTOP - 1) | 3ULL << 31;
    int others = 0;
    burst();
    for (int i = 0; i < 60; i++, rest_ms(25)) {
        unsigned long long unblocked = unblocked_elsewhere(&others) & ~own;
        if (!expect(unblocked == 0, "a helper does not block the signals %llx", unblocked))
            return;
    }
    note("a helper was seen %d times of 60", others);
    expect(rss_kib() < RETURNED, "(the memory has gone back: %ld KiB)", rss_kib());
}

/* setuid() changes every thread: a helper that the C library does not know would stay root. */
static void it_has_the_programs_user(void)
{
    burst();
    rest_ms(100);
    if (setgid(65534) != 0 || setuid(65534) != 0) {
        note("not root: nothing to see");
        return;
    }
    for (int i = 0; i < 50; i++, rest_ms(30)) {
        expect_alike("Uid:");
        expect_alike("Gid:");
        expect_alike("CapEff:");
    }
}

/* A daemon closes all it finds; the next file it opens must be its own. */
static void descriptors_are_the_programs(void)
{
    burst();
    if (fork() > 0) /* the daemon goes on as the child of nobody; the scene waits for it */
        scene_sleeps();
    alarm(SCENE_SECONDS);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    setsid();
    syscall(SYS_close_range, 0U, ~0U, 0U);
    burst();
    scene_ready();
    for (int i = 0; i < 100; i++, rest_ms(25)) {
        expect(open("/dev/null", O_RDWR) == 0, "the first file opened has descriptor 0");
        expect(open("/dev/null", O_RDWR) == 1, "the second has 1");
        close(0);
        close(1);
    }
    expect(rss_kib() < RETURNED, "it has gone back: %ld KiB", rss_kib());
    scene_sleeps();
}

static void *frees_then_ends(void *arg)
{
    burst();
    rest_ms(100);
    return arg;
}

static void *frees_then_sleeps(void *arg)
{
    burst();
    scene_ready();
    scene_sleeps();
    return arg;
}

/* The process is over when its last thread is, and a helper is none of its threads. */
static void it_keeps_nobody_alive(void)
{
    pthread_t thread;
    burst();
    thread_start(&thread, frees_then_ends, NULL);
    pthread_exit(NULL);
}

static void main_has_ended(void)
{
    pthread_t thread;
    burst();
    thread_start(&thread, frees_then_sleeps, NULL);
    pthread_exit(NULL);
}

static void exit_is_at_once(void)
{
    pid_t child = fork();
    if (child == 0) {
        burst();
        rest_ms(50);
        exit(7);
    }
    double begin = seconds_now();
    int status = 0;
    waitpid(child, &status, 0);
    expect(WIFEXITED(status) && WEXITSTATUS(status) == 7, "it ended with status 0x%x", status);
    expect(seconds_now() - begin < 0.9, "it ended after %.2f s", seconds_now() - begin);
}

/* A child has one thread, whatever its parent had, and allocates. */
static _Noreturn void forked(void)
{
    bool alone = threads_now() == 1;
    chain_put(chain_take(MIB, (struct sizes){16, 3000}, 7));
    _exit(!alone);
}

/* Children made while memory waits and goes: each allocates, some run another program. */
static void forks_in_a_storm(void)
{
    int failed = 0;
    for (int i = 0; i < 240; i++) {
        int status = -1;
        char *words[] = {"true", NULL};
        pid_t child = -1;
        if (i % 16 == 0)
            burst();
        if (i % 3 == 0 && posix_spawn(&child, "/bin/true", NULL, NULL, words, environ) != 0)
            child = -1;
        if (i % 3 == 1 && (child = fork()) == 0)
            forked();
        if (i % 3 == 2 && (child = vfork()) == 0) {
            execv("/bin/true", words);
            _exit(1);
        }
        failed += child < 0 || waitpid(child, &status, 0) != child || status != 0;
        rest_ms(5);
    }
    expect(failed == 0, "%d of 240 children failed", failed);
}

static void exec_while_it_works(void)
{
    burst();
    rest_ms(900); /* about when the memory goes */
    execl("/bin/true", "true", (char *)NULL);
    _exit(1);
}

/* What the kernel allows a process of one thread only. */
static void unshare_right_after(void)
{
    pid_t child = fork();
    int status = 0;
    if (child == 0)
        _exit(syscall(SYS_unshare, 0x10000000L) != 0); /* CLONE_NEWUSER */
    waitpid(child, &status, 0);
    if (status != 0) {
        note("no user namespaces here: nothing to see");
        return;
    }
    burst();
    expect(unshare(0x10000000) == 0, "unshare(CLONE_NEWUSER) at once: %s", strerror(errno));
}

static void unshare_a_little_later(void)
{
    burst();
    rest_ms(1050); /* the helper is at work, if there is one */
    errno = 0;
    unshare(0x10000000);
    expect(errno != EINVAL, "unshare(CLONE_NEWUSER) a second later: %s", strerror(errno));
}

static const struct scene scenes[] = {
    {"D1 one thread before there is something to return, and after",
     .play = alone_when_there_is_nothing},
    {"D1 all signals are the program's", .play = signals_are_blocked},
    {"D1 every thread has the program's user", .play = it_has_the_programs_user},
    {"D1 a daemon's descriptors are its own, and its memory goes back",
     .play = descriptors_are_the_programs, .within = 3.2},
    {"D1 a process ends with its last thread", .play = it_keeps_nobody_alive},
    {"D1 memory goes back after main has ended", .play = main_has_ended, .within = 3,
     .below = RETURNED},
    {"D1 exit() waits for nothing", .play = exit_is_at_once},
    {"D1 fork, vfork and posix_spawn while memory goes back", .play = forks_in_a_storm},
    {"D1 fork, vfork and posix_spawn while memory goes back all the time", .play = forks_in_a_storm,
     .settings = {"ASHLAR_DECAY=3"}},
    {"D1 exec while memory goes back", .play = exec_while_it_works},
    {"D1 unshare(CLONE_NEWUSER) right after memory was freed", .play = unshare_right_after},
    {"D1 unshare(CLONE_NEWUSER) while memory goes back", .play = unshare_a_little_later},
};

int main(int argc, char **argv)
{
    scenes_watch(argc, argv, scenes, sizeof scenes / sizeof *scenes);
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        if (scenes[i].play == it_keeps_nobody_alive)
            ok(seen[i].took < 2.5, "D1 a process ends soon after its last thread: %.2f s",
               seen[i].took);
    return done();
}
