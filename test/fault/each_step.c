/*
 * each_step.c - a program is run instruction by instruction, and after each one of malloc, free and
 * their like a signal comes whose handler takes, changes and frees blocks itself.  POSIX lets no
 * handler do that; many do it all the same.  What holds here: if a handler frees what it has taken,
 * the last first, nothing hangs, nothing is refused, and no block is damaged.
 *
 * @test linked both timeout=180
 */
#include "../api/api.h"

#if defined(__x86_64__)

#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/user.h>

enum { INSTRUCTIONS_AT_MOST = 400000, SECONDS = 120 };

/* What the traced process tells of itself. */
static struct told {
    volatile bool at_work; /* the instructions that count */
    volatile unsigned handled, refused, damaged;
    volatile const char *doing;
} * told;

struct kept {
    char *user;
    size_t n;
};

/* A word at either end tells enough; every other instruction would be one of the pattern's. */
static void keep(struct kept *k, char *user, size_t n)
{
    *k = (struct kept){user, n};
    if (user)
        memset(user, 'k', 8), memset(user + n - 8, 'k', 8);
    else
        told->refused++;
}

static void look(const struct kept *k)
{
    if (k->user && (memcmp(k->user, "kkkkkkkk", 8) != 0 || k->user[k->n - 1] != 'k'))
        told->damaged++;
}

/* Two sizes at a time, all kinds in turn. */
static void handle(int signal)
{
    enum { SIZES = 7 };
    static const size_t sizes[SIZES] = {24, 200, 1000, 1500, 9000, 60000, 300000};
    static unsigned turn;
    struct kept first, second;
    (void)signal;
    size_t n = sizes[turn++ % SIZES];
    keep(&first, malloc(n), n);
    keep(&second, calloc(3, 8), 24);
    look(&first);
    look(&second);
    if (second.user)
        keep(&second, realloc(second.user, 300), 300);
    free(second.user);
    free(first.user);
    told->handled++;
    __asm__ volatile("int3");
}

/* One after the other: what is ready, what an arena gives, what is mapped, and back. */
static void work(void)
{
    static const size_t sizes[] = {24, 24, 300, 1000, 1200, 5000, 40000, 500000};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    static struct kept kept[SIZES];
    for (unsigned i = 0; i < SIZES; i++)
        keep(&kept[i], malloc(sizes[i]), sizes[i]);
    told->doing = "realloc";
    for (unsigned i = 0; i < SIZES; i++)
        look(&kept[i]);
    keep(&kept[2], realloc(kept[2].user, 700), 700);
    keep(&kept[4], realloc(kept[4].user, 2000), 2000);
    keep(&kept[7], realloc(kept[7].user, 900000), 900000);
    told->doing = "free";
    for (unsigned i = 0; i < SIZES; i++) {
        look(&kept[i]);
        free(kept[i].user);
    }
    told->doing = "calloc and aligned_alloc";
    keep(&kept[0], calloc(3, 100), 300);
    keep(&kept[1], aligned_alloc(256, 700), 700);
    look(&kept[0]);
    free(kept[0].user);
    free(kept[1].user);
}

/* Many blocks: lists and magazines that fill and empty. */
static void work_on_many(void)
{
    enum { MANY = 40 };
    static char *many[MANY];
    told->doing = "many";
    for (unsigned i = 0; i < MANY; i++)
        many[i] = malloc(2048 + 512 * (i % 3));
    for (unsigned i = 0; i < MANY; i++)
        free(many[i]);
}

static void be_traced(void)
{
    signal(SIGUSR1, handle);
    free(malloc(1));
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    told->at_work = true;
    told->doing = "malloc";
    work();
    work_on_many();
    told->at_work = false;
    _exit(!heap_is_sound());
}

static int status;

/* Go on, with a signal or without, to the next stop; false at the end of the process. */
static bool go_on(pid_t child, int request, int signal)
{
    return ptrace(request, child, NULL, signal) == 0 && waitpid(child, &status, 0) == child &&
           WIFSTOPPED(status);
}

/*
 * Where it stands: the stack as well, since the handler may use the very instruction that it
 * interrupts.
 */
static bool is_at(pid_t child, const struct user_regs_struct *place)
{
    struct user_regs_struct now;
    return ptrace(PTRACE_GETREGS, child, NULL, &now) == 0 && now.rip == place->rip &&
           now.rsp == place->rsp;
}

/* Let the handler run from here, and come back to here. */
static bool interrupt(pid_t child)
{
    struct user_regs_struct place;
    unsigned handled = told->handled;
    if (ptrace(PTRACE_GETREGS, child, NULL, &place) != 0)
        return false;
    if (!go_on(child, PTRACE_CONT, SIGUSR1) || WSTOPSIG(status) != SIGTRAP)
        return false;
    while (!is_at(child, &place))
        if (!go_on(child, PTRACE_SINGLESTEP, 0))
            return false;
    return told->handled == handled + 1;
}

/* Returns how many instructions there were. */
static unsigned step_through(pid_t child, unsigned most)
{
    unsigned instructions = 0;
    while (instructions < most && go_on(child, PTRACE_SINGLESTEP, 0)) {
        if (!told->at_work)
            continue;
        instructions++;
        if (!interrupt(child))
            break;
    }
    return instructions;
}

int main(int argc, char **argv)
{
    alarm(SECONDS);
    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = fork();
    if (child == 0)
        be_traced();
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) {
        skip("no process can be traced here");
        return done();
    }
    unsigned instructions =
        step_through(child, argc > 1 ? (unsigned)atoi(argv[1]) : INSTRUCTIONS_AT_MOST);
    bool ended = WIFEXITED(status);
    if (!ended)
        kill(child, SIGKILL);
    note("%u signals in %u instructions", told->handled, instructions);
    ok(instructions > 3000 && told->handled + 1 >= instructions, "a_signal_comes_at_each_one");
    ok(ended, "nothing_hangs_or_dies (at %s: status 0x%x)", (const char *)told->doing,
       (unsigned)status);
    ok(ended && WEXITSTATUS(status) == 0, "afterwards_all_laws_hold");
    ok(told->damaged == 0, "no_block_is_damaged (%u)", told->damaged);
    ok(told->refused == 0, "nothing_is_refused (%u)", told->refused);
    return done();
}

#else

int main(void)
{
    skip("registers and the breakpoint are told for x86-64 only");
    return done();
}

#endif
