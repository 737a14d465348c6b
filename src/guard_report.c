/*
 * guard_report.c - the handler, and its words.
 */
#include "guard_report.h"

#include "where.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the program had said about the two signals before us. */
static struct sigaction before_segv, before_bus;

/* One report at a time, and none about a fault in a report. */
static _Atomic int reporting;

static void say(struct line *l)
{
    print_out(l, STDERR_FILENO);
}

static void print_frames(const char *deed, const struct frames *f)
{
    assert(f->count <= FRAMES_MOST);
    struct line l = {.length = 0};
    print_text(&l, "  ");
    print_text(&l, deed);
    print_text(&l, " by thread ");
    print_number(&l, (size_t)f->thread);
    print_text(&l, "\n");
    say(&l);
    for (unsigned i = 0; i < f->count; i++) {
        print_text(&l, "    ");
        print_hex(&l, f->pc[i]);
        print_text(&l, "  ");
        where_print(&l, f->pc[i]);
        print_text(&l, "\n");
        say(&l);
    }
}

static void print_bytes_count(struct line *l, size_t n)
{
    print_number(l, n);
    print_text(l, n == 1 ? " byte " : " bytes ");
}

/* "8 bytes into a freed block of 24 at 0x..". */
static void print_place(struct line *l, const struct guarded *g, const char *address, bool freed)
{
    if (address < g->user) {
        print_bytes_count(l, (size_t)(g->user - address));
        print_text(l, "before ");
    } else if (address < g->user + g->n) {
        print_bytes_count(l, (size_t)(address - g->user));
        print_text(l, "into ");
    } else {
        print_bytes_count(l, (size_t)(address - g->user) - g->n);
        print_text(l, "after the end of ");
    }
    print_text(l, freed ? "a freed block of " : "a block of ");
    print_number(l, g->n);
    print_text(l, " at ");
    print_hex(l, (uintptr_t)g->user);
    print_text(l, "\n");
}

static void print_head(const char *crime, const char *deed, const struct guarded *g,
                       const char *address, bool freed)
{
    struct line l = {.length = 0};
    print_text(&l, "ashlar: ");
    print_text(&l, crime);
    print_text(&l, ": ");
    print_text(&l, deed);
    print_text(&l, " ");
    print_hex(&l, (uintptr_t)address);
    print_text(&l, ", ");
    print_place(&l, g, address, freed);
    say(&l);
}

static void print_past(const struct guarded *g)
{
    print_frames("allocated", &g->taken);
    if (g->freed.count > 0)
        print_frames("freed", &g->freed);
}

/* An access to an address of the region. */
static void report_access(const char *address, const void *context)
{
    static const char *const deeds[] = {
        [SYS_ACCESS] = "access to", [SYS_READ] = "read of", [SYS_WRITE] = "write to"};
    const struct guarded *g = guard_around(address);
    if (!g)
        return;
    bool freed = g->state == GUARD_FREED;
    const char *crime = freed               ? "use after free"
                        : address < g->user ? "buffer underflow"
                                            : "buffer overflow";
    print_head(crime, deeds[sys_access_of(context)], g, address, freed);
    /* The stack is read last: it may be what is broken. */
    print_past(g);
    struct frames accessed;
    frames_of_signal(&accessed, context);
    print_frames("accessed", &accessed);
}

_Noreturn void guard_die(enum guard_crime crime, const char *where, uintptr_t stack_end)
{
    static const char *const names[] = {
        [GUARD_NO_BLOCK] = "invalid pointer",
        [GUARD_NOT_LIVE] = "double free",
        [GUARD_OVERFLOWN] = "buffer overflow",
        [GUARD_UNDERFLOWN] = "buffer underflow",
    };
    assert(crime != GUARD_NONE);
    const struct guarded *g = guard_around(where);
    struct frames now;
    if (g && atomic_exchange(&reporting, 1) == 0) {
        bool written = crime == GUARD_OVERFLOWN || crime == GUARD_UNDERFLOWN;
        print_head(names[crime], written ? "found written at" : "free of", g, where,
                   g->state == GUARD_FREED);
        print_past(g);
        frames_of_caller(&now, stack_end);
        print_frames(written ? "found" : "done", &now);
    }
    abort();
}

/* Give the signal to the program's own handler, or let the default happen. */
static void pass_on(int signal, siginfo_t *info, void *context)
{
    assert(signal == SIGSEGV || signal == SIGBUS);
    const struct sigaction *before = signal == SIGSEGV ? &before_segv : &before_bus;
    if (before->sa_flags & SA_SIGINFO) {
        before->sa_sigaction(signal, info, context);
    } else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN) {
        before->sa_handler(signal);
    } else {
        struct sigaction otherwise = {.sa_handler = SIG_DFL};
        sigaction(signal, &otherwise, NULL);
        /* What a process has sent does not come again of itself, as a fault does. */
        if (info->si_code <= 0)
            syscall(SYS_tgkill, getpid(), sys_thread(), signal);
    }
}

static void handle(int signal, siginfo_t *info, void *context)
{
    if (info->si_code > 0 && guard_has(info->si_addr) && atomic_exchange(&reporting, 1) == 0) {
        report_access(info->si_addr, context);
        atomic_store(&reporting, 0);
    }
    pass_on(signal, info, context);
}

void guard_report_begin(void)
{
    struct sigaction ours = {.sa_sigaction = handle,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    if (!guard_begin())
        return;
    sigaction(SIGSEGV, &ours, &before_segv);
    sigaction(SIGBUS, &ours, &before_bus);
}
