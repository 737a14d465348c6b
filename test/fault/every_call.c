/*
 * The n-th call of the kernel is refused, for every n and every kind of call: once, or from then on
 * until the work is done.  A request may then fail with ENOMEM; no block is damaged, every law of
 * the heap holds, and when the kernel gives again all is served again and all memory comes back.
 *
 *     fault-every_call [MODE [STRIDE]]
 *
 * One mode only, and every STRIDE-th n; without arguments all modes, and as many n of each kind as
 * the time allows (N_AT_MOST).
 *
 * @test inject timeout=300
 */
#include "work.h"

#include "../unit/storm.h"
#include "sys.h"

#include <limits.h>

struct sys_order sys_order;

static const char *const modes[] = {
    "background=0",
    "background=0,tcache=0",
    "background=0,arena_max=1,mmap_max=0,decay=0",
    "background=0,top_pad=0,trim_threshold=0,decay=3",
    "background=1,decay=20",
    "background=0,guard_rate=7",
};

enum { MODES = sizeof modes / sizeof *modes, N_AT_MOST = 4, SECONDS = 60 };

static const struct refused {
    const char *name;
    unsigned calls;
} kinds[] = {
    {"brk", 1 << SYS_BREAK},
    {"mmap", 1 << SYS_MAP},
    {"munmap", 1 << SYS_UNMAP},
    {"mremap", 1 << SYS_REMAP},
    {"mprotect", 1 << SYS_COMMIT},
    {"taking rights away", 1 << SYS_WITHDRAW},
    {"madvise", 1 << SYS_RELEASE},
    {"populating", 1 << SYS_POPULATE},
    {"membarrier", 1 << SYS_BARRIER},
    {"mincore", 1 << SYS_LOOK},
    {"process_vm_readv", 1 << SYS_COPY},
    {"clone", 1 << SYS_THREAD},
    {"all that gives memory", 1 << SYS_BREAK | 1 << SYS_MAP | 1 << SYS_REMAP | 1 << SYS_COMMIT},
    {"all that takes it back", 1 << SYS_BREAK | 1 << SYS_UNMAP | 1 << SYS_RELEASE},
    {"any call", (1 << SYS_CALLS) - 1},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

/* What a later life of the process needs not be given back: caches, tables, half-used pages. */
#define SLACK (768 * KIB)

/* Work while refused, then again while all is given; what is left in memory is noted. */
static void live(unsigned calls, long from, long to)
{
    sys_order.from = from;
    sys_order.to = to;
    sys_order.calls = calls;
    work_with_threads();
    work_give_back();
    work_look_at_all();
    sys_order.calls = 0;
    work_found->seen = sys_order.seen;
    bool meant = sys_order.refused > 0;
    unsigned refused = work_found->refused;
    work_end();
    work_with_threads();
    work_look_at_all();
    if (work_found->refused > refused || (refused > 0 && !meant))
        _exit(2);
    work_end();
    work_give_back();
    work_look_at_all();
    work_found->resident = work_resident();
    _exit(0);
}

/* A life in a child; false, and a note, if anything is wrong with it. */
static bool lives(const char *mode, const struct refused *kind, long from, long to)
{
    *work_found = (struct work_found){.seen = 0};
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        alarm(SECONDS);
        live(kind->calls, from, to);
    }
    waitpid(child, &status, 0);
    const struct work_found *f = work_found;
    bool sound = status == 0 && f->damaged + f->misaligned + f->not_zero + f->wrong_errno == 0 &&
                 f->broken + f->endless == 0;
    if (!sound)
        note("%s: %s refused from %ld to %ld: status 0x%x, damaged %u, misaligned %u, not zero "
             "%u, errno %u, laws %u, endless %u, refused %u",
             mode, kind->name, from, to, (unsigned)status, f->damaged, f->misaligned, f->not_zero,
             f->wrong_errno, f->broken, f->endless, f->refused);
    return sound;
}

/* The same, and no more is left in memory than when nothing is refused. */
static bool lives_and_returns(const char *mode, const struct refused *kind, long from, long to,
                              size_t least)
{
    if (!lives(mode, kind, from, to))
        return false;
    if (work_found->resident <= least + SLACK)
        return true;
    note("%s: %s refused from %ld to %ld: %zu bytes stay in memory, %zu are the rule", mode,
         kind->name, from, to, work_found->resident, least);
    return false;
}

static void refuse_each(const char *mode, const struct refused *kind, long stride)
{
    unsigned bad_once = 0, bad_for_good = 0, tried = 0, failed = 0;
    if (!ok(lives(mode, kind, 0, 0), "%s: %s: all_is_well_without_a_refusal", mode, kind->name))
        return;
    size_t least = work_found->resident;
    long calls = work_found->seen;
    if (stride == 0)
        stride = calls / N_AT_MOST + 1;
    for (long n = 1; n <= calls && bad_once + bad_for_good < 5; n += stride, tried++) {
        bad_once += !lives_and_returns(mode, kind, n, n, least);
        bad_for_good += !lives_and_returns(mode, kind, n, LONG_MAX, least);
        failed += work_found->refused;
    }
    ok(bad_once == 0, "%s: %s: any_may_be_refused_once (%u of %ld calls)", mode, kind->name, tried,
       calls);
    ok(bad_for_good == 0, "%s: %s: and_all_from_any_on (%u requests refused)", mode, kind->name,
       failed);
}

static void in_mode(const char *mode, long stride)
{
    decay_set(DECAY_NEVER, 0);
    for (unsigned i = 0; i < KINDS; i++)
        refuse_each(mode, &kinds[i], stride);
}

int main(int argc, char **argv)
{
    work_begin();
    if (argc > 1) {
        unsigned number = (unsigned)strtoul(argv[1], NULL, 10) % MODES;
        if (!getenv("ASHLAR_OPTIONS")) {
            setenv("ASHLAR_OPTIONS", modes[number], 1);
            execv("/proc/self/exe", argv);
        }
        in_mode(modes[number], argc > 2 ? strtol(argv[2], NULL, 10) : 0);
        return done();
    }
    for (unsigned i = 0; i < MODES; i++) {
        char number[16];
        snprintf(number, sizeof number, "%u", i);
        storm_in_process(modes[i], "ASHLAR_OPTIONS", modes[i], (char *[]){argv[0], number, NULL});
    }
    return done();
}
