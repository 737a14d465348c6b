/*
 * summary.c - live and resident memory over time, and five lines about them on stderr.
 *
 * Time is cut into at most SAMPLES pieces; when they are used up, two become one and each piece
 * lasts twice as long.  A piece keeps the highest value seen in it.
 */
#include "summary.h"

#include "file.h"
#include "gnu.h"
#include "print.h"
#include "sys.h"
#include "thread.h"
#include "timeline.h"
#include "tune.h"

#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A thread tells the others of its live bytes when they have changed by this much. */
#define TELL_FROM ((ptrdiff_t)(4 * KIB))
/* Reading the resident size costs microseconds: look at the clock every so many calls. */
enum { CALLS_PER_LOOK = 64 };

/* No program ends with it: what exit() is given is cut to eight bits. */
enum { STATUS_UNKNOWN = INT_MIN };

static struct {
    struct lock lock;
    uint64_t began;
    _Atomic ptrdiff_t live;
    ptrdiff_t peak;
    uint64_t peak_at;
    struct timeline live_line, rss_line;
} summary;

/* Bytes in memory now, from the kernel; 0 if it does not say. */
static size_t resident_now(void)
{
    char text[128];
    file_read("/proc/self/statm", text, sizeof text);
    char *second = strchr(text, ' ');
    return second ? strtoul(second, NULL, 10) * sys_page() : 0;
}

static void sample(void)
{
    if (!lock_try(&summary.lock))
        return;
    uint64_t now = sys_clock() - summary.began;
    ptrdiff_t live = atomic_load(&summary.live);
    timeline_add(&summary.live_line, now, live > 0 ? (size_t)live : 0);
    timeline_add(&summary.rss_line, now, resident_now());
    lock_release(&summary.lock);
}

static void tell(struct tally *t)
{
    ptrdiff_t live = atomic_fetch_add(&summary.live, t->untold) + t->untold;
    t->untold = 0;
    if (live <= summary.peak || !lock_try(&summary.lock))
        return;
    if (live > summary.peak) {
        summary.peak = live;
        summary.peak_at = sys_clock() - summary.began;
        timeline_add(&summary.live_line, summary.peak_at, (size_t)live);
    }
    lock_release(&summary.lock);
}

void summary_count(struct tally *t, ptrdiff_t bytes, ptrdiff_t blocks)
{
    t->live_bytes += bytes;
    t->live_blocks += blocks;
    t->untold += bytes;
    if (t->untold >= TELL_FROM || t->untold <= -TELL_FROM)
        tell(t);
    if (++t->looks % CALLS_PER_LOOK == 0 &&
        timeline_is_due(&summary.rss_line, sys_clock() - summary.began))
        sample();
}

static bool terminal_is_utf8(void)
{
    const char *names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value)
            return strstr(value, "UTF-8") || strstr(value, "utf8") || strstr(value, "utf-8");
    }
    return false;
}

/* Bytes in the largest unit that leaves one digit before the point. */
static void print_amount(struct line *l, size_t bytes)
{
    const char *units[] = {" B", " KiB", " MiB", " GiB"};
    size_t unit = 0, size = 1;
    while (unit < 3 && bytes >= 1024 * size) {
        size *= 1024;
        unit++;
    }
    if (unit == 0)
        print_number(l, bytes);
    else
        print_decimal(l, (bytes / (size / 1024) * 10 + 512) / 1024, 1);
    print_text(l, units[unit]);
}

static void print_seconds(struct line *l, uint64_t milliseconds)
{
    print_decimal(l, (size_t)(milliseconds + 5) / 10, 2);
    print_text(l, " s");
}

static void print_program(struct line *l)
{
    char name[64];
    file_read("/proc/self/comm", name, sizeof name);
    print_foreign(l, name, strcspn(name, "\n"), sizeof name);
}

