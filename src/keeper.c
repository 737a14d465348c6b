/*
 * keeper.c - steps, one after the other.
 */
#include "keeper.h"

#include "arenas.h"
#include "held.h"
#include "idle.h"
#include "lock.h"
#include "pressure.h"
#include "purge.h"
#include "sys.h"
#include "thread.h"
#include "tune.h"

#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <sys/auxv.h>
#include <unistd.h>

/* So much freed is reason to look: less is not worth a thread's birth, some 50 microseconds. */
#define WANTED (512 * KIB)
#define WANTED_AT_ONCE (64 * KIB) /* with a decay time of 0 */

/*
 * Milliseconds between two looks: a quarter of the decay time, within limits.  A process whose last
 * thread has ended waits for the keeper to notice.
 */
enum { LOOKS = 4, LOOK_LEAST = 10, LOOK_MOST = 250 };

/* The keeper's stack: it calls little, and the C library takes static TLS from it. */
#define STACK (128 * KIB)

enum { NONE, BEGINNING, RUNNING };

static struct {
    _Atomic int state;
    _Atomic uint32_t bell; /* a futex: rung to end a keeper's sleep */
    _Atomic bool forbidden;
    _Atomic unsigned paused;
    _Atomic int tid;      /* of the one there is, or was last; 0: none */
    _Atomic bool pressed; /* the machine is short of memory */
    uint64_t looked;      /* sys_clock() of the last step by callers */
} keeper;

/* Where the work of a round stands; one thread at a time goes on with it. */
static struct work {
    struct lock lock;
    enum stage { STAGE_REST, STAGE_CACHES, STAGE_ARENAS, STAGE_RUNS, STAGE_PLACES } stage;
    struct arena *arena;
    struct purge_place place;
    bool waiting;
} work;

static unsigned look_every(void)
{
    return (unsigned)min_size(max_size(tune.decay / LOOKS, LOOK_LEAST), LOOK_MOST);
}

/* Nothing free is to wait. */
static bool is_urgent(void)
{
    return tune.decay == 0 || held_is_tight();
}

/* How much freed is reason to look, and how many looks free pages wait. */
static size_t wanted(void)
{
    if (tune.decay == DECAY_NEVER || !tune.tcache)
        return DECAY_NEVER;
    return tune.decay == 0 || tune.soft_limit != 0 ? WANTED_AT_ONCE : WANTED;
}

static uint32_t age(void)
{
    bool at_once = is_urgent() || atomic_load(&keeper.pressed);
    return at_once ? 0 : (uint32_t)min_size(tune.decay / look_every(), INT32_MAX);
}

static void next_stage(void)
{
    work.stage = work.stage == STAGE_PLACES ? STAGE_REST : work.stage + 1;
    if (work.stage == STAGE_CACHES)
        idle_begin();
    if (work.stage == STAGE_ARENAS)
        work.arena = arenas_first();
    if (work.stage == STAGE_RUNS)
        work.place = (struct purge_place){.heap = NULL};
}

/* One step of the stage; false when it is over. */
static bool do_step(void)
{
    switch (work.stage) {
    case STAGE_CACHES: return idle_drain(&work.waiting);
    case STAGE_ARENAS:
        if (!purge_arena(work.arena, &work.waiting))
            work.arena = arenas_next(work.arena);
        return work.arena != NULL;
    case STAGE_RUNS: return purge_runs(&work.place, &work.waiting);
    case STAGE_PLACES: return places_decay(&work.waiting);
    default: return false;
    }
}

/* A step of the round, or the first of a new one; false when it is over. */
static bool step(void)
{
    assert(lock_held(&work.lock));
    if (work.stage == STAGE_REST) {
        decay_clock.age = age();
        work.waiting = decay_tick() > 0;
        next_stage();
    }
    if (!do_step())
        next_stage();
    return work.stage != STAGE_REST;
}

/* A whole work; returns whether there will be something to do in the next. */
static bool go_round(void)
{
    if (!lock_take(&work.lock))
        return true;
    while (step())
        continue;
    bool waiting = work.waiting;
    lock_release(&work.lock);
    return waiting;
}

/* By the keeper only: others' descriptors are the program's. */
static void look_at_pressure(void)
{
    atomic_store(&keeper.pressed, pressure_is_high());
}

static bool may_run(void)
{
    return !atomic_load(&keeper.forbidden) && atomic_load(&keeper.paused) == 0 && !thread_is_none();
}

static void sleep_until_look(void)
{
    uint32_t bell = atomic_load(&keeper.bell);
    if (may_run())
        sys_sleep_on(&keeper.bell, bell, look_every());
}

static void *keep(void *unused)
{
    (void)unused;
    thread_do_without();
    atomic_store(&keeper.tid, sys_thread());
    sys_part_from_files();
    pressure_begin();
    do {
        /* Nobody else need look, unless a limit may be passed before we do. */
        decay_set(tune.soft_limit == 0 ? DECAY_NEVER : wanted(), age());
        while (sleep_until_look(), may_run() && go_round())
            look_at_pressure();
        atomic_store(&keeper.pressed, false);
        decay_set(wanted(), age());
        atomic_store(&keeper.state, NONE);
        /* Whoever freed something before that has relied on us. */
    } while (may_run() && decay_is_pending() && atomic_exchange(&keeper.state, RUNNING) == NONE);
    sys_ring(&keeper.bell);
    return NULL;
}

