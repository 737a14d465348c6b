/*
 * The library's own thread: there is one while something waits, and none otherwise; it ends when it
 * is to, a forked child gets its own, and where none may be callers do its work.  D1, D8.
 *
 * Every case is a process of its own.
 */
#include "unit.h"

#include "ashlar.h"
#include "decay.h"
#include "gnu.h"
#include "keeper.h"
#include "sys.h"
#include "threads.h"
#include "tune.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { HOLES = 128, HOLE = 64 * 1024, PATIENCE = 5000 };

/* The caller itself does not sleep: what lies ready for it stays. */
#define CACHED_MOST (1 * MIB)

static void pause_for(unsigned milliseconds)
{
    poll(NULL, 0, (int)milliseconds);
}

/* What the kernel calls an entry of a directory: getdents(2). */
struct entry {
    uint64_t inode, offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

/*
 * How many threads the process has; the number of another than this one in *other.  Nothing is
 * allocated: a program that looks must not look busy.
 */
static unsigned threads(int *other)
{
    static char entries[32 * 1024] __attribute__((aligned(8)));
    unsigned count = 0;
    long got;
    int tasks = open("/proc/self/task", O_RDONLY | O_DIRECTORY);
    while ((got = syscall(SYS_getdents64, tasks, entries, sizeof entries)) > 0)
        for (long at = 0; at < got;) {
            struct entry *entry = (struct entry *)(void *)(entries + at);
            at += entry->length;
            if (entry->name[0] == '.')
                continue;
            count++;
            if (other && atoi(entry->name) != sys_thread())
                *other = atoi(entry->name);
        }
    close(tasks);
    return count;
}

static bool become(unsigned count)
{
    for (unsigned i = 0; i < PATIENCE && threads(NULL) != count; i++)
        pause_for(1);
    return threads(NULL) == count;
}

/* Holes between live blocks: they wait. */
static char *hole[HOLES], *guard[HOLES];

static void make_holes(void)
{
    for (unsigned i = 0; i < HOLES; i++) {
        hole[i] = malloc(HOLE);
        memset(hole[i], 1, HOLE);
        guard[i] = malloc(1100);
        pattern_fill(guard[i], 1100, i);
    }
    for (unsigned i = 0; i < HOLES; i++)
        free(hole[i]);
}

static size_t resident(void)
{
    size_t sum = 0;
    for (unsigned i = 0; i < HOLES; i++) {
        uintptr_t start = align_up((uintptr_t)hole[i] + 64, sys_page());
        sum += sys_resident((void *)start, HOLE - 2 * sys_page());
    }
    return sum;
}

/*
 * On i386 code finds its data by a call, which leaves an address of the quick way on the stack: now
 * and then the keeper takes that for a signal's, and leaves the ready spans alone.
 */
#define STAYS_MOST (WORD == 8 ? 0 : CACHED_MOST)

static bool goes_back(void)
{
    for (unsigned i = 0; i < PATIENCE && resident() > STAYS_MOST; i++)
        pause_for(1);
    return resident() <= STAYS_MOST;
}

static bool guards_hold(void)
{
    for (unsigned i = 0; i < HOLES; i++)
        if (!pattern_holds(guard[i], 1100, 1100, i))
            return false;
    return ashlar_check() == 0;
}

static void drop_guards(void)
{
    for (unsigned i = 0; i < HOLES; i++)
        free(guard[i]);
}

static void it_comes_and_goes(void)
{
    ok(threads(NULL) == 1, "at_first_there_is_one_thread");
    make_holes();
    int keeper = 0;
    unsigned count = threads(&keeper);
    ok(count == 2 && resident() > HOLES * HOLE / 2, "when_much_was_freed_there_is_a_keeper");
    ok(goes_back(), "what_waits_goes_back_while_the_program_does_nothing (D1 D8)");
    ok(become(1), "when_nothing_waits_there_is_none");
    ok(guards_hold(), "and_nothing_that_is_live_went");
    drop_guards();
    make_holes();
    ok(threads(NULL) == 2 && goes_back() && become(1), "and_so_again");
}

/* All but those that nobody can block. */
static uint64_t blocked_signals(int thread)
{
    char path[64], line[256];
    uint64_t mask = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/status", thread);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "SigBlk:", 7) == 0)
            mask = strtoull(line + 7, NULL, 16);
    if (file)
        fclose(file);
    return mask;
}

static void no_signal_comes_to_it(void)
{
    int keeper = 0;
    sigset_t before, after;
    sigprocmask(SIG_SETMASK, NULL, &before);
    make_holes();
    sigprocmask(SIG_SETMASK, NULL, &after);
    threads(&keeper);
    uint64_t blocked = blocked_signals(keeper), usual = ((uint64_t)1 << 31) - 1;
    usual &= ~((uint64_t)1 << (SIGKILL - 1) | (uint64_t)1 << (SIGSTOP - 1));
    ok(keeper != 0 && (blocked & usual) == usual, "signals_are_the_programs (blocked: %llx)",
       (unsigned long long)blocked);
    bool same = true;
    for (int number = 1; number < 32; number++)
        same = same && sigismember(&before, number) == sigismember(&after, number);
    ok(same, "whoever_makes_it_keeps_his_mask");
    ok(goes_back() && become(1), "it_does_its_work");
}

static void a_paused_one_is_away(void)
{
    make_holes();
    unsigned before = threads(NULL);
    keeper_pause();
    bool away = become(1);
    drop_guards();
    make_holes();
    bool stays_away = threads(NULL) == 1;
    keeper_go_on();
    free(malloc(HOLE));
    drop_guards();
    make_holes();
    ok(before == 2 && away, "a_pause_waits_for_it_to_end");
    ok(stays_away, "meanwhile_there_is_none");
    ok(threads(NULL) == 2 && goes_back() && become(1), "afterwards_there_is_one_again");
}

static void unshare_needs_to_be_alone(void)
{
    make_holes();
    unsigned before = threads(NULL);
    int result = unshare(CLONE_NEWUSER);
    if (before == 2 && result != 0 && errno != EINVAL) {
        skip("no namespaces here");
        return;
    }
    ok(before == 2 && result == 0, "unshare_works_as_in_a_process_of_one_thread");
}

/* Callers do its work from now on. */
static void a_forbidden_one_never_comes(void)
{
    make_holes();
    keeper_forbid();
    bool away = become(1);
    drop_guards();
    make_holes();
    ok(away && threads(NULL) == 1, "a_forbidden_keeper_ends_and_never_comes");
    for (unsigned i = 0; i < PATIENCE / 5 && resident() > 0; i++) {
        free(malloc(HOLE / 2));
        pause_for(1);
    }
    ok(resident() <= CACHED_MOST, "then_calls_do_its_work (D8: %zu KiB stay)", resident() / KIB);
    ok(guards_hold(), "and_nothing_that_is_live_went");
}

static void whoever_asks_for_no_privileges_gets_none(void)
{
    make_holes();
    unsigned before = threads(NULL);
    int result = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    bool away = become(1);
    drop_guards();
    make_holes();
    ok(before == 2 && result == 0 && away && threads(NULL) == 1,
       "a_program_that_shuts_itself_in_is_let_alone");
}

static void without_background_there_is_none(void)
{
    make_holes();
    ok(threads(NULL) == 1, "with_background_0_there_is_none");
    for (unsigned i = 0; i < PATIENCE / 5 && resident() > 0; i++) {
        free(malloc(HOLE / 2));
        pause_for(1);
    }
    ok(resident() <= CACHED_MOST, "calls_do_its_work (D8: %zu KiB stay)", resident() / KIB);
    ok(guards_hold(), "and_nothing_that_is_live_went");
}

static void with_a_decay_of_0_nothing_waits(void)
{
    make_holes();
    ok(threads(NULL) == 1, "with_a_decay_of_0_there_is_none");
    free(malloc(HOLE));
    ok(resident() <= CACHED_MOST, "nothing_waits (D8: %zu KiB stay)", resident() / KIB);
}

static void never_is_never(void)
{
    make_holes();
    size_t before = resident();
    pause_for(400);
    ok(threads(NULL) == 1 && resident() == before && before > HOLES * HOLE / 2,
       "with_a_decay_of_-1_nothing_goes_by_itself");
    ok(malloc_trim(0) == 1 && resident() == 0, "malloc_trim_gives_it_back");
}

static void in_classic_mode_there_is_none(void)
{
    make_holes();
    pause_for(400);
    ok(threads(NULL) == 1 && resident() > HOLES * HOLE / 2,
       "in_classic_mode_nothing_goes_by_itself (M11)");
}

static void above_the_soft_limit_nothing_waits(void)
{
    make_holes();
    free(malloc(HOLE));
    ok(threads(NULL) == 1 && resident() <= CACHED_MOST,
       "above_the_soft_limit_nothing_waits (D8: %zu KiB stay)", resident() / KIB);
}

/* The child of a fork, which has none of the parent's threads. */
static int in_child(void)
{
    if (threads(NULL) != 1)
        return 1;
    drop_guards();
    make_holes();
    if (threads(NULL) != 2)
        return 2;
    if (!goes_back() || !become(1))
        return 3;
    return guards_hold() ? 0 : 4;
}

static void a_child_gets_its_own(void)
{
    enum { CHILDREN = 20 };
    unsigned good = 0;
    for (unsigned i = 0; i < CHILDREN; i++) {
        int status = -1;
        make_holes();
        pause_for(i * 7 % 60);
        pid_t child = fork();
        if (child == 0)
            _exit(in_child());
        waitpid(child, &status, 0);
        good += status == 0;
        if (status != 0)
            note("child %u: status 0x%x", i, (unsigned)status);
        drop_guards();
    }
    ok(good == CHILDREN, "a_forked_child_gets_a_keeper_of_its_own (%u of %d)", good, CHILDREN);
    make_holes();
    ok(goes_back() && become(1) && guards_hold(), "and_the_parent_keeps_its");
}

/* Many free at the same time: one of them makes it. */
static atomic_bool begin_now;

static void *free_much(void *unused)
{
    while (!atomic_load(&begin_now))
        continue;
    for (unsigned i = 0; i < 200; i++) {
        void *block = malloc(HOLE);
        memset(block, 1, HOLE);
        free(block);
    }
    return unused;
}

static void there_is_never_more_than_one(void)
{
    enum { FREERS = 4 };
    pthread_t freer[FREERS];
    unsigned most = 0;
    for (unsigned round = 0; round < 10; round++) {
        atomic_store(&begin_now, false);
        for (unsigned i = 0; i < FREERS; i++)
            begin_thread(&freer[i], free_much, NULL);
        atomic_store(&begin_now, true);
        for (unsigned i = 0; i < 20; i++) {
            unsigned count = threads(NULL);
            most = count > most ? count : most;
            pause_for(1);
        }
        for (unsigned i = 0; i < FREERS; i++)
            pthread_join(freer[i], NULL);
    }
    ok(most <= FREERS + 2 && become(1), "there_is_never_more_than_one (%u threads at most)", most);
}

static const struct scene {
    const char *name, *options;
    void (*play)(void);
} scenes[] = {
    {"comes and goes", "decay=100", it_comes_and_goes},
    {"signals", "decay=100", no_signal_comes_to_it},
    {"paused", "decay=200", a_paused_one_is_away},
    {"unshare", "decay=1000", unshare_needs_to_be_alone},
    {"forbidden", "decay=100", a_forbidden_one_never_comes},
    {"no new privileges", "decay=1000", whoever_asks_for_no_privileges_gets_none},
    {"no background", "decay=100,background=0", without_background_there_is_none},
    {"decay of 0", "decay=0", with_a_decay_of_0_nothing_waits},
    {"decay of -1", "decay=-1", never_is_never},
    {"classic", "tcache=0,decay=100", in_classic_mode_there_is_none},
    {"soft limit", "decay=60000,soft_limit=1M", above_the_soft_limit_nothing_waits},
    {"fork", "decay=60", a_child_gets_its_own},
    {"many", "decay=40", there_is_never_more_than_one},
};

enum { SCENES = sizeof scenes / sizeof *scenes };

static void tell_again(const char *line)
{
    const char *name = strstr(line, " - ");
    if (strncmp(line, "ok ", 3) == 0 && name)
        ok(true, "%s", name + 3);
    else if (strncmp(line, "not ok ", 7) == 0 && name)
        ok(false, "%s", name + 3);
    else if (line[0] == '#')
        tap_print("%s\n", line);
}

/* Settings are read at the start: this program again, under others. */
static void play_in_process(const struct scene *scene, char *program, unsigned number)
{
    int ends[2], status = -1;
    char text[8192], index[16];
    size_t length = 0;
    ssize_t got;
    snprintf(index, sizeof index, "%u", number);
    char *args[] = {program, index, NULL};
    if (pipe(ends) != 0)
        return;
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        setenv("ASHLAR_OPTIONS", scene->options, 1);
        execv("/proc/self/exe", args);
        _exit(127);
    }
    close(ends[1]);
    while ((got = read(ends[0], text + length, sizeof text - 1 - length)) > 0)
        length += (size_t)got;
    text[length] = '\0';
    close(ends[0]);
    waitpid(child, &status, 0);
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
        tell_again(line);
    ok(WIFEXITED(status), "%s: the scene ends (status 0x%x)", scene->name, (unsigned)status);
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        alarm(30);
        scenes[strtoul(argv[1], NULL, 10) % SCENES].play();
        return done();
    }
    for (unsigned i = 0; i < SCENES; i++)
        play_in_process(&scenes[i], argv[0], i);
    return done();
}