static void print_title(struct line *l, int status, bool utf8)
{
    const char *rule = utf8 ? "──" : "--";
    print_text(l, rule);
    print_text(l, " ashlar ");
    print_text(l, rule);
    print_text(l, " ");
    print_program(l);
    print_text(l, " (pid ");
    print_number(l, (size_t)getpid());
    print_text(l, ") exited ");
    if (status == STATUS_UNKNOWN)
        print_text(l, "?");
    else
        print_number(l, (size_t)status & 0xff);
    print_text(l, " after ");
    print_seconds(l, sys_clock() - summary.began);
    print_text(l, " ");
    /* The rule goes on to the 80th column; characters of more than one byte count once. */
    size_t columns = l->length - (utf8 ? 8 : 0);
    for (; columns < 80; columns++)
        print_text(l, utf8 ? "─" : "-");
    print_text(l, "\n");
}

static void print_live(struct line *l, const struct tally *all, bool utf8)
{
    print_text(l, " live  ");
    timeline_print(&summary.live_line, l, utf8);
    print_text(l, "  peak ");
    /* What each thread has not told yet may be missing in the peak. */
    print_amount(l, (size_t)(summary.peak > all->live_bytes ? summary.peak : all->live_bytes));
    print_text(l, " at ");
    print_seconds(l, summary.peak_at);
    print_text(l, "   at exit ");
    print_amount(l, all->live_bytes > 0 ? (size_t)all->live_bytes : 0);
    print_text(l, " in ");
    print_grouped(l, all->live_blocks > 0 ? (size_t)all->live_blocks : 0);
    print_text(l, " blocks\n");
}

static void print_rss(struct line *l, bool utf8)
{
    struct rusage usage;
    size_t now = resident_now();
    getrusage(RUSAGE_SELF, &usage);
    print_text(l, " rss   ");
    timeline_print(&summary.rss_line, l, utf8);
    print_text(l, "  peak ");
    /* The kernel brings its maximum up to date now and then only. */
    print_amount(l, max_size((size_t)usage.ru_maxrss * KIB, now));
    print_text(l, "   at exit ");
    print_amount(l, now);
    print_text(l, "   returned ");
    print_amount(l, sys_returned());
    print_text(l, "\n");
}

static void print_count(struct line *l, size_t n, const char *of)
{
    print_grouped(l, n);
    print_text(l, of);
}

static void print_calls(struct line *l, const struct tally *all)
{
    print_text(l, " calls ");
    print_count(l, all->mallocs, " malloc  ");
    print_count(l, all->callocs, " calloc  ");
    print_count(l, all->reallocs, " realloc  ");
    print_count(l, all->frees, " free   ");
    print_count(l, all->errors, all->errors == 1 ? " error\n" : " errors\n");
}

static void print_summary(int status)
{
    bool utf8 = terminal_is_utf8();
    struct tally all = thread_tally_all();
    struct line l = {.length = 0};
    print_title(&l, status, utf8);
    print_out(&l, STDERR_FILENO);
    print_live(&l, &all, utf8);
    print_rss(&l, utf8);
    print_calls(&l, &all);
    print_text(&l, " next: ashlar run -q -- CMD (quiet)   ashlar help run\n");
    print_out(&l, STDERR_FILENO);
}

void summary_end(int status)
{
    static _Atomic bool printed;
    /* Only the process that ashlar run started: a fork has another number. */
    if (tune.summary == 0 || (size_t)getpid() != tune.summary || atomic_exchange(&printed, true))
        return;
    sample();
    /* A reader of stderr who has gone must not cost the program its own last output. */
    sigset_t pipe, before;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    print_summary(status);
    if (!sigismember(&before, SIGPIPE))
        sigtimedwait(&pipe, NULL, &(struct timespec){0, 0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void end_by_exit(int status, void *unused)
{
    (void)unused;
    summary_end(status);
}

static void end_somehow(void)
{
    summary_end(STATUS_UNKNOWN);
}

void summary_begin(void)
{
    assert(tune.summary != 0);
    if ((size_t)getpid() != tune.summary) {
        tune.summary = 0;
        return;
    }
    summary.began = sys_clock();
    /* Only the GNU C library tells its handlers the status. */
    if (as_computed((size_t)on_exit) != 0)
        on_exit(end_by_exit, NULL);
    else
        atexit(end_somehow);
}