/* All signals are the program's. */
static bool create(void)
{
    sigset_t all, before;
    pthread_t made;
    pthread_attr_t attributes;
    if (INJECTING && sys_is_refused(SYS_THREAD))
        return false;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    /* The C library takes a table for each thread: on top of the heap it would hold that up. */
    thread.apart = true;
    bool created = pthread_create(&made, &attributes, keep, NULL) == 0;
    thread.apart = false;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return created;
}

/* Where the C library's and the loader's code lies. */
static struct range {
    uintptr_t from, to;
} libraries[3];
static bool libraries_known;

static int find_library(struct dl_phdr_info *object, size_t size, void *of)
{
    (void)size;
    struct range found = {UINTPTR_MAX, 0}, *wanted = of;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        uintptr_t from = object->dlpi_addr + part->p_vaddr;
        if (part->p_type != PT_LOAD)
            continue;
        found.from = min_size(found.from, from);
        found.to = max_size(found.to, from + part->p_memsz);
    }
    if (wanted->from < found.from || wanted->from >= found.to)
        return 0;
    *wanted = found;
    return 1;
}

/*
 * A thread must not be made while the C library holds its own locks: it frees small tables of
 * threads that have ended while it holds the one that making a thread needs.
 */
static bool is_called_by_library(const void *caller)
{
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        if ((uintptr_t)caller >= libraries[i].from && (uintptr_t)caller < libraries[i].to)
            return true;
    return false;
}

static void find_libraries(void)
{
    const uintptr_t known[] = {(uintptr_t)pthread_create, (uintptr_t)sbrk, getauxval(AT_BASE)};
    uintptr_t ours = (uintptr_t)find_libraries;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        libraries[i].from = known[i];
        if (known[i] == 0 || !dl_iterate_phdr(find_library, &libraries[i]))
            return;
        /* In a static program nobody can tell who calls. */
        if (ours >= libraries[i].from && ours < libraries[i].to)
            return;
    }
    libraries_known = true;
}

void keeper_begin(void)
{
    find_libraries();
    decay_set(wanted(), age());
}

/* A keeper, if there may be one; false if callers have to do its work. */
static bool ensure(const void *caller)
{
    if (!tune.background || is_urgent() || !libraries_known || !may_run())
        return false;
    int none = NONE;
    if (atomic_load(&keeper.state) != NONE || is_called_by_library(caller))
        return true;
    if (!atomic_compare_exchange_strong(&keeper.state, &none, BEGINNING))
        return true;
    if (create())
        return true;
    atomic_store(&keeper.state, NONE);
    return false;
}

void keeper_mind(const void *caller)
{
    if (ensure(caller))
        return;
    if (!lock_try(&work.lock))
        return;
    uint64_t now = sys_clock();
    bool due = is_urgent() || now - keeper.looked >= look_every();
    if (work.stage == STAGE_REST && !due) {
        lock_release(&work.lock);
        return;
    }
    keeper.looked = now;
    /* While there is something to do, or something waits, every call is reason to look again. */
    bool busy = step() || work.waiting;
    decay_set(busy ? 0 : wanted(), age());
    lock_release(&work.lock);
}

/* Its last steps lead out of our code: only the kernel knows when it is gone. */
static bool is_there(void)
{
    int tid = atomic_load(&keeper.tid);
    return atomic_load(&keeper.state) != NONE || (tid != 0 && sys_has_thread(tid));
}

static void wait_for_end(void)
{
    enum { WAIT = 2, TIMES = 50 };
    for (int times = 0; times < TIMES && is_there(); times++) {
        uint32_t bell = atomic_load(&keeper.bell);
        sys_ring(&keeper.bell);
        sys_sleep_on(&keeper.bell, bell + 1, WAIT);
    }
}

void keeper_forbid(void)
{
    atomic_store(&keeper.forbidden, true);
    wait_for_end();
}

void keeper_pause(void)
{
    atomic_fetch_add(&keeper.paused, 1);
    wait_for_end();
}

void keeper_go_on(void)
{
    atomic_fetch_sub(&keeper.paused, 1);
}

bool keeper_is_there(void)
{
    return atomic_load(&keeper.state) != NONE;
}

/* What the parent's keeper was about: its steps are nobody's now. */
static void forget_work(void)
{
    lock_abandon(&work.lock);
    if (work.lock.abandoned)
        work = (struct work){.stage = STAGE_REST};
    /* A handler that forks has interrupted this very thread, which goes on in the child. */
    if (thread.inside)
        return;
    for (struct arena *a = arenas_first(); a; a = arenas_next(a))
        purge_inherit(a);
}

/*
 * A child has one thread, and may count on that.  What waits in the parent waits here as well: the
 * child's next call that reaches an arena makes a keeper of its own.
 */
void keeper_inherit(void)
{
    bool waited = atomic_load(&keeper.state) != NONE;
    atomic_store(&keeper.paused, 0);
    atomic_store(&keeper.tid, 0);
    atomic_store(&keeper.state, NONE);
    forget_work();
    decay_set(wanted(), age());
    if (waited)
        decay_note(WANTED);
}
